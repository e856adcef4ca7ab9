import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { startSandbox } from "../../../clients/typescript/test/service.mjs";
import { inspect, launch, startFiles, withPage } from "./browser.mjs";

const ROOT = new URL("../../../", import.meta.url);

let browser;
let sandbox;

before(async () => {
  [browser, sandbox] = await Promise.all([launch(), startSandbox({ VESTIBULE__LIMITS__MODE: "off" })]);
});

after(() => Promise.all([browser.close(), sandbox.stop()]));

/** The page of docs/front-end.md, with the compiled client beside it. */
async function example() {
  const docs = await readFile(new URL("docs/front-end.md", ROOT), "utf8");
  const [, html] = docs.match(/^```html\n(.*?)^```$/ms);
  const client = new URL("clients/typescript/dist/", ROOT);
  const modules = (await readdir(client)).filter((name) => name.endsWith(".js"));
  const files = { "/": html.replace("http://localhost:8080", sandbox.baseUrl) };
  for (const name of modules) files[`/vestibule/${name}`] = await readFile(new URL(name, client), "utf8");
  return { html, docs, files };
}

test("the form of the docs has the length that they say", async () => {
  const { html, docs } = await example();

  const lines = html.trim().split("\n").length;

  assert.ok(lines <= 60, `${lines} lines`);
  assert.ok(docs.includes(`Its ${lines} lines`), `${lines} lines`);
});

test("the form of the docs says that the service is not available", async () => {
  const { files } = await example();
  const site = await startFiles(files);
  try {
    const page = await browser.newPage();
    await page.route("**/register/policy", (route) => route.abort());
    await page.goto(site.baseUrl);
    await page.getByText("Sign-up is not available.").waitFor();
    await page.close();
  } finally {
    site.stop();
  }
});

test("the form of the docs registers and confirms from another origin", async () => {
  const { files } = await example();
  const site = await startFiles(files);
  try {
    await withPage(browser, {}, async (page) => {
      const email = "docs@example.com";
      await page.goto(site.baseUrl);
      await page.getByLabel("Email address").waitFor();
      await inspect(page, "docs-1-form");

      await page.getByRole("button", { name: "Create account" }).click();
      await page.getByText("Some details need another look.").waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.name), "/email");
      await inspect(page, "docs-2-errors");

      await page.getByLabel("Email address").fill(email);
      await page.getByLabel("Password").fill("Correct-horse-7");
      await page.getByLabel("Plan").selectOption("free");
      await page.getByLabel("Terms of use").check();
      await page.getByRole("button", { name: "Create account" }).click();
      await page.getByText("We sent you a code.").waitFor();
      await inspect(page, "docs-3-code");

      await page.getByLabel("Code").fill("000000");
      await page.getByRole("button", { name: "Confirm" }).click();
      await page.getByText("This code does not work.").waitFor();

      const first = await sandbox.code(email);
      await page.getByRole("button", { name: "Send a new code" }).click();
      await page.locator("[name='/code']:not([aria-invalid])").waitFor();
      assert.notEqual(await sandbox.code(email), first);
      await page.getByLabel("Code").fill(await sandbox.code(email));
      await page.getByRole("button", { name: "Confirm" }).click();
      await page.getByText("You can sign in now.").waitFor();
      assert.notEqual(new URL(page.url()).origin, new URL(sandbox.baseUrl).origin);
    });
  } finally {
    site.stop();
  }
});
