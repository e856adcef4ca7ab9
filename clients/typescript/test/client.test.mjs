import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient, toBody, validate } from "@vestibule/client";
import { startSandbox } from "./service.mjs";

const PASSWORD = "Correct-horse-7";
let sandbox;
let withProof;

before(async () => {
  [sandbox, withProof] = await Promise.all([
    startSandbox({ VESTIBULE__LIMITS__MODE: "off" }),
    startSandbox({ VESTIBULE__BOT_CHECK__PROVIDER: "proof_of_work" }),
  ]);
});

after(() => Promise.all([sandbox.stop(), withProof.stop()]));

/** The storage of a tab. */
function tab() {
  const items = new Map();
  return {
    items,
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => items.set(name, value),
    removeItem: (name) => items.delete(name),
  };
}

/** A client that records its requests. `lose` selects requests whose response does not arrive. */
function recorded(options = {}, lose = () => false) {
  const requests = [];
  const client = createClient({
    baseUrl: sandbox.baseUrl,
    ...options,
    fetch: async (url, init) => {
      requests.push({ path: new URL(url).pathname, key: init.headers["Idempotency-Key"] });
      const response = await fetch(url, init);
      if (lose(requests.length)) throw new TypeError("connection lost");
      return response;
    },
  });
  return { client, requests };
}

test("registers, sends another code and confirms", async () => {
  const { client } = recorded({ storage: tab() });
  const form = { email: "ada@example.com", password: PASSWORD };

  const signedUp = await client.register(form);
  const resent = await client.resend({ username: signedUp.value.username });
  const code = await sandbox.code(form.email);
  const confirmed = await client.confirm({ username: signedUp.value.username, code });

  assert.equal(signedUp.value.status, "confirmation_required");
  assert.deepEqual(resent, { ok: true, value: { status: "code_sent", next: "confirm" } });
  assert.deepEqual(confirmed, { ok: true, value: { status: "confirmed", next: "sign_in" } });
});

test("sends the session of the sign-up with the confirm of the same user, and stores it nowhere", async () => {
  const session = "s".repeat(20);
  const storage = tab();
  const bodies = [];
  const client = createClient({
    storage,
    fetch: async (url, init) => {
      const body = JSON.parse(init.body);
      bodies.push(body);
      if (url.endsWith("/confirm")) return Response.json({ status: "confirmed", next: "sign_in" });
      assert.doesNotMatch([...storage.items].join(), /s{20}/);
      const created = { status: "confirmation_required", username: body.email, next: "confirm" };
      return Response.json(body.email === "ada@example.com" ? { ...created, session } : created);
    },
  });
  const confirm = (username, form) => client.confirm({ username, code: "123456", ...form });

  await client.register({ email: "ada@example.com", password: PASSWORD });
  await client.register({ email: "bob@example.com", password: PASSWORD });
  await confirm("bob@example.com");
  await client.register({ email: "ada@example.com", password: PASSWORD });
  await confirm("ada@example.com", { session: "of another sign-up" });
  await client.register({ email: "ada@example.com", password: PASSWORD });
  await confirm("ada@example.com");
  await confirm("ada@example.com");

  const confirms = bodies.filter((body) => body.code).map((body) => body.session);
  assert.deepEqual(confirms, [undefined, "of another sign-up", session, undefined]);
});

test("repeats a sign-up with the same key if its response is lost", async () => {
  const storage = tab();
  const { client, requests } = recorded({ storage }, (number) => number === 1);

  const result = await client.register({ email: "bob@example.com", password: PASSWORD });

  assert.equal(result.value.status, "confirmation_required");
  assert.ok(result.value.user_id, "the stored response of the first request");
  assert.equal(requests.length, 2);
  assert.equal(requests[0].key, requests[1].key);
  assert.equal(storage.items.size, 0);
});

test("a key survives a reload until there is a final response", async () => {
  const storage = tab();
  const form = { email: "signup.internal-error@example.com", password: PASSWORD };
  const first = recorded({ storage, retries: 0 });
  const reloaded = recorded({ storage, retries: 0 });

  const { problem } = await first.client.register(form);
  await reloaded.client.register(form);

  assert.equal(problem.code, "upstream_failed");
  assert.equal(first.requests[0].key, reloaded.requests[0].key);
  assert.doesNotMatch([...storage.items].join(), /Correct|signup/);
});

