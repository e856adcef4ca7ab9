import type { PolicyField } from "../../clients/typescript/src/index.js";
import type { Texts } from "./texts.js";

type Children = (Node | string)[];

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
  children: Children,
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export function heading(text: string): HTMLElement {
  return element("h1", { tabIndex: -1 }, [text]);
}

export function paragraph(text: string): HTMLElement {
  return element("p", {}, [text]);
}

export function alert(text: string): HTMLElement {
  return element("p", { className: "error", role: "alert" }, [text]);
}

export function button(text: string, type: "submit" | "button"): HTMLButtonElement {
  return element("button", { type }, [text]);
}

export function link(text: string, url: string): HTMLAnchorElement {
  return element("a", { href: url }, [text]);
}

export type Input = HTMLInputElement | HTMLSelectElement;

/** Returns the input of a field with its label, its hint and the place of its error. */
export function field(each: PolicyField, texts: Texts): { row: HTMLElement; input: Input } {
  const id = each.pointer.replaceAll(/[^A-Za-z0-9]/g, "-").slice(1);
  const input = each.options ? select(each.options, texts) : text(each);
  input.id = id;
  input.name = each.name;
  input.required = each.required;
  const optional = each.required ? [] : [element("span", { className: "optional" }, [texts.of("page-optional")])];
  const label = element("label", { htmlFor: id }, [each.label, " ", ...optional]);
  const advice = [each.hint ?? "", ...passwordRules(each)].filter(Boolean).join(" ");
  const hint = element("p", { id: `${id}-hint`, className: "hint", hidden: !advice }, [advice]);
  const error = element("p", { id: `${id}-error`, className: "field-error" }, []);
  input.setAttribute("aria-describedby", `${hint.id} ${error.id}`);
  const around = each.format === "password" ? [password(input as HTMLInputElement, texts)] : [input];
  return { row: element("div", { className: "field" }, [label, ...around, hint, error]), input };
}

/** Returns the checkbox of a document, with a link to it. */
export function checkbox(
  pointer: string,
  label: Children,
  isRequired: boolean,
): { row: HTMLElement; input: HTMLInputElement } {
  const id = pointer.replaceAll(/[^A-Za-z0-9]/g, "-").slice(1);
  const input = element("input", { id, type: "checkbox", required: isRequired }, []);
  const error = element("p", { id: `${id}-error`, className: "field-error" }, []);
  input.setAttribute("aria-describedby", error.id);
  const row = [input, element("label", { htmlFor: id }, label), error];
  return { row: element("div", { className: "consent" }, row), input };
}

/** Shows an error beside a field, or removes it. */
export function fieldError(input: Input, text?: string): void {
  const error = document.getElementById(`${input.id}-error`) as HTMLElement;
  error.textContent = text ?? "";
  if (text === undefined) input.removeAttribute("aria-invalid");
  else input.setAttribute("aria-invalid", "true");
}

/** Returns the rules that a user must know before choosing a password. */
function passwordRules({ format, rules }: PolicyField): string[] {
  if (format !== "password") return [];
  const isUseful = (code: string) => code === "too_short" || code.startsWith("needs_");
  return rules.flatMap(({ code, detail }) => (detail && isUseful(code) ? [detail] : []));
}

function text(each: PolicyField): HTMLInputElement {
  const input = element("input", { type: each.input }, []);
  if (each.inputmode) input.inputMode = each.inputmode;
  // An unknown token would throw in the typed property of some browsers.
  if (each.autocomplete) input.setAttribute("autocomplete", each.autocomplete);
  if (["email", "username", "password"].includes(each.format)) {
    input.autocapitalize = "none";
    input.spellcheck = false;
  }
  // Addresses, names and codes have their own direction on a page from right to left.
  input.dir = ["email", "tel", "url", "password"].includes(each.input) ? "ltr" : "auto";
  return input;
}

function select(options: NonNullable<PolicyField["options"]>, texts: Texts): HTMLSelectElement {
  const choices = options.map(({ value, label }) => element("option", { value }, [label]));
  return element("select", {}, [element("option", { value: "" }, [texts.of("page-choose")]), ...choices]);
}

function password(input: HTMLInputElement, texts: Texts): HTMLElement {
  const toggle = button(texts.of("page-show-password"), "button");
  toggle.setAttribute("aria-pressed", "false");
  toggle.setAttribute("aria-controls", input.id);
  toggle.addEventListener("click", () => {
    const isShown = input.type === "password";
    input.type = isShown ? "text" : "password";
    toggle.setAttribute("aria-pressed", String(isShown));
  });
  return element("div", { className: "password" }, [input, toggle]);
}
