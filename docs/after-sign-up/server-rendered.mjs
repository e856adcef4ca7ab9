// A server-rendered app. Its server calls the service, so no session reaches the browser.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { claims, signIn } from "./sign-in.mjs";

const { VESTIBULE_URL } = process.env;

/** The visitors by the value of their cookie. Use your database. */
const visitors = new Map();

const escape = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt()};`);

function page(problem, fields) {
  const details = problem?.errors?.map(({ detail }) => detail) ?? [problem?.title ?? ""];
  const inputs = fields.map(([name, type]) => `<label>${name} <input name="${name}" type="${type}"></label>`);
  return `<!doctype html><form method="post"><p>${escape(details.join(" "))}</p>${inputs.join("")}<button>Continue</button></form>`;
}

const pages = {
  "/sign-up": (problem) => page(problem, [["email", "email"], ["password", "password"]]),
  "/code": (problem) => page(problem, [["code", "text"]]),
};

/** The steps of the forms. Each returns the next page, or a problem. */
const steps = {
  "/sign-up": async (form, visitor, send) => {
    const { ok, body } = await send("/register", form);
    if (!ok) return { problem: body };
    Object.assign(visitor, { username: body.username, session: body.session });
    return { next: body.next === "sign_in" ? "/sign-in" : "/code" };
  },
  "/code": async ({ code }, visitor, send) => {
    const { username, session } = visitor;
    const { ok, body } = await send("/register/confirm", { username, code, ...(session && { session }) });
    if (!ok) return { problem: body };
    const tokens = body.session && (await signIn(username, body.session));
    return tokens ? { next: "/", user: claims(tokens).sub } : { next: "/sign-in" };
  },
};

async function answer(request, response) {
  const cookie = /__Host-app=([^;]*)/.exec(request.headers.cookie)?.[1];
  const visitor = visitors.get(cookie) ?? {};
  const html = { "Content-Type": "text/html; charset=utf-8" };
  if (request.url === "/") return response.writeHead(visitor.user ? 200 : 401).end(visitor.user);
  if (!Object.hasOwn(pages, request.url)) return response.writeHead(404).end();
  if (request.method === "GET") return response.writeHead(200, html).end(pages[request.url]());
  // The browser names the origin of the form. A form of another site could sign the user in as
  // another user.
  const origin = request.headers.origin?.split("//")[1];
  if (origin !== request.headers.host) return response.writeHead(403).end();
  const send = async (path, body) => {
    const result = await fetch(VESTIBULE_URL + path, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Accept-Language": request.headers["accept-language"] ?? "en",
        // The service counts each user, if `server.trusted_proxies` has the address of this server.
        "X-Forwarded-For": request.socket.remoteAddress,
        "Idempotency-Key": randomUUID(),
      },
      body: JSON.stringify(body),
    });
    return { ok: result.ok, body: await result.json() };
  };
  const form = Object.fromEntries(new URLSearchParams(await text(request)));
  const { problem, next, user } = await steps[request.url](form, visitor, send);
  if (problem) return response.writeHead(422, html).end(pages[request.url](problem));
  // A new value at each step, so that a value from before the sign-in is worthless.
  const id = randomUUID();
  visitors.delete(cookie);
  visitors.set(id, user ? { user } : visitor);
  const headers = { "Set-Cookie": `__Host-app=${id}; Path=/; Secure; HttpOnly; SameSite=Lax`, Location: next };
  response.writeHead(303, headers).end();
}

export const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
