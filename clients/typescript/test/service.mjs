// Starts the sandbox on a free port.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export async function startSandbox(settings = {}) {
  const folder = await mkdtemp(join(tmpdir(), "vestibule-client-"));
  const [port, poolPort] = [await freePort(), await freePort()];
  const process_ = spawn(process.env.VESTIBULE_BINARY, ["sandbox"], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      VESTIBULE__SERVER__PORT: String(port),
      VESTIBULE__SANDBOX__PORT: String(poolPort),
      VESTIBULE__ADMIN__PORT: String(await freePort()),
      ...settings,
    },
    stdio: "ignore",
  });
  const baseUrl = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 30_000;
  while (!(await fetch(`${baseUrl}/register/policy`).then((response) => response.ok, () => false))) {
    if (Date.now() > deadline) throw new Error("the sandbox did not start");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    baseUrl,
    poolUrl: `http://127.0.0.1:${poolPort}`,
    code: async (recipient) => {
      const { messages } = await (await fetch(`${baseUrl}/sandbox/inbox`)).json();
      return messages.find((message) => message.to === recipient).code;
    },
    stop: async () => {
      const ended = new Promise((resolve) => process_.once("exit", resolve));
      process_.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
