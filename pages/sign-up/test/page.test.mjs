import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startSandbox } from "../../../clients/typescript/test/service.mjs";
import { inspect, launch, withPage } from "./browser.mjs";
import { startNginx } from "./nginx.mjs";

const PASSWORD = "Correct-horse-7";
const LINKS = {
  VESTIBULE__LINKS__SIGN_IN: "https://app.example.com/sign-in",
  VESTIBULE__LINKS__RESET: "https://app.example.com/reset",
};

let browser;
let sandbox;
let withProof;
let proxy;

before(async () => {
  [browser, sandbox, withProof] = await Promise.all([
    launch(),
    startSandbox({ VESTIBULE__LIMITS__MODE: "off", ...LINKS }),
    startSandbox({
      VESTIBULE__BOT_CHECK__PROVIDER: "proof_of_work",
      VESTIBULE__REGISTRATION__PASSWORD__REQUIRED: "false",
      VESTIBULE__PAGES__LOGO: "https://cdn.example.com/logo.svg",
      VESTIBULE__PAGES__STYLESHEET: "/brand.css",
    }),
  ]);
  proxy = await startNginx(withProof.baseUrl, "/account");
});

after(async () => {
  await proxy.stop();
  await Promise.all([browser.close(), sandbox.stop(), withProof.stop()]);
});

/** The texts of the page in a language. */
async function textsOf(language) {
  const { texts } = await (await fetch(`${sandbox.baseUrl}/register/texts?lang=${language}`)).json();
  return texts;
}

async function heading(page, text) {
  await page.getByRole("heading", { level: 1, name: text, exact: true }).waitFor();
}

async function signUp(page, email, texts) {
  await page.goto(`${sandbox.baseUrl}/sign-up`);
  await page.locator("#email").fill(email);
  await page.locator("#password").fill(PASSWORD);
  await page.getByRole("button", { name: texts["page-register"], exact: true }).click();
}

function message(page) {
  return page.locator("#message").innerText();
}

function focused(page) {
  return page.evaluate(() => document.activeElement.id);
}

/** Answers requests with a problem: all of them, or the first `times`. Returns their keys. */
async function answer(page, path, problem, times = Infinity) {
  const keys = [];
  await page.route(`**${path}`, (route) => {
    keys.push(route.request().headers()["idempotency-key"]);
    if (keys.length > times) return route.continue();
    return route.fulfill({
      status: problem.status,
      headers: { "Content-Type": "application/problem+json", "Retry-After": "0" },
      body: JSON.stringify({ title: "The sentence of the problem.", ...problem }),
    });
  });
  return keys;
}

for (const [language, direction, title] of [
  ["en", "ltr", "Create your account"],
  ["de", "ltr", "Konto anlegen"],
  ["ar", "rtl", "أنشئ حسابك"],
  ["ja", "ltr", "アカウントの作成"],
]) {
  test(`registers, corrects errors and confirms in ${language}`, () =>
    withPage(browser, { locale: language, permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
      const email = `flow-${language}@example.com`;
      const texts = await textsOf(language);
      const button = (name) => page.getByRole("button", { name: texts[name], exact: true });
      await page.clock.install();

      await page.goto(`${sandbox.baseUrl}/sign-up`);
      await heading(page, title);
      const html = page.locator("html");
      assert.deepEqual(
        [await html.getAttribute("lang"), await html.getAttribute("dir"), await page.title()],
        [language, direction, title],
      );
      const live = page.locator("#message[role=status]");
      assert.equal(await live.evaluate((message) => getComputedStyle(message).display), "block");
      await inspect(page, `${language}-1-form`);

      await page.locator("#email").fill("ada@");
      await button("page-register").click();
      await page.locator("#email[aria-invalid=true]").waitFor();
      assert.equal(await message(page), texts["problem-invalid-registration"]);
      assert.equal(await focused(page), "email");
      assert.match(await page.locator("#email").getAttribute("aria-describedby"), /email-error/);
      assert.notEqual(await page.locator("#email-error").innerText(), "");
      assert.notEqual(await page.locator("#password-error").innerText(), "");
      await inspect(page, `${language}-2-errors`);

      await page.locator("#email").fill(email);
      await page.locator("#password").fill(PASSWORD);
      await button("page-register").click();
      await heading(page, texts["page-code"]);
      assert.match(await page.locator("main").innerText(), /f\*+@/);
      assert.match(await page.locator(".actions button").first().innerText(), /0:59|1:00/);
      await inspect(page, `${language}-3-code`);

      await page.locator("#code").fill("000000");
      await button("page-confirm").click();
      await page.locator("#code[aria-invalid=true]").waitFor();
      assert.equal(await page.getByText(texts["problem-invalid-code"]).count(), 1);
      assert.equal(await focused(page), "code");
      await inspect(page, `${language}-4-wrong-code`);

      await page.reload();
      await heading(page, texts["page-code"]);
      assert.match(await page.locator("main").innerText(), /f\*+@/);
      assert.ok(await page.locator(".actions button").first().isDisabled(), "the countdown survives the reload");

      const first = await sandbox.code(email);
      await page.clock.fastForward(60_000);
      await button("page-resend").click();
      await page.getByText(texts["page-resent"]).waitFor();
      assert.notEqual(await sandbox.code(email), first);
      await inspect(page, `${language}-5-resent`);

      const code = await sandbox.code(email);
      await page.evaluate((text) => navigator.clipboard.writeText(text), `${code.slice(0, 3)} ${code.slice(3)}`);
      await page.locator("#code").focus();
      await page.keyboard.press("Control+V");
      await button("page-confirm").click();
      await heading(page, texts["page-done"]);
      const link = page.getByRole("link", { name: texts["page-sign-in"], exact: true });
      assert.equal(await link.getAttribute("href"), LINKS.VESTIBULE__LINKS__SIGN_IN);
      assert.equal(await page.evaluate(() => sessionStorage.length), 0);
      await inspect(page, `${language}-6-done`);
    }));
}