test("a changed form gets a new key", async () => {
  const storage = tab();
  const failing = { email: "signup.internal-error@example.com", password: PASSWORD };
  const { client, requests } = recorded({ storage, retries: 0 });

  await client.register(failing);
  const result = await client.register({ ...failing, email: "carol@example.com" });

  assert.equal(result.value.status, "confirmation_required");
  const [first, reused, renewed] = requests.map((request) => request.key);
  assert.equal(first, reused);
  assert.notEqual(reused, renewed);
});

test("returns every violation and does not repeat the request", async () => {
  const { client, requests } = recorded({ storage: tab(), language: "en" });

  const { ok, problem } = await client.register({ email: "ada@", password: "x" });

  assert.equal(ok, false);
  assert.equal(problem.code, "invalid_registration");
  const pointers = new Set(problem.errors.map((violation) => violation.pointer));
  assert.deepEqual(pointers, new Set(["/email", "/password"]));
  assert.equal(requests.length, 1);
});

test("solves a proof of work if the service asks for it", async () => {
  const { client, requests } = recorded({ baseUrl: withProof.baseUrl, storage: tab() });

  const asked = await client.register({ email: "ada@example.com", password: PASSWORD });
  const again = await client.register({ email: "bob@example.com", password: PASSWORD });

  assert.equal(asked.value.status, "confirmation_required");
  assert.equal(again.value.status, "confirmation_required");
  assert.deepEqual(requests.map((request) => request.path), [
    ...["/register", "/register/policy", "/register/challenge", "/register"],
    ...["/register/challenge", "/register"],
  ]);
});

/** A client of a service that needs a proof before each sign-up. */
function proving(human_proof, challenge, options = {}) {
  let forms = 0;
  const client = createClient({
    storage: tab(),
    retries: 0,
    fetch: async (url, init) => {
      init.signal?.throwIfAborted();
      if (url.endsWith("/policy")) return Response.json({ human_proof });
      if (url.endsWith("/challenge")) return Response.json(challenge);
      forms += 1;
      return Response.json({ status: "confirmation_required", next: "confirm" });
    },
    ...options,
  });
  return { register: (options) => client.policy().then(() => client.register({}, options)), forms: () => forms };
}

const PROOF_OF_WORK = { kind: "proof_of_work", challenge: "/register/challenge", always: true };

/** The environment of a worker, in this thread. */
class LocalWorker {
  static started = 0;

  constructor(url) {
    globalThis.onmessage = null;
    this.program = import(`${url}?${LocalWorker.started++}`);
  }

  async postMessage(challenge) {
    await this.program;
    globalThis.postMessage = (data) => this.onmessage({ data });
    // As in a browser, an error of a promise does not fire `onerror`.
    globalThis.onmessage({ data: challenge });
  }

  terminate() {}
}

class ForbiddenWorker {
  constructor() {
    throw new DOMException("Refused to create a worker.", "SecurityError");
  }
}

test("solves a proof of work with a worker, and without a worker", async () => {
  for (const [number, Worker] of [undefined, LocalWorker, ForbiddenWorker].entries()) {
    globalThis.Worker = Worker;
    const { client } = recorded({ baseUrl: withProof.baseUrl, storage: tab() });

    await client.policy();
    const result = await client.register({ email: `worker${number}@example.com`, password: PASSWORD });

    assert.equal(result.value?.status, "confirmation_required", Worker?.name);
  }
  delete globalThis.Worker;
  assert.equal(LocalWorker.started, 1);
});

test("reports a proof that failed, and sends no form", async () => {
  const widget = { kind: "siteverify", provider: "turnstile", site_key: "k", always: true };
  const failing = async () => {
    throw new Error("the widget is blocked");
  };
  for (const [check, options, Worker] of [
    [PROOF_OF_WORK, {}, undefined],
    [PROOF_OF_WORK, {}, LocalWorker],
    [PROOF_OF_WORK, {}, ForbiddenWorker],
    [widget, {}, undefined],
    [widget, { proof: failing }, undefined],
  ]) {
    globalThis.Worker = Worker;
    const { register, forms } = proving(check, { parameters: null }, options);

    const { problem } = await register();

    assert.deepEqual([problem.code, problem.status, forms()], ["proof_failed", 0, 0]);
    assert.ok(problem.cause instanceof Error);
  }
  delete globalThis.Worker;
});

test("an aborted proof of work ends", async () => {
  const parameters = { nonce: "00", salt: "00", cost: 1, keyLength: 32, keyPrefix: "f".repeat(64) };
  const { register } = proving(PROOF_OF_WORK, { parameters });

  await assert.rejects(register({ signal: AbortSignal.timeout(200) }), { name: "TimeoutError" });
});

