import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startSandbox } from "../../../clients/typescript/test/service.mjs";
import { inspect, launch, listen, until, withPage } from "./browser.mjs";

const PROVIDERS = {
  turnstile: ["turnstile", "challenges.cloudflare.com", "https://challenges.cloudflare.com"],
  hcaptcha: ["hcaptcha", "js.hcaptcha.com", "https://hcaptcha.com https://*.hcaptcha.com"],
  recaptcha: [
    "grecaptcha",
    "www.google.com",
    "https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/ https://recaptcha.google.com/recaptcha/",
  ],
};

let browser;
let provider;
let forms;

before(async () => {
  browser = await launch();
  // Accepts each token once, and none that begins with "bad".
  provider = await listen(async (request, response) => {
    const form = Object.fromEntries(new URLSearchParams((await request.toArray()).join("")));
    const success = !form.response.startsWith("bad") && !forms.some((other) => other.response === form.response);
    forms.push(form);
    const details = { challenge_ts: new Date().toISOString(), hostname: "127.0.0.1", action: "register" };
    response.setHeader("Content-Type", "application/json").end(JSON.stringify({ success, ...details }));
  });
});

after(() => Promise.all([browser.close(), provider.stop()]));

/** Runs `use` with the sign-up page of a service that needs a token of a widget. */
async function withWidget(name, settings, use) {
  const sandbox = await startSandbox({
    VESTIBULE__LIMITS__MODE: "observe",
    VESTIBULE__BOT_CHECK__PROVIDER: "siteverify",
    VESTIBULE__BOT_CHECK__SITEVERIFY__PROVIDER: name,
    VESTIBULE__BOT_CHECK__SITEVERIFY__SECRET: "the-secret",
    VESTIBULE__BOT_CHECK__SITEVERIFY__SITE_KEY: "the-key",
    VESTIBULE__BOT_CHECK__SITEVERIFY__URL: provider.baseUrl,
    ...settings,
  });
  forms = [];
  try {
    await withPage(browser, {}, async (page) => {
      const scripts = await replaceProvider(page, name);
      const response = await page.goto(`${sandbox.baseUrl}/sign-up`);
      await page.getByRole("heading", { name: "Create your account" }).waitFor();
      await use(page, { scripts, sandbox, policy: response.headers()["content-security-policy"] });
    });
  } finally {
    await sandbox.stop();
  }
}

/**
 * Replaces the host of a provider by a widget that is a button. Its frame and its requests show that
 * the content security policy allows those of the real one. Returns the loaded scripts.
 */
async function replaceProvider(page, name) {
  const [api, host] = PROVIDERS[name];
  const scripts = [];
  const widget = (api, host) => {
    let number = 0;
    window.nextToken = "token";
    window[api] = {
      render(place, options) {
        window.rendered = options;
        const button = Object.assign(document.createElement("button"), { type: "button", textContent: "I am human" });
        button.onclick = () => options.callback(`${window.nextToken}-${(number += 1)}`);
        const source = { src: `https://${host}/recaptcha/frame`, title: "check" };
        const frame = Object.assign(document.createElement("iframe"), source);
        place.append(button, frame);
        fetch(`https://${host}/recaptcha/data`);
        return 7;
      },
      reset: (id) => (window.resets = [...(window.resets ?? []), id]),
      execute: async (key, { action }) => `${key}-${action}-${(number += 1)}`,
    };
    window[new URL(document.currentScript.src).searchParams.get("onload")]();
  };
  await page.route(`https://${host}/**`, (route) => {
    const url = new URL(route.request().url());
    if (!url.pathname.endsWith("api.js")) {
      return route.fulfill({ body: "", contentType: "text/html", headers: { "Access-Control-Allow-Origin": "*" } });
    }
    scripts.push(url);
    const body = `(${widget})(${JSON.stringify(api)}, ${JSON.stringify(host)})`;
    return route.fulfill({ body, contentType: "text/javascript" });
  });
  return scripts;
}

async function fill(page, email, password = "Correct-horse-7") {
  await page.locator("#email").fill(email);
  await page.locator("#password").fill(password);
}