test("?lang= selects the language of words, labels and problems", () =>
  withPage(browser, { locale: "en" }, async (page) => {
    const texts = await textsOf("de");

    await page.goto(`${sandbox.baseUrl}/sign-up?lang=de`);
    await heading(page, "Konto anlegen");
    assert.equal(await page.locator("label[for=password]").innerText(), "Passwort");

    await page.getByRole("button", { name: texts["page-register"], exact: true }).click();
    await page.getByText(texts["problem-invalid-registration"]).waitFor();
  }));

test("confirms by a link, on a click only", () =>
  withPage(browser, {}, async (page) => {
    const email = "link@example.com";
    const texts = await textsOf("en");
    await fetch(`${sandbox.baseUrl}/register`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email, password: PASSWORD }),
    });
    const code = await sandbox.code(email);
    const posts = [];
    page.on("request", (request) => request.method() === "POST" && posts.push(new URL(request.url()).pathname));

    await page.goto(`${sandbox.baseUrl}/sign-up#username=${encodeURIComponent(email)}&code=${code}`);
    await heading(page, texts["page-code"]);
    await page.waitForLoadState("networkidle");
    assert.deepEqual(posts, []);
    assert.equal(await page.locator("#code").inputValue(), code);
    assert.equal(new URL(page.url()).hash, "");
    await inspect(page, "link");

    await page.getByRole("button", { name: texts["page-confirm"], exact: true }).click();
    await heading(page, texts["page-done"]);
    assert.deepEqual(posts, ["/register/confirm"]);
  }));

test("works with the keyboard only", () =>
  withPage(browser, {}, async (page) => {
    const email = "keyboard@example.com";
    const texts = await textsOf("en");
    await page.goto(`${sandbox.baseUrl}/sign-up`);
    await heading(page, texts["page-title"]);

    const stops = [];
    for (let isSubmit = false; !isSubmit; ) {
      await page.keyboard.press("Tab");
      const stop = await page.evaluate(() => {
        const { id, type, textContent } = document.activeElement;
        return { name: id || textContent, type, outline: getComputedStyle(document.activeElement).outlineStyle };
      });
      assert.equal(stop.outline, "solid", `the focus on ${stop.name} is visible`);
      stops.push(stop.name);
      if (stop.name === "email") await page.keyboard.type(email);
      if (stop.name === "password") await page.keyboard.type(PASSWORD);
      if (stop.name === texts["page-show-password"]) {
        await page.keyboard.press("Space");
        assert.equal(await page.locator("#password").getAttribute("type"), "text");
        await page.keyboard.press("Space");
      }
      isSubmit = stop.type === "submit";
    }
    assert.deepEqual(stops.slice(0, 3), ["email", "password", texts["page-show-password"]]);
    assert.ok(stops.includes("consents-terms"));
    await page.keyboard.press("Enter");

    await heading(page, texts["page-code"]);
    await page.keyboard.press("Tab");
    await page.keyboard.type(await sandbox.code(email));
    await page.keyboard.press("Enter");
    await heading(page, texts["page-done"]);
  }));

