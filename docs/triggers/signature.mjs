// A pre-sign-up trigger that accepts only the sign-ups of Vestibule. The variable VESTIBULE_KEYS has
// the keys by id: {"1": "…"}. During a rotation it has two keys.

import { createHmac, timingSafeEqual } from "node:crypto";

const keys = new Map(Object.entries(JSON.parse(process.env.VESTIBULE_KEYS)));
const ENTRY = "vestibule_signature"; // cognito.signature.validation_data_key
const MAX_AGE = 300; // seconds
const MAX_AHEAD = 60; // seconds, because clocks differ

export const isSigned = (event) => {
  const signature = event.request.validationData?.[ENTRY] ?? "";
  const parts = /^v1\.([A-Za-z0-9_-]+)\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})$/.exec(signature);
  if (parts === null) return false;
  const [, keyId, time, digest] = parts;

  const key = keys.get(keyId);
  const age = Math.floor(Date.now() / 1000) - Number(time);
  if (key === undefined || age > MAX_AGE || age < -MAX_AHEAD) return false;

  // The signature has the user name of the sign-up. If that is an email address or a phone number,
  // `userName` is a UUID that Cognito generated.
  const { email, phone_number } = event.request.userAttributes ?? {};
  return [event.userName, email, phone_number]
    .filter((username) => typeof username === "string")
    .some((username) => {
      const { userPoolId, callerContext } = event;
      const signed = ["v1", keyId, time, userPoolId, callerContext.clientId, username.toLowerCase()];
      const expected = createHmac("sha256", key).update(signed.join("\n")).digest("base64url");
      return timingSafeEqual(Buffer.from(expected), Buffer.from(digest));
    });
};

export const handler = async (event) => {
  // Accounts by administrators and other identity providers have no signature.
  if (event.triggerSource === "PreSignUp_SignUp" && !isSigned(event)) {
    throw new Error("This sign-up did not come through Vestibule.");
  }
  return event;
};
