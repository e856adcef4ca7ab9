// The forms of docs/front-end.md, each as a running site.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { freePort } from "../../../clients/typescript/test/service.mjs";
import { startFiles, until } from "./browser.mjs";

const DOCS = new URL("../../../docs/", import.meta.url);
const CLIENT = new URL("../../../clients/typescript/dist/", import.meta.url);

export const text = await readFile(new URL("front-end.md", DOCS), "utf8");

/** The blocks of the docs in a language. */
export function blocks(language) {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, block]) => block);
}

/** The form without a framework, with the compiled client beside it. */
export async function startPlain({ baseUrl }) {
  const [html] = blocks("html");
  const modules = (await readdir(CLIENT)).filter((name) => name.endsWith(".js"));
  const files = { "/": html.replace("http://localhost:8080", baseUrl) };
  for (const name of modules) files[`/vestibule/${name}`] = await readFile(new URL(name, CLIENT), "utf8");
  return startFiles(files);
}

/** The form with React, bundled. */
export async function startReact({ baseUrl }) {
  const [, html] = blocks("html");
  const [contents] = blocks("jsx");
  const program = contents.replace("http://localhost:8080", baseUrl);
  const { outputFiles } = await build({
    stdin: { contents: program, loader: "jsx", resolveDir: import.meta.dirname },
    alias: { "@vestibule/client": fileURLToPath(new URL("index.js", CLIENT)) },
    bundle: true,
    format: "esm",
    jsx: "automatic",
    write: false,
  });
  return startFiles({ "/": html, "/form.js": outputFiles[0].text });
}

/** The server that renders the form. */
export async function startRendered({ baseUrl }) {
  const port = await freePort();
  const server = spawn(process.execPath, [fileURLToPath(new URL("front-end/server.mjs", DOCS))], {
    env: { SERVICE: baseUrl, PORT: String(port) },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const url = `http://127.0.0.1:${port}`;
  await until(() => fetch(url).then((response) => response.ok, () => false));
  return {
    baseUrl: url,
    stop: async () => {
      server.kill();
      await once(server, "exit");
    },
  };
}