const register = (page) => page.getByRole("button", { name: "Create account" }).click();
const solve = (page) => page.getByRole("button", { name: "I am human" }).click();
const isRegistered = (page) => page.getByRole("heading", { name: "Enter your code" }).waitFor();
const asks = (page) => page.getByText("Please confirm that you are human.").waitFor();
const failed = (page) => page.getByText("Something went wrong. Please try again.").waitFor();

/** Waits until the widget was reset a number of times. */
async function asksAgain(page, times) {
  await until(() => page.evaluate((times) => window.resets?.length === times, times));
  await asks(page);
}

for (const [name, [, , sources]] of Object.entries(PROVIDERS)) {
  test(`shows the widget of ${name}, and sends its token`, () =>
    withWidget(name, {}, async (page, { scripts, policy }) => {
      for (const directive of ["script-src 'self'", "connect-src 'self'", "frame-src", "style-src 'self'"]) {
        assert.ok(policy.includes(`${directive} ${sources};`), policy);
      }
      await page.getByRole("button", { name: "I am human" }).waitFor();
      await inspect(page, `widget-${name}`);

      await fill(page, `${name}@example.com`);
      await register(page);
      await asks(page);
      await solve(page);
      await isRegistered(page);

      assert.deepEqual(forms.map(({ secret, response }) => [secret, response]), [["the-secret", "token-1"]]);
      assert.deepEqual([scripts.length, scripts[0].searchParams.get("render")], [1, "explicit"]);
      const { sitekey, theme, size } = await page.evaluate(() => rendered);
      assert.deepEqual([sitekey, theme, size], ["the-key", "light", "normal"]);
    }));
}

test("the widget fits a narrow page", () =>
  withWidget("turnstile", {}, async (page) => {
    await page.setViewportSize({ width: 320, height: 720 });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.reload();
    await page.getByRole("button", { name: "I am human" }).waitFor();

    const { theme, size } = await page.evaluate(() => rendered);
    assert.deepEqual([theme, size], ["dark", "compact"]);
  }));

test("reCAPTCHA v3 has no box", () =>
  withWidget("recaptcha", { VESTIBULE__BOT_CHECK__SITEVERIFY__ACTION: "register" }, async (page, { scripts }) => {
    await fill(page, "v3@example.com");
    await register(page);
    await isRegistered(page);

    assert.deepEqual(forms.map(({ response }) => response), ["the-key-register-1"]);
    assert.equal(scripts[0].searchParams.get("render"), "the-key");
  }));

test("sends no token twice", () =>
  withWidget("turnstile", {}, async (page) => {
    await page.getByRole("button", { name: "I am human" }).waitFor();
    await page.evaluate(() => (nextToken = "bad"));
    await solve(page);
    const bodies = [];
    await page.route("**/register", (route) => {
      bodies.push(route.request().postDataJSON());
      return route.continue();
    });
    await fill(page, "ada@");
    await register(page);
    await page.locator("#email[aria-invalid=true]").waitFor();
    assert.deepEqual(forms, []);

    await fill(page, "ada@example.com");
    await register(page);
    await asksAgain(page, 1);
    await solve(page);
    await asksAgain(page, 2);
    await page.evaluate(() => (nextToken = "token"));
    await solve(page);
    await isRegistered(page);

    assert.deepEqual(bodies.map(({ human_proof }) => human_proof), ["bad-1", "bad-2", "token-3"]);
    assert.deepEqual(forms.map(({ response }) => response), ["bad-2", "token-3"]);
  }));

test("sends the values that the user sees, and keeps the focus", () =>
  withWidget("turnstile", {}, async (page) => {
    await page.getByRole("button", { name: "I am human" }).waitFor();
    await fill(page, "ada@");
    await page.locator("#email").press("Enter");
    await asks(page);

    const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
    assert.equal(await focused(), "Create account");
    for (const id of ["email", "password"]) assert.ok(await page.locator(`#${id}`).isDisabled());
    await inspect(page, "widget-waiting");
    await solve(page);
    await page.locator("#email[aria-invalid=true]").waitFor();

    assert.equal(await focused(), "email");
    assert.ok(await page.locator("#password").isEnabled());
  }));

