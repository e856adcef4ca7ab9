// Runs the examples of docs/after-sign-up.md against the sandbox.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { createClient } from "@vestibule/client";
import { startSandbox } from "./service.mjs";

const EXAMPLES = process.env.VESTIBULE_EXAMPLES;
const PASSWORD = "Correct-horse-7";

let sandbox;
let backend;
let rendered;

before(async () => {
  sandbox = await startSandbox({
    VESTIBULE__LIMITS__MODE: "off",
    VESTIBULE__REGISTRATION__RETURN_SESSION: "true",
  });
  // The app client of config/sandbox.toml.
  process.env.COGNITO_CLIENT_ID = "1sandboxclientid23456789";
  process.env.COGNITO_CLIENT_SECRET = "sandbox-client-secret-for-development-only";
  process.env.COGNITO_ENDPOINT = sandbox.poolUrl;
  process.env.VESTIBULE_URL = sandbox.baseUrl;
  [backend, rendered] = await Promise.all(["backend.mjs", "server-rendered.mjs"].map(start));
});

after(async () => {
  for (const { server } of [backend, rendered]) server.close();
  await sandbox.stop();
});

async function start(name) {
  const { server } = await import(`${EXAMPLES}/${name}`);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}

/** The cookies of the browser, by origin. */
const cookies = new Map();
const fetchWithoutCookies = globalThis.fetch;

// The examples call `fetch`, as in a browser.
globalThis.fetch = async (url, init = {}) => {
  const { origin } = new URL(url);
  const cookie = cookies.get(origin);
  const headers = { ...init.headers, ...(cookie && { cookie }) };
  const response = await fetchWithoutCookies(url, { redirect: "manual", ...init, headers });
  const [set] = response.headers.getSetCookie();
  if (set) {
    assert.match(set, /; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
    cookies.set(origin, set.split(";")[0]);
  }
  return response;
};

test("a single-page app signs the user in with a cookie", async () => {
  const { confirm } = await import(`${EXAMPLES}/single-page.mjs`);
  const client = createClient({ baseUrl: sandbox.baseUrl });
  const email = "single-page@example.com";
  const { value: signedUp } = await client.register({ email, password: PASSWORD });
  const code = await sandbox.code(email);
  const finish = (code) => confirm(client, backend.url, signedUp.username, code);

  const wrong = await finish("12345");
  const right = await finish(code);
  const again = await finish(code);
  const me = await fetch(`${backend.url}/me`);

  assert.equal(wrong.problem.code, "invalid_registration");
  assert.deepEqual([right, again], [{ page: "/" }, { page: "/sign-in" }]);
  assert.deepEqual([me.status, await me.text()], [200, signedUp.user_id]);
  cookies.clear();
  assert.equal((await fetch(`${backend.url}/me`)).status, 401);
});

test("a mobile app gets tokens, and none without a session", async () => {
  const { signUp, confirm } = await import(`${EXAMPLES}/mobile.mjs`);
  for (const keepsSession of [true, false]) {
    const email = `mobile-${keepsSession}@example.com`;
    const { body } = await signUp(sandbox.baseUrl, { email, password: PASSWORD }, randomUUID());
    const account = keepsSession ? body : { ...body, session: undefined };
    const finish = (code) => confirm(sandbox.baseUrl, backend.url, account, code, randomUUID());

    const wrong = await finish("12345");
    const right = await finish(await sandbox.code(email));

    assert.equal(wrong.problem.code, "invalid_registration");
    assert.equal(right.problem, undefined);
    assert.equal(right.tokens?.TokenType, keepsSession ? "Bearer" : undefined);
  }
  assert.equal(cookies.size, 0);
});

test("a server-rendered app keeps the session on its server", async () => {
  const email = "rendered@example.com";
  const send = (path, form, origin = rendered.url) =>
    fetch(rendered.url + path, { method: "POST", headers: { origin }, body: new URLSearchParams(form) });

  const foreign = await send("/sign-up", { email, password: PASSWORD }, "https://www.example.com");
  const invalid = await send("/sign-up", { email: "<b>", password: PASSWORD });
  const signedUp = await send("/sign-up", { email, password: PASSWORD });
  const form = await (await fetch(`${rendered.url}/code`)).text();
  const before = cookies.get(rendered.url);
  const confirmed = await send("/code", { code: await sandbox.code(email) });
  const home = await fetch(`${rendered.url}/`);

  assert.deepEqual([foreign.status, invalid.status], [403, 422]);
  assert.match(await invalid.text(), /<p>[^<]{10,}<\/p>/);
  assert.equal(signedUp.headers.get("location"), "/code");
  assert.match(form, /name="code"/);
  assert.deepEqual([confirmed.status, confirmed.headers.get("location")], [303, "/"]);
  assert.equal(home.status, 200);
  assert.notEqual(cookies.get(rendered.url), before);
  for (const response of [signedUp, confirmed]) {
    assert.doesNotMatch(JSON.stringify([...response.headers]), /sandbox-(session|refresh)/);
  }
});

test("the back end rejects a form of another site, and a session that does not exist", async () => {
  const post = (path, type) =>
    fetch(backend.url + path, {
      method: "POST",
      headers: { "Content-Type": type },
      body: JSON.stringify({ username: "ada@example.com", session: "s".repeat(20) }),
    });

  const statuses = [];
  for (const path of ["/session", "/tokens"]) {
    for (const type of ["text/plain", "application/json"]) {
      statuses.push((await post(path, type)).status);
    }
  }

  assert.deepEqual(statuses, [415, 401, 415, 401]);
  assert.equal(cookies.has(backend.url), false);
});
