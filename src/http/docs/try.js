
// Shows the forms, and sends what they say. Without this script the page is still to be read.
"use strict";
for (const form of document.querySelectorAll("form[data-path]")) {
  const select = form.querySelector("select");
  const body = form.querySelector("textarea");
  const output = form.querySelector("pre");
  const button = form.querySelector("button");
  const fill = () => { body.value = select.value; };
  if (select) {
    select.addEventListener("change", fill);
    fill();
  }
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    output.hidden = false;
    output.textContent = "…";
    try {
      output.textContent = await sent(form, body);
    } catch (error) {
      output.textContent = `No answer: ${error.message}`;
    }
    button.disabled = false;
  });
}

async function sent(form, body) {
  let path = form.dataset.path;
  const headers = new Headers();
  for (const { name, value, dataset } of form.querySelectorAll("input")) {
    if (dataset.in === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (dataset.in === "header" && value) headers.set(name, value);
  }
  if (body) headers.set("Content-Type", "application/json");
  const { method } = form.dataset;
  // Beside this page, also where a proxy puts the service under a path.
  const url = new URL(path.slice(1), document.baseURI);
  const response = await fetch(url, { method, headers, body: body?.value, cache: "no-store" });
  const head = [...response.headers].map(([name, value]) => `${name}: ${value}`);
  const status = `${response.status} ${response.statusText}`.trim();
  return [status, ...head, "", shown(await response.text())].join("\n");
}

function shown(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