test("each call of resend has a new key", async () => {
  const keys = [];
  const storage = tab();
  const client = createClient({
    storage,
    retries: 0,
    fetch: async (_, init) => {
      keys.push(init.headers["Idempotency-Key"]);
      if (keys.length === 3) throw new TypeError("connection lost");
      const status = keys.length === 1 ? 502 : 429;
      const headers = { "Content-Type": "application/problem+json" };
      return new Response(JSON.stringify({ code: "delivery_failed", status }), { status, headers });
    },
  });

  for (let call = 0; call < 4; call++) await client.resend({ username: "ada@example.com" });

  assert.equal(new Set(keys).size, 4);
  assert.equal(storage.items.size, 0);
});

test("asks the page for the proof of another provider", async () => {
  const pages = [];
  const client = createClient({
    storage: tab(),
    fetch: async (url, init) => {
      const body = url.endsWith("/policy")
        ? { human_proof: { kind: "siteverify", provider: "turnstile", site_key: "k", always: false } }
        : { code: "proof_required", status: 428 };
      if (url.endsWith("/register")) pages.push(JSON.parse(init.body).human_proof);
      const isAnswered = url.endsWith("/policy") || pages.length === 2;
      const type = isAnswered ? "application/json" : "application/problem+json";
      return new Response(JSON.stringify(body), {
        status: isAnswered ? 200 : 428,
        headers: { "Content-Type": type },
      });
    },
    proof: async (policy) => `token of ${policy.human_proof.provider}`,
  });

  await client.register({ email: "ada@example.com", password: PASSWORD });

  assert.deepEqual(pages, [undefined, "token of turnstile"]);
});

test("waits as long as the service says", async () => {
  let calls = 0;
  const client = createClient({
    storage: tab(),
    fetch: async () => {
      calls += 1;
      return calls === 1
        ? new Response('{"code":"busy","status":503}', {
            status: 503,
            headers: { "Content-Type": "application/problem+json", "Retry-After": "1" },
          })
        : Response.json({ status: "confirmed", next: "sign_in" });
    },
  });
  const started = performance.now();

  const result = await client.confirm({ username: "ada@example.com", code: "123456" });

  assert.equal(result.ok, true);
  assert.ok(performance.now() - started >= 1000);
});

test("does not repeat a confirm with an unknown outcome, or a limited request", async () => {
  for (const [code, status] of [["upstream_failed", 502], ["too_many_requests", 429]]) {
    let calls = 0;
    const client = createClient({
      storage: tab(),
      fetch: async () => {
        calls += 1;
        const headers = { "Content-Type": "application/problem+json", "Retry-After": "1" };
        return new Response(JSON.stringify({ code, status }), { status, headers });
      },
    });

    const { problem } = await client.confirm({ username: "ada@example.com", code: "123456" });

    assert.deepEqual([problem.code, problem.retryAfter, calls], [code, 1, 1]);
  }
});

test("reports a network without a service, and an aborted request", async () => {
  const client = createClient({ baseUrl: "http://127.0.0.1:9", storage: tab(), retries: 0 });

  const { problem } = await client.policy();

  assert.equal(problem.code, "network");
  const aborted = client.resend({ username: "ada" }, { signal: AbortSignal.abort() });
  await assert.rejects(aborted, { name: "AbortError" });
});

test("validates values as the policy says", async () => {
  const { value: policy } = await createClient({ baseUrl: sandbox.baseUrl, storage: tab() }).policy();
  const field = (name) => policy.fields.find((field) => field.name === name);
  const codes = (name, value) => validate(field(name), value).map((rule) => rule.code);

  assert.deepEqual(codes("email", " "), ["required"]);
  assert.deepEqual(codes("name", ""), []);
  assert.deepEqual(codes("password", "Correct-horse-7"), []);
  assert.deepEqual(codes("password", "abc"), [
    ...["too_short", "needs_uppercase", "needs_number", "needs_symbol"],
  ]);
  assert.deepEqual(codes("custom:plan", "huge"), ["not_an_option"]);
});

test("builds the body of a form from pointers, without empty values", () => {
  const values = new FormData();
  values.set("/email", "ada@example.com");
  values.set("/phone_number", "");
  values.set("/attributes/custom:plan", "free");
  values.set("/attributes/custom:a~1b~0c", "d");
  values.set("/consents/terms", "2026-10");

  assert.deepEqual(toBody(values), {
    email: "ada@example.com",
    attributes: { "custom:plan": "free", "custom:a/b~c": "d" },
    consents: { terms: "2026-10" },
  });
});
