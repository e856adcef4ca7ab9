// nginx in front of a service, under a path prefix.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../clients/typescript/test/service.mjs";
import { until } from "./browser.mjs";

export async function startNginx(service, prefix) {
  const folder = await mkdtemp(join(tmpdir(), "vestibule-nginx-"));
  const port = await freePort();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  await writeFile(join(folder, "nginx.conf"), `
    daemon off;
    pid nginx.pid;
    worker_processes 1;
    events {}
    http {
      access_log off;
      ${temporary.map((kind) => `${kind}_temp_path ${kind};`).join(" ")}
      server {
        listen 127.0.0.1:${port};
        location ${prefix}/ {
          proxy_pass ${service}/;
          proxy_set_header Host $http_host;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }
      }
    }`);
  const server = spawn("nginx", ["-p", folder, "-c", "nginx.conf", "-e", "stderr"], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const baseUrl = `http://127.0.0.1:${port}${prefix}`;
  await until(() => fetch(`${baseUrl}/register/policy`).then((response) => response.ok, () => false));
  return {
    baseUrl,
    stop: async () => {
      server.kill("SIGQUIT");
      await once(server, "exit");
      await rm(folder, { recursive: true });
    },
  };
}
