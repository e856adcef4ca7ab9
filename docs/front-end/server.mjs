import { randomUUID } from "node:crypto";
import { createServer } from "node:http";

const SERVICE = process.env.SERVICE ?? "http://localhost:8080";
const PATHS = { register: "/register", confirm: "/register/confirm", resend: "/register/resend" };
const MESSAGES = {
  confirm: "page-code-intro", resend: "page-undelivered", sign_in: "page-done-text", wait: "page-waiting-text",
};

/** Sends a request to the service, with what it must know of the user's own request. */
async function send({ headers, socket }, path, init = {}) {
  const addresses = [headers["x-forwarded-for"], socket.remoteAddress].filter(Boolean).join(", ");
  const passedOn = { "X-Forwarded-For": addresses, "Accept-Language": headers["accept-language"] ?? "en" };
  const response = await fetch(SERVICE + path, { ...init, headers: { ...init.headers, ...passedOn } });
  return { ok: response.ok, status: response.status, body: await response.json() };
}

/** Sends a form of the page, and returns what the next page shows. */
async function submit(request, inputs, values) {
  const { action, key, username } = Object.fromEntries(values);
  const form = action === "register" ? toBody(inputs, values) : { username };
  if (action === "confirm") form.code = values.get("/code");
  const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
  const init = { method: "POST", headers, body: JSON.stringify(form) };
  const { ok, status, body } = await send(request, PATHS[action] ?? "/", init);
  if (ok) {
    const name = body.username ?? form.username ?? form.email ?? form.phone_number;
    return { next: body.next, username: name, message: MESSAGES[body.next] };
  }
  if (body.code === "idempotency_key_reused") {
    // The user changed the form after an attempt with an unknown outcome.
    values.set("key", randomUUID());
    return submit(request, inputs, values);
  }
  // The next attempt has the same key, unless this response is final.
  const isFinal = status < 500 && body.code !== "request_in_progress";
  const { title, errors } = body;
  return { status, title, errors, values, username, next: username && "confirm", key: isFinal ? undefined : key };
}

/** Returns the body of a sign-up. The names of the inputs are the pointers of the policy (RFC 6901). */
function toBody(inputs, values) {
  const body = {};
  for (const { pointer } of inputs) {
    const [name, inner] = pointer.slice(1).split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    const value = values.get(pointer);
    if (!value) continue;
    if (inner) (body[name] ??= {})[inner] = value;
    else body[name] = value;
  }
  return body;
}

const html = (text) => String(text ?? "").replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Returns an element. Its content is HTML; an element without content has no end tag. */
function tag(name, attributes, content) {
  const set = Object.entries(attributes).filter(([, value]) => value);
  const start = `<${name}${set.map(([key, value]) => ` ${key}="${html(value)}"`).join("")}>`;
  return content === undefined ? start : `${start}${content}</${name}>`;
}

function row(field, values, errors) {
  const { pointer, label = field.title, hint, options, input = "checkbox", autocomplete, version } = field;
  const value = input === "password" ? "" : (values.get(pointer) ?? "");
  const error = errors.find((violation) => violation.pointer === pointer)?.detail;
  const shared = { id: pointer, name: pointer, "aria-describedby": `${pointer}-text`, "aria-invalid": error && "true" };
  // The browser moves the focus to the first one.
  if (error) shared.autofocus = "autofocus";
  const choices = options?.map((each) =>
    tag("option", { value: each.value, selected: each.value === value }, html(each.label)));
  const control = choices
    ? tag("select", shared, ["<option value=''></option>", ...choices].join(""))
    : tag("input", { ...shared, type: input, value: version ?? value, autocomplete, checked: version && value });
  const text = tag("span", { id: `${pointer}-text` }, html(error ?? hint));
  return tag("p", {}, [tag("label", { for: pointer }, html(label)), control, text].join(" "));
}

function page({ language, direction, texts }, inputs, { next, title, message, errors = [], username, values, key }) {
  const hidden = (name, value) => tag("input", { type: "hidden", name, value });
  const button = (action) => tag("button", { name: "action", value: action }, html(texts[`page-${action}`]));
  const code = { pointer: "/code", label: texts["page-code-label"], input: "text", autocomplete: "one-time-code" };
  const [fields, actions] = next ? [[code], ["confirm", "resend"]] : [inputs, ["register"]];
  const form = tag("form", { method: "post" }, [
    ...fields.map((field) => row(field, values ?? new Map(), errors)),
    hidden("key", key ?? randomUUID()),
    username ? hidden("username", username) : "",
    ...actions.map(button),
  ].join("\n"));
  const isOver = next === "sign_in" || next === "wait";
  return `<!doctype html>
<html lang="${language}" dir="${direction}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${html(texts["page-title"])}</title>
<p role="status">${html(title ?? texts[message])}</p>
${isOver ? "" : form}
</html>`;
}

/** Returns the values of a form. */
async function read(request) {
  let text = "";
  for await (const part of request.setEncoding("utf8")) {
    text += part;
    if (text.length > 32_768) throw new Error("The form is too large.");
  }
  return new URLSearchParams(text);
}

const server = createServer(async (request, response) => {
  try {
    const isPost = request.method === "POST";
    if (request.url !== "/") return response.writeHead(404).end();
    if (isPost && request.headers["sec-fetch-site"] === "cross-site") return response.writeHead(403).end();
    const [policy, texts] = await Promise.all([send(request, "/register/policy"), send(request, "/register/texts")]);
    const inputs = [...policy.body.fields, ...policy.body.consents];
    const state = isPost ? await submit(request, inputs, await read(request)) : {};
    response.writeHead(state.status ?? 200, {
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-store",
      "Content-Security-Policy": "default-src 'none'; form-action 'self'; base-uri 'none'",
    });
    response.end(page(texts.body, inputs, state));
  } catch (error) {
    console.error(error);
    // If the user reloads the page, the browser sends the same form with the same key.
    response.writeHead(503, { "Content-Type": "text/plain" }).end("That did not work. Please reload the page.");
  }
});

server.listen(process.env.PORT ?? 3000);
