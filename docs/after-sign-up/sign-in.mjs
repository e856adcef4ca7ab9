// Signs a user in with the session of a confirm. For Node.js, without packages.
import { createHmac } from "node:crypto";

// The endpoint is https://cognito-idp.REGION.amazonaws.com/. The client is that of the service.
const { COGNITO_ENDPOINT, COGNITO_CLIENT_ID, COGNITO_CLIENT_SECRET } = process.env;

/** Returns Cognito's tokens, or `undefined` if the user has to sign in in the usual way. */
export async function signIn(username, session) {
  const hash = createHmac("sha256", COGNITO_CLIENT_SECRET).update(username + COGNITO_CLIENT_ID);
  const response = await fetch(COGNITO_ENDPOINT, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
    },
    body: JSON.stringify({
      AuthFlow: "USER_AUTH",
      ClientId: COGNITO_CLIENT_ID,
      AuthParameters: { USERNAME: username, SECRET_HASH: hash.digest("base64") },
      Session: session,
    }),
  });
  const result = await response.json();
  if (!response.ok) console.error(`InitiateAuth: ${result.__type}`);
  // There are no tokens if the session has expired or was used, or if Cognito has a challenge.
  return result.AuthenticationResult;
}

/** Returns the claims of an ID token. Cognito sent it over TLS, so its signature proves no more. */
export function claims({ IdToken }) {
  return JSON.parse(Buffer.from(IdToken.split(".")[1], "base64url"));
}
