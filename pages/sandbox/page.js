// The page of the sandbox: the inbox, the accounts and the play cases.

const MAX_SHOWN = 200;
const STEPS = { SignUp: "sign-up", ConfirmSignUp: "confirm", ResendConfirmationCode: "resend" };

const $ = (id) => document.getElementById(id);
const openedAt = Date.now();
const messages = new Map();
const accounts = new Map();
const cases = [];

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

let sayNothing;

function say(text) {
  $("status").textContent = text;
  clearTimeout(sayNothing);
  sayNothing = setTimeout(() => ($("status").textContent = ""), 8000);
}

/** A text to copy, with its button. */
function copyable(text) {
  const code = element("code", {}, text);
  const copy = element("button", { type: "button", className: "copy" }, "Copy");
  copy.setAttribute("aria-label", `Copy ${text}`);
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      say(`Copied ${code.textContent}`);
      copy.textContent = "Copied";
      setTimeout(() => (copy.textContent = "Copy"), 2000);
    } catch {
      // Only pages of loopback and of https may write to the clipboard.
      getSelection().selectAllChildren(code);
      say("The text is selected. Press Ctrl+C.");
    }
  });
  return [code, " ", copy];
}

// The inbox.

function showMessage(message) {
  if (messages.has(message.id)) return;
  const at = new Date(message.at);
  const link = element("a", {}, "Enter the code in the form");
  link.href = `/sign-up#${new URLSearchParams({ username: message.username, code: message.code })}`;
  link.setAttribute("aria-label", `Enter the code in the form: ${message.username}`);
  const medium = message.medium === "SMS" ? "SMS" : "Email";
  const purpose = message.purpose === "resend" ? "new code" : "code";
  const item = element(
    "li",
    {},
    element("p", {}, `${medium} to `, element("b", {}, message.to), ", ",
      element("time", { dateTime: message.at }, at.toLocaleTimeString())),
    element("p", {}, `The ${purpose} for ${message.username}:`),
    element("p", { className: "code" }, ...copyable(message.code)),
    element("p", { className: "form" }, link),
  );
  messages.set(message.id, item);
  $("messages").prepend(item);
  if (messages.size > MAX_SHOWN) {
    const [[oldest, item]] = messages;
    item.remove();
    messages.delete(oldest);
  }
  $("no-messages").hidden = true;
  if (at > openedAt) say(`${medium} with a ${purpose} to ${message.to}`);
  showClear();
}

function clearMessages() {
  messages.clear();
  $("messages").replaceChildren();
  $("no-messages").hidden = false;
  showClear();
}

function showClear() {
  $("clear").hidden = messages.size + accounts.size === 0;
}

// The accounts.

let accountsRequest = 0;

async function loadAccounts() {
  const request = ++accountsRequest;
  // Without a connection, the next one brings the event again.
  const response = await fetch("/sandbox/accounts").catch(() => null);
  const found = (await response?.json())?.accounts;
  if (!found || request !== accountsRequest) return;
  const rows = $("account-rows");
  const shown = found.slice(0, MAX_SHOWN);
  const subs = new Set(shown.map(({ sub }) => sub));
  for (const [sub, row] of accounts) {
    if (subs.has(sub)) continue;
    row.remove();
    accounts.delete(sub);
  }
  // Rows stay in place, so that a button keeps the focus.
  shown.forEach((account, index) => {
    let row = accounts.get(account.sub);
    if (!row) {
      row = accountRow(account);
      accounts.set(account.sub, row);
      rows.insertBefore(row, rows.children[index] ?? null);
    }
    row.children[1].textContent = account.status === "CONFIRMED" ? "confirmed" : "not confirmed";
  });
  $("account-table").hidden = shown.length === 0;
  $("no-accounts").hidden = shown.length > 0;
  $("more-accounts").hidden = found.length === shown.length;
  $("more-accounts").textContent = `These are the newest ${shown.length} of ${found.length}.`;
  showClear();
}