test("uses the token that the widget gets by itself after an error", () =>
  withWidget("turnstile", {}, async (page) => {
    await page.getByRole("button", { name: "I am human" }).waitFor();
    await fill(page, "retry@example.com");
    await register(page);
    await asks(page);
    await page.evaluate(() => rendered["error-callback"]("300010"));
    await failed(page);

    await page.evaluate(() => rendered.callback("token-of-a-retry"));
    await register(page);
    await isRegistered(page);

    assert.deepEqual(forms.map(({ response }) => response), ["token-of-a-retry"]);
  }));

test("resets a widget that gets no token after an error", () =>
  withWidget("turnstile", {}, async (page) => {
    await page.getByRole("button", { name: "I am human" }).waitFor();
    await page.evaluate(() => rendered["error-callback"]("300010"));
    await fill(page, "reset@example.com");
    await register(page);
    await asksAgain(page, 1);
    await solve(page);
    await isRegistered(page);
  }));

test("loads the widget only if the service asks for a proof", () =>
  withWidget("turnstile", { VESTIBULE__BOT_CHECK__REQUIRE: "above_threshold" }, async (page, { scripts }) => {
    const body = JSON.stringify({ status: 428, code: "proof_required" });
    const rejection = { status: 428, contentType: "application/problem+json", body };
    await page.route("**/register", (route) => route.fulfill(rejection), { times: 1 });
    await fill(page, "later@example.com");
    assert.equal(scripts.length, 0);

    await register(page);
    await asks(page);
    await solve(page);
    await isRegistered(page);

    assert.deepEqual([scripts.length, forms.length], [1, 1]);
  }));

test("says that the widget failed, and loads it again", () =>
  withWidget("turnstile", { VESTIBULE__BOT_CHECK__REQUIRE: "always" }, async (page, { sandbox }) => {
    let isBlocked = true;
    await page.route("https://challenges.cloudflare.com/**/api.js*", (route) =>
      isBlocked ? route.abort() : route.fallback());
    await page.goto(`${sandbox.baseUrl}/sign-up`);
    await fill(page, "blocked@example.com");
    await register(page);
    await failed(page);

    isBlocked = false;
    await register(page);
    await asks(page);
    await solve(page);
    await isRegistered(page);
  }));

test("says that the script of the provider takes too long, and uses it later", () =>
  withWidget("turnstile", { VESTIBULE__BOT_CHECK__REQUIRE: "always" }, async (page, { sandbox }) => {
    const held = [];
    await page.route("https://challenges.cloudflare.com/**/api.js*", (route) => held.push(route), { times: 1 });
    await page.clock.install();
    await page.goto(`${sandbox.baseUrl}/sign-up`);
    await fill(page, "slow@example.com");
    await register(page);
    await until(() => held.length === 1);
    await page.clock.fastForward(15_000);
    await failed(page);
    assert.ok(await page.locator("#email").isEnabled());

    await held[0].fallback();
    await register(page);
    await asks(page);
    await solve(page);
    await isRegistered(page);
  }));

test("says that reCAPTCHA v3 takes too long", () =>
  withWidget("recaptcha", { VESTIBULE__BOT_CHECK__SITEVERIFY__ACTION: "register" }, async (page, { sandbox }) => {
    await page.clock.install();
    await page.goto(`${sandbox.baseUrl}/sign-up`);
    await page.waitForFunction(() => window.grecaptcha);
    const execute = await page.evaluateHandle(() => grecaptcha.execute);
    await page.evaluate(() => (grecaptcha.execute = () => new Promise(() => (window.isAsked = true))));
    await fill(page, "v3-slow@example.com");
    await register(page);
    await until(() => page.evaluate(() => window.isAsked));
    await page.clock.fastForward(15_000);
    await failed(page);

    await page.evaluate((execute) => (grecaptcha.execute = execute), execute);
    await register(page);
    await isRegistered(page);
  }));