test("names the fields for password managers", () =>
  withPage(browser, {}, async (page) => {
    const texts = await textsOf("en");
    const autocomplete = (id) => page.locator(id).getAttribute("autocomplete");

    await signUp(page, "manager@example.com", texts);
    await heading(page, texts["page-code"]);
    assert.deepEqual(
      [await autocomplete("#code"), await page.locator("#code").getAttribute("inputmode")],
      ["one-time-code", "numeric"],
    );

    await page.getByRole("button", { name: texts["page-start-over"], exact: true }).click();
    await heading(page, texts["page-title"]);
    assert.deepEqual([await autocomplete("#email"), await autocomplete("#password")], ["username", "new-password"]);
    assert.match(await page.locator("#password-hint").innerText(), /8 characters.+capital.+small.+number.+symbol/);
  }));

test("offers sign-in and another code if the account exists", () =>
  withPage(browser, {}, async (page) => {
    const texts = await textsOf("en");

    await signUp(page, "signup.username-exists@example.com", texts);
    await page.locator("#message.error").waitFor();
    assert.equal(await page.getByText("There is already an account with this email address.").count(), 1);
    assert.equal(await focused(page), "message");
    const links = await page.locator("#message a").evaluateAll((all) => all.map(({ href }) => href));
    assert.deepEqual(links, [LINKS.VESTIBULE__LINKS__SIGN_IN, LINKS.VESTIBULE__LINKS__RESET]);
    assert.equal(await page.locator("#password").inputValue(), PASSWORD);
    await inspect(page, "409");

    await page.getByRole("button", { name: texts["page-resend"], exact: true }).click();
    await heading(page, texts["page-code"]);
    const words = await page.locator("main").innerText();
    assert.ok(!words.includes(texts["page-code-intro"]), "an account that is confirmed gets no code");
    await inspect(page, "409-resend");
  }));

test("says that the code was not delivered until another one is sent", () =>
  withPage(browser, {}, async (page) => {
    const texts = await textsOf("en");

    await signUp(page, "signup.code-delivery-failure@example.com", texts);
    await page.getByText(texts["page-undelivered"]).waitFor();
    await inspect(page, "undelivered");
    await page.getByRole("button", { name: texts["page-resend"], exact: true }).click();

    await page.getByText(texts["page-resent"]).waitFor();
    assert.equal(await page.getByText(texts["page-undelivered"]).count(), 0);
  }));

test("shows the end of a sign-up that needs no code", () =>
  withPage(browser, {}, async (page) => {
    const texts = await textsOf("en");
    await signUp(page, "signup.confirmed-at-once@example.com", texts);
    await heading(page, texts["page-done"]);

    await page.route("**/register", (route) =>
      route.fulfill({ status: 201, json: { status: "approval_required", next: "wait", username: "ada" } }));
    await signUp(page, "approval@example.com", texts);
    await heading(page, texts["page-waiting"]);
    await inspect(page, "waiting");
  }));

test("shows a request in progress, and sends it once", () =>
  withPage(browser, {}, async (page) => {
    const texts = await textsOf("en");
    const held = [];
    await page.route("**/register", (route) => held.push(route));
    await signUp(page, "busy@example.com", texts);
    const submit = page.locator("button[type=submit][aria-busy=true]");
    await submit.waitFor();

    await submit.click();
    await inspect(page, "in-progress");
    assert.equal(held.length, 1);
    await held[0].continue();

    await heading(page, texts["page-code"]);
  }));

for (const [code, status, times] of [
  ["busy", 503, 2],
  ["unavailable", 503, 1],
  ["upstream_timeout", 504, 2],
  ["request_in_progress", 409, 1],
]) {
  test(`repeats a sign-up after ${code} with the same key`, () =>
    withPage(browser, {}, async (page) => {
      const texts = await textsOf("en");
      await page.clock.install();
      const keys = await answer(page, "/register", { code, status }, times);

      await signUp(page, `${code}@example.com`.replace("_", "-"), texts);

      await heading(page, texts["page-code"]);
      assert.equal(keys.length, times + 1);
      assert.equal(new Set(keys).size, 1);
    }));
}

for (const [code, status, requests] of [
  ["too_many_requests", 429, 1],
  ["busy", 503, 4],
  ["upstream_timeout", 504, 4],
  ["sign_up_closed", 403, 1],
]) {
  test(`shows the text of ${status} ${code} and keeps the form`, () =>
    withPage(browser, {}, async (page) => {
      const texts = await textsOf("en");
      const keys = await answer(page, "/register", { code, status });

      await signUp(page, "ada@example.com", texts);

      await page.getByText("The sentence of the problem.").waitFor();
      assert.equal(keys.length, requests);
      assert.equal(await focused(page), "message");
      assert.equal(await page.locator("#message").getAttribute("role"), "status");
      assert.equal(await page.locator("#password").inputValue(), PASSWORD);
      assert.ok(await page.getByRole("button", { name: texts["page-register"], exact: true }).isEnabled());
      await inspect(page, `${status}-${code}`);
    }));
}

