// The page of the sandbox.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startSandbox } from "../../../clients/typescript/test/service.mjs";
import { inspect, launch, startFiles, withPage } from "./browser.mjs";

const WIDE = { viewport: { width: 1280, height: 900 }, permissions: ["clipboard-read", "clipboard-write"] };

let browser;
let sandbox;

before(async () => {
  [browser, sandbox] = await Promise.all([launch(), startSandbox()]);
});

after(() => Promise.all([browser.close(), sandbox.stop()]));

async function register(email, service = sandbox) {
  const response = await fetch(`${service.baseUrl}/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, password: "Correct-horse-7" }),
  });
  assert.equal(response.status, 201, await response.text());
}

function message(page, email) {
  return page.locator("#messages li").filter({ hasText: email });
}

function account(page, email) {
  return page.locator("#account-rows [role=row]").filter({ hasText: email });
}

/** Shows few cases, because a picture of all of them takes seconds. */
const filter = (page, words) => page.locator("#filter").fill(words);

const shownCases = (page) => page.locator("#case-rows [role=row]:visible");

const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

test("an account appears without a reload, is confirmed by a link, and is deleted", () =>
  withPage(browser, WIDE, async (page) => {
    await page.goto(sandbox.baseUrl);
    assert.equal(new URL(page.url()).pathname, "/sandbox");
    await page.getByText("Live: the page updates itself.").waitFor();
    await page.getByText("No messages.").waitFor();
    await page.getByText("No accounts.").waitFor();
    await filter(page, "proof_required");
    await page.getByText("1 of ").waitFor();
    await inspect(page, "sandbox-1-empty");

    await register("ada@example.com");
    await page.getByText("Email with a code to ada@example.com").waitFor();
    const code = await sandbox.code("ada@example.com");
    await message(page, "ada@example.com").getByText(code).waitFor();
    await account(page, "ada@example.com").getByText("not confirmed").waitFor();
    await inspect(page, "sandbox-2-message");

    await page.getByRole("button", { name: `Copy ${code}` }).click();
    await page.getByText(`Copied ${code}`).waitFor();
    assert.equal(await clipboard(page), code);

    const form = await page.context().newPage();
    await form.goto(await message(page, "ada@example.com").getByRole("link").evaluate(({ href }) => href));
    await form.waitForFunction((code) => document.getElementById("code")?.value === code, code);
    await form.getByRole("button", { name: "Confirm" }).click();
    await form.getByText("You can sign in now.").waitFor();
    await account(page, "ada@example.com").getByText("confirmed", { exact: true }).waitFor();

    await page.getByRole("button", { name: "Delete ada@example.com" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("No accounts.").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), "accounts");
    await register("ada@example.com");
    await account(page, "ada@example.com").waitFor();

    await page.getByRole("button", { name: "Delete all accounts and messages" }).click();
    await page.getByText("No accounts.").waitFor();
    await page.getByText("No messages.").waitFor();
  }));

test("the inbox continues after a lost connection, and after a restart of the stream", async () => {
  // The service closes the stream after this time.
  const service = await startSandbox({ VESTIBULE__SERVER__KEEP_ALIVE: "1s" });
  try {
    await withPage(browser, WIDE, async (page) => {
      const connections = [];
      page.on("request", (request) => {
        if (request.url().endsWith("/sandbox/events")) connections.push(request);
      });
      await page.goto(service.baseUrl);
      await register("first@example.com", service);
      await message(page, "first@example.com").waitFor();
      await page.getByText("Not connected. Trying again…").waitFor();
      await page.context().setOffline(true);
      await register("second@example.com", service);
      await page.context().setOffline(false);

      await message(page, "second@example.com").waitFor();

      assert.equal(await page.locator("#messages li").count(), 2);
      assert.ok(connections.length > 1, `${connections.length} connections`);
    });
  } finally {
    await service.stop();
  }
});

test("the play cases are filtered and copied", () =>
  withPage(browser, WIDE, async (page) => {
    const { cases, with_settings: settings } = await (await fetch(`${sandbox.baseUrl}/sandbox/cases`)).json();
    const all = cases.length + settings.length;
    await page.goto(`${sandbox.baseUrl}/sandbox#cases`);
    await page.getByText(`${all} of ${all} cases`).waitFor();
    await filter(page, "signup.invalid-password");
    await inspect(page, "sandbox-3-cases");

    await page.setViewportSize(WIDE.viewport);
    await filter(page, "expired-code");
    assert.equal(await shownCases(page).count(), 1);
    await page.getByText(`1 of ${all} cases`).waitFor();
    const cells = await shownCases(page).locator("[role=cell]").allInnerTexts();
    assert.deepEqual(cells.slice(2, 5), ["422", "expired_code", "–"]);
    assert.match(cells[1], /ExpiredCodeException/);
    await page.getByRole("button", { name: "Copy confirm.expired-code@example.com" }).click();
    await page.getByText("Copied confirm.expired-code@example.com").waitFor();
    assert.equal(await clipboard(page), "confirm.expired-code@example.com");

    await filter(page, "429");
    await page.getByText("VESTIBULE__LIMITS__MODE=enforce").waitFor();
    await inspect(page, "sandbox-4-filtered");
    await filter(page, "no such case");
    await page.getByText(`0 of ${all} cases`).waitFor();
  }));

