import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { startSandbox } from "../../../clients/typescript/test/service.mjs";
import { inspect, launch, until, withPage } from "./browser.mjs";
import { blocks, startPlain, startReact, startRendered, text } from "./forms.mjs";

const TRUSTED = { VESTIBULE__SERVER__TRUSTED_PROXIES: "127.0.0.1" };

let browser;
let sandbox;

before(async () => {
  [browser, sandbox] = await Promise.all([launch(), startSandbox({ VESTIBULE__LIMITS__MODE: "off", ...TRUSTED })]);
});

after(() => Promise.all([browser.close(), sandbox.stop()]));

/** Runs `use` with a site in front of a service. */
async function withSite(start, service, use) {
  const site = await start(service);
  try {
    await use(site);
  } finally {
    await site.stop();
  }
}

test("the forms of the docs have the length that they say", () => {
  const lines = [blocks("html")[0], blocks("jsx")[0]].map((form) => form.match(/^.*\S.*$/gm).length);

  assert.deepEqual(lines, [60, 60]);
  assert.ok(text.includes("Its 60 lines") && text.includes("It has 60 lines"));
});

for (const [name, start] of [["plain", startPlain], ["React", startReact]]) {
  test(`the form of the docs says that the service is not available: ${name}`, () =>
    withSite(start, sandbox, async (site) => {
      const page = await browser.newPage();
      await page.route("**/register/policy", (route) => route.abort());
      await page.goto(site.baseUrl);
      await page.getByText("Sign-up is not available.").waitFor();
      await page.close();
    }));
}

for (const [name, start, options] of [
  ["plain", startPlain, {}],
  ["React", startReact, {}],
  ["rendered", startRendered, {}],
  ["rendered without scripts", startRendered, { javaScriptEnabled: false }],
]) {
  test(`the form of the docs registers and confirms: ${name}`, () =>
    withSite(start, sandbox, (site) =>
      withPage(browser, options, async (page) => {
        const id = name.replaceAll(" ", "-").toLowerCase();
        const email = `docs-${id}@example.com`;
        const state = (step) => (options.javaScriptEnabled === false ? undefined : inspect(page, `docs-${id}-${step}`));
        const button = (name) => page.getByRole("button", { name }).click();
        await page.goto(site.baseUrl);
        await page.getByLabel("Email address").waitFor();
        await state("1-form");

        await button("Create account");
        await page.getByText("Some details need another look.").waitFor();
        assert.equal(await page.evaluate(() => document.activeElement.name), "/email");
        await state("2-errors");

        await page.getByLabel("Email address").fill(email);
        await page.getByLabel("Password").fill("Correct-horse-7");
        await page.getByLabel("Plan").selectOption("free");
        await page.getByLabel("Terms of use").check();
        await button("Create account");
        await page.getByText("We sent you a code.").waitFor();
        await state("3-code");

        await page.getByLabel("Code").fill("000000");
        await button("Confirm");
        await page.getByText("This code does not work.").waitFor();

        const first = await sandbox.code(email);
        await button("Send a new code");
        await until(async () => (await page.getByLabel("Code").inputValue()) === "");
        assert.notEqual(await sandbox.code(email), first);
        await page.getByLabel("Code").fill(await sandbox.code(email));
        await button("Confirm");
        await page.getByText("You can sign in now.").waitFor();
        assert.notEqual(new URL(page.url()).origin, new URL(sandbox.baseUrl).origin);
      })));
}

/** Sends a form to the rendering server, from an address of this machine. */
async function send(baseUrl, values, { from = "127.0.0.1", ...headers } = {}) {
  const sent = request(baseUrl, { method: "POST", localAddress: from, headers });
  const form = { action: "register", key: randomUUID(), "/password": "Correct-horse-7", ...values };
  sent.end(String(new URLSearchParams(form)));
  const [response] = await once(sent, "response");
  const html = (await response.setEncoding("utf8").toArray()).join("");
  return { status: response.statusCode, html, hasKey: html.includes(`value="${form.key}"`) };
}

test("the rendering server passes on the address and the language of the user", async () => {
  const limits = { VESTIBULE__LIMITS__MODE: "enforce", VESTIBULE__LIMITS__REGISTER__BURST: "1" };
  const limited = await startSandbox({ ...TRUSTED, ...limits });
  try {
    await withSite(startRendered, limited, async ({ baseUrl }) => {
      const ada = await send(baseUrl, { "/email": "ada@example.com" });
      const again = await send(baseUrl, { "/email": "bob@example.com" });
      const german = { from: "127.0.0.2", "Accept-Language": "de" };
      const other = await send(baseUrl, { "/email": "bob@example.com" }, german);

      assert.deepEqual([ada.status, again.status, other.status], [200, 429, 200]);
      assert.ok(other.html.includes('<html lang="de"') && other.html.includes("Code"));
    });
  } finally {
    await limited.stop();
  }
});

test("the rendering server keeps the key of a form until its response is final", () =>
  withSite(startRendered, sandbox, async ({ baseUrl }) => {
    const reloaded = { "/email": "reload@example.com", key: randomUUID() };
    await send(baseUrl, reloaded);
    const code = await sandbox.code(reloaded["/email"]);
    const again = await send(baseUrl, reloaded);
    const invalid = await send(baseUrl, { "/email": "ada@" });
    const unknown = await send(baseUrl, { "/email": "signup.internal-error@example.com" });

    assert.deepEqual([again.status, invalid.status, unknown.status], [200, 422, 502]);
    assert.deepEqual([again.hasKey, invalid.hasKey, unknown.hasKey], [false, false, true]);
    assert.equal(await sandbox.code(reloaded["/email"]), code);
  }));

test("the rendering server escapes values, and rejects forms of other sites", () =>
  withSite(startRendered, sandbox, async ({ baseUrl }) => {
    const escaped = await send(baseUrl, { "/email": '"><script>' });
    const foreign = await send(baseUrl, { "/email": "ada@example.com" }, { "Sec-Fetch-Site": "cross-site" });

    assert.ok(escaped.html.includes('value="&#34;&#62;&#60;script&#62;"'));
    assert.ok(!escaped.html.includes("Correct-horse-7"));
    assert.equal(foreign.status, 403);
  }));
