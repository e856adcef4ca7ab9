// The requests of a mobile app, here with `fetch`, as in React Native. Each step keeps its response
// in memory. The Idempotency-Key is random, and stays the same if a request is repeated.

const post = async (url, body, headers = {}) => {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { ok: response.ok, body: text && JSON.parse(text) };
};

/** Creates the account. The body has `username`, `session` and `next`, or is a problem. */
export function signUp(service, form, key) {
  return post(`${service}/register`, form, { "Idempotency-Key": key });
}

/**
 * Confirms the account. Returns a problem, or Cognito's tokens for the keychain of the device. The
 * tokens are `undefined` if the user has to sign in.
 */
export async function confirm(service, backend, { username, session }, code, key) {
  const form = session ? { username, session, code } : { username, code };
  const confirmed = await post(`${service}/register/confirm`, form, { "Idempotency-Key": key });
  if (!confirmed.ok) return { problem: confirmed.body };
  if (!confirmed.body.session) return {};
  const tokens = await post(`${backend}/tokens`, { username, session: confirmed.body.session });
  return { tokens: tokens.ok ? tokens.body : undefined };
}
