// The back end of a single-page app and of a mobile app.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { claims, signIn } from "./sign-in.mjs";

/** The users by the value of their cookie. Use your database. */
const users = new Map();

const routes = {
  // The browser gets a cookie that no script can read, and no token.
  "POST /session": (response, tokens) => {
    const id = randomUUID();
    users.set(id, claims(tokens).sub);
    const cookie = `__Host-app=${id}; Path=/; Secure; HttpOnly; SameSite=Lax`;
    response.writeHead(204, { "Set-Cookie": cookie }).end();
  },
  // The mobile app gets the tokens.
  "POST /tokens": (response, tokens) => {
    const headers = { "Content-Type": "application/json", "Cache-Control": "no-store" };
    response.writeHead(200, headers).end(JSON.stringify(tokens));
  },
};

async function answer(request, response) {
  const route = `${request.method} ${request.url}`;
  if (route === "GET /me") {
    const user = users.get(/__Host-app=([^;]*)/.exec(request.headers.cookie)?.[1]);
    return response.writeHead(user ? 200 : 401).end(user);
  }
  if (!Object.hasOwn(routes, route)) return response.writeHead(404).end();
  // A page of another origin cannot send this type without a preflight request, which fails.
  const isJson = request.headers["content-type"] === "application/json";
  if (!isJson) return response.writeHead(415).end();
  const { username, session } = await json(request);
  const tokens = await signIn(username, session);
  if (!tokens) return response.writeHead(401).end();
  routes[route](response, tokens);
}

export const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
