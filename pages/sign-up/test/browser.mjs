// A browser, what it must not report, and servers for pages.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SCREENSHOTS = process.env.VESTIBULE_SCREENSHOTS;
const SIZE = { width: 480, height: 720 };

export function launch() {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
}

/** Runs `use` with a page of a new profile. Errors of scripts and of the CSP fail the test. */
export async function withPage(browser, options, use) {
  const context = await browser.newContext({ locale: "en", viewport: SIZE, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(10_000);
  const faults = [];
  await context.exposeBinding("reportViolation", (_, violation) => faults.push(violation));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
      reportViolation(`${effectiveDirective} blocked ${blockedURI}`));
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    // Chromium logs each response from 400 on.
    const isResponse = message.text().startsWith("Failed to load resource");
    if (["error", "warning"].includes(message.type()) && !isResponse) faults.push(message.text());
  });
  try {
    await use(page);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
}

/**
 * Checks a state in light and dark, and with a width of 320 pixels, and keeps a screenshot of each.
 * axe-core must find nothing that is serious or critical.
 */
export async function inspect(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const found = await page.evaluate(`${AXE}; axe.run({ resultTypes: ["violations"] })`);
    const grave = found.violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
    assert.deepEqual(grave.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], `${name} ${colorScheme}`);
    await screenshot(page, colorScheme === "dark" ? `${name}-dark` : name);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ ...SIZE, width: 320 });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 320, `${name} is ${width} pixels wide`);
  await screenshot(page, `${name}-320`);
  await page.setViewportSize(SIZE);
}

async function screenshot(page, name) {
  if (!SCREENSHOTS) return;
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
}

/** Waits for a condition. It also works on pages without scripts. */
export async function until(condition) {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not in time: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Starts a server of files: texts by path. */
export function startFiles(files) {
  return listen(({ url }, response) => {
    const text = files[url];
    if (text === undefined) return response.writeHead(404).end();
    const type = url.endsWith(".js") ? "text/javascript" : "text/html";
    response.writeHead(200, { "Content-Type": `${type}; charset=utf-8` }).end(text);
  });
}

/** Starts a server on a free port. */
export async function listen(answer) {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseUrl: `http://127.0.0.1:${server.address().port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