function accountRow({ username, sub }) {
  const remove = element("button", { type: "button" }, "Delete");
  remove.setAttribute("aria-label", `Delete ${username}`);
  remove.addEventListener("click", async () => {
    const response = await fetch(`/sandbox/accounts?username=${encodeURIComponent(sub)}`, { method: "DELETE" });
    const isGone = response.ok || response.status === 404;
    if (isGone) $("accounts").focus();
    say(isGone ? `Deleted ${username}` : await response.text());
    await loadAccounts();
  });
  return row(["User name", username], ["Status", ""], ["Action", remove]);
}

async function clear() {
  const response = await fetch("/sandbox/state", { method: "DELETE" });
  if (response.ok) $("accounts").focus();
  say(response.ok ? "Deleted all accounts and messages" : await response.text());
}

// The play cases.

/** A row of a table. On narrow screens, the label stands before its cell. */
function row(...cells) {
  const made = element("div", {});
  made.setAttribute("role", "row");
  for (const [label, ...content] of cells) {
    const cell = element("div", {}, ...content);
    cell.setAttribute("role", "cell");
    cell.dataset.label = label;
    made.append(cell);
  }
  return made;
}

async function loadCases() {
  const [listed, policy] = await Promise.all(
    ["/sandbox/cases", "/register/policy"].map(async (path) => (await fetch(path)).json()),
  );
  // The name of an account is required. Generated names require none of these, and the pool looks at
  // the email address.
  const required = policy.fields.filter(({ required }) => required).map(({ pointer }) => pointer);
  const kind = ["username", "email", "phone_number"].find((name) => required.includes(`/${name}`)) ?? "email";
  for (const each of listed.with_settings) showCase(each, each.setting);
  for (const each of listed.cases) {
    const { name, phone_number } = each;
    showCase(each, { username: name, email: `${name}@example.com`, phone_number }[kind]);
  }
  await showLanguage();
}

function showCase(each, input) {
  const { operation, what_happens, response, setting } = each;
  const event = setting ? "not called" : each.cognito;
  const made = row(
    ["Input", ...copyable(input), element("small", {}, setting ? each.input : `step: ${STEPS[operation]}`)],
    ["Cognito", element("code", {}, event), element("small", {}, ...withCode(what_happens))],
    ["Status", String(response.status)],
    ["Code", element("code", {}, response.code),
      ...response.errors.map((error) => element("small", {}, error))],
    ["Next", response.next.join(", ") || "–"],
    ["Title for the user", ""],
  );
  cases.push({ code: response.code, row: made, title: made.lastChild });
  $("case-rows").append(made);
}

/** The parts of a sentence, with those between backticks as code. */
function withCode(text) {
  return text.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));
}

async function showLanguage() {
  const language = $("language").value;
  $("header").replaceChildren(...copyable(`Accept-Language: ${language}`));
  const response = await fetch(`/register/texts?lang=${language}`);
  const { texts, direction } = await response.json();
  if (language !== $("language").value) return;
  for (const { code, title } of cases) {
    const sentence = texts[`problem-${code.replaceAll("_", "-")}`];
    title.replaceChildren(sentence ? element("span", { lang: language, dir: direction }, sentence) : "–");
  }
  filter();
}

function filter() {
  const words = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const { row } of cases) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    if (!row.hidden) shown += 1;
  }
  $("count").textContent = `${shown} of ${cases.length} cases`;
}

// The stream of events. The browser connects again, and names the last event that it received.
const events = new EventSource("/sandbox/events");
events.addEventListener("open", () => ($("connection").textContent = "Live: the page updates itself."));
events.addEventListener("error", () => {
  // A browser gives up if it gets another response.
  const isClosed = events.readyState === EventSource.CLOSED;
  $("connection").textContent = isClosed ? "Not connected. Reload the page." : "Not connected. Trying again…";
});
events.addEventListener("message", ({ data }) => showMessage(JSON.parse(data)));
events.addEventListener("accounts", () => void loadAccounts());
events.addEventListener("cleared", clearMessages);

$("clear").addEventListener("click", () => void clear());
$("filter").addEventListener("input", filter);
$("language").addEventListener("change", () => void showLanguage());
$("options").addEventListener("submit", (event) => event.preventDefault());
void loadCases();
