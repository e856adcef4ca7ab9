// A pre-sign-up trigger that lets in only what came through Vestibule. The keys stand in the
// variable VESTIBULE_KEYS, each by its id: {"1": "…"}; two while they are changed.

import { createHmac, timingSafeEqual } from "node:crypto";

const keys = new Map(Object.entries(JSON.parse(process.env.VESTIBULE_KEYS)));
const ENTRY = "vestibule_signature"; // cognito.signature.validation_data_key
const MAX_AGE = 300; // seconds
const MAX_AHEAD = 60; // clocks differ

export const isSigned = (event) => {
  const signature = event.request.validationData?.[ENTRY] ?? "";
  const parts = /^v1\.([A-Za-z0-9_-]+)\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})$/.exec(signature);
  if (parts === null) return false;
  const [, keyId, time, digest] = parts;

  const key = keys.get(keyId);
  const age = Math.floor(Date.now() / 1000) - Number(time);
  if (key === undefined || age > MAX_AGE || age < -MAX_AHEAD) return false;

  // What was sent as the user name: where that is an email address or a phone number, the
  // account's own name is a UUID that Cognito made up.
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
  // Whom an administrator or another identity provider brings along came another way.
  if (event.triggerSource === "PreSignUp_SignUp" && !isSigned(event)) {
    throw new Error("This did not come through Vestibule.");
  }
  return event;
};