for (const [mode, input] of [["phone", "+14155550418"], ["chosen", "confirm.expired-code"]]) {
  test(`the inputs of the play cases fit the form with user names of mode ${mode}`, async () => {
    const service = await startSandbox({ VESTIBULE__REGISTRATION__USERNAME: mode });
    try {
      await withPage(browser, WIDE, async (page) => {
        await page.goto(`${service.baseUrl}/sandbox`);

        await page.getByRole("button", { name: `Copy ${input}`, exact: true }).waitFor();
      });
    } finally {
      await service.stop();
    }
  });
}

test("the titles of the play cases are in the selected language", () =>
  withPage(browser, WIDE, async (page) => {
    await page.goto(`${sandbox.baseUrl}/sandbox`);
    await filter(page, "username-exists-email");
    for (const [language, direction] of [["de", "ltr"], ["ar", "rtl"], ["en", "ltr"]]) {
      await page.locator("#language").selectOption(language);

      const title = shownCases(page).locator(`[lang=${language}][dir=${direction}]`);
      await title.waitFor();
      const response = await fetch(`${sandbox.baseUrl}/register`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Accept-Language": language },
        body: JSON.stringify({ email: "signup.username-exists-email@example.com", password: "Correct-horse-7" }),
      });
      assert.equal(await title.innerText(), (await response.json()).title);
      await page.getByRole("button", { name: `Copy Accept-Language: ${language}` }).waitFor();
    }
    await page.locator("#language").selectOption("ar");
    await shownCases(page).locator("[dir=rtl]").waitFor();
    await inspect(page, "sandbox-5-arabic");
  }));

test("a page of another origin can neither read nor delete", async () => {
  await register("grace@example.com");
  // The API of the sandbox allows this origin.
  const site = await startFiles({ "/": "<!doctype html><title>Another page</title>" });
  try {
    const page = await browser.newPage();
    await page.goto(site.baseUrl);

    const results = await page.evaluate(async (url) => {
      const attempt = (path, method) => fetch(url + path, { method }).then(({ status }) => status, () => "blocked");
      return [
        await attempt("/sandbox/inbox", "GET"),
        await attempt("/sandbox/accounts?username=grace%40example.com", "DELETE"),
        await attempt("/sandbox/state", "DELETE"),
      ];
    }, sandbox.baseUrl);

    assert.deepEqual(results, [403, "blocked", "blocked"]);
    const { accounts } = await (await fetch(`${sandbox.baseUrl}/sandbox/accounts`)).json();
    assert.ok(accounts.some(({ username }) => username === "grace@example.com"));
    await page.close();
  } finally {
    site.stop();
  }
});