test("shows problems of the code beside it, or above it", () =>
  withPage(browser, {}, async (page) => {
    const texts = await textsOf("en");
    for (const [name, id] of [
      ["confirm.expired-code", "problem-expired-code"],
      ["confirm.limit-exceeded", null],
      ["confirm.alias-exists", "problem-account-exists"],
    ]) {
      await page.goto(`${sandbox.baseUrl}/sign-up#username=${name}@example.com&code=123456`);
      await page.waitForURL(({ hash }) => hash === "");
      await page.getByRole("button", { name: texts["page-confirm"], exact: true }).click();

      const isBeside = name === "confirm.expired-code";
      const place = page.locator(isBeside ? "#code-error" : "#message");
      await place.filter({ hasText: /\w/ }).waitFor();
      const sentence = await place.innerText();
      if (id) assert.ok(sentence.startsWith(texts[id]), sentence);
      else assert.match(sentence, /Too many attempts/);
      assert.equal(await page.locator("#message a").count(), name === "confirm.alias-exists" ? 2 : 0);
      await inspect(page, name);
    }
  }));

test("shows that the user is offline, and continues later", () =>
  withPage(browser, {}, async (page) => {
    const texts = await textsOf("en");
    await page.clock.install();
    await page.goto(`${sandbox.baseUrl}/sign-up`);
    await heading(page, texts["page-title"]);
    await page.locator("#email").fill("offline@example.com");
    await page.locator("#password").fill(PASSWORD);
    const register = page.getByRole("button", { name: texts["page-register"], exact: true });
    await page.context().setOffline(true);

    await register.click();
    const offline = page.getByText(texts["page-offline"]);
    for (let wait = 0; wait < 60 && !(await offline.isVisible()); wait++) await page.clock.fastForward(1000);
    await offline.waitFor();
    await page.context().setOffline(false);
    await register.click();

    await heading(page, texts["page-code"]);
  }));

test("solves each proof in a worker, and needs no password, below a path prefix of nginx", () =>
  withPage(browser, {}, async (page) => {
    const email = "proof@example.com";
    const texts = await textsOf("en");
    const workers = [];
    page.on("worker", (worker) => workers.push(new URL(worker.url()).pathname));
    await answer(page, "/register", { code: "proof_required", status: 428 }, 1);

    await page.route("**/brand.css", (route) =>
      route.fulfill({ contentType: "text/css", body: ":root { --accent: light-dark(#7a1f5c, #f2a7d8) }" }));
    const logo = '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="40"><rect width="160" height="40"/></svg>';
    await page.route("**/logo.svg", (route) => route.fulfill({ contentType: "image/svg+xml", body: logo }));

    await page.goto(`${proxy.baseUrl}/sign-up`);
    await heading(page, texts["page-title"]);
    assert.equal(await page.locator("input[type=password]").count(), 0);
    const submit = page.getByRole("button", { name: texts["page-register"], exact: true });
    assert.equal(await submit.evaluate((button) => getComputedStyle(button).backgroundColor), "rgb(122, 31, 92)");
    assert.equal(await page.locator("header img").evaluate((image) => image.naturalWidth), 160);
    await inspect(page, "without-password");
    await page.locator("#email").fill(email);
    await page.getByRole("button", { name: texts["page-register"], exact: true }).click();

    await heading(page, texts["page-code"]);
    assert.deepEqual(workers, ["/account/sign-up/worker.js", "/account/sign-up/worker.js"]);
    await page.locator("#code").fill(await withProof.code(email));
    await page.getByRole("button", { name: texts["page-confirm"], exact: true }).click();
    await heading(page, texts["page-done"]);
  }));

test("says what it needs without JavaScript", () =>
  withPage(browser, { javaScriptEnabled: false, locale: "de" }, async (page) => {
    await page.goto(`${sandbox.baseUrl}/sign-up`);

    assert.equal((await page.locator("body").innerText()).trim(), (await textsOf("de"))["page-no-script"]);
  }));

test("says that it cannot load, in the language of the user", () =>
  withPage(browser, { locale: "de" }, async (page) => {
    await page.route("**/register/policy", (route) => route.abort());

    await page.goto(`${sandbox.baseUrl}/sign-up`);

    await page.getByText((await textsOf("de"))["page-unexpected"]).waitFor();
  }));

test("works without a session storage", () =>
  withPage(browser, {}, async (page) => {
    const texts = await textsOf("en");
    await page.addInitScript(() => {
      Object.defineProperty(window, "sessionStorage", {
        get: () => {
          throw new DOMException("denied", "SecurityError");
        },
      });
    });

    await signUp(page, "no-storage@example.com", texts);

    await heading(page, texts["page-code"]);
  }));
