import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { createContext, runInContext } from "node:vm";
import { solve } from "@vestibule/client";
import { startSandbox } from "./service.mjs";

const read = (name) => readFile(new URL(name, import.meta.url), "utf8");

let sandbox;

before(async () => {
  sandbox = await startSandbox({ VESTIBULE__BOT_CHECK__PROVIDER: "proof_of_work" });
});

after(() => sandbox.stop());

test("registers with a proof without window, sessionStorage, Worker and import.meta", async () => {
  const program = await read("react_native.js");
  // The globals of React Native, with the `crypto` of a package.
  const app = createContext({ fetch, crypto, setTimeout, clearTimeout, btoa });
  runInContext(program, app);
  const client = app.vestibule.createClient({ baseUrl: sandbox.baseUrl, retries: 0 });

  const registered = await client.register({ email: "app@example.com", password: "Correct-horse-7" });
  const { username } = registered.value;
  const confirmed = await client.confirm({ username, code: await sandbox.code(username) });

  assert.equal(runInContext("[typeof window, typeof sessionStorage, typeof Worker].join()", app), "undefined,undefined,undefined");
  assert.ok(!program.includes("import.meta"));
  assert.equal(registered.value.status, "confirmation_required");
  assert.equal(confirmed.value.status, "confirmed");
});

test("solves the published vectors of the proof of work", async () => {
  const { vectors } = JSON.parse(await read("proof-of-work-vectors.json"));
  for (const { challenge, human_proof } of vectors) assert.equal(await solve(challenge), human_proof);
});
