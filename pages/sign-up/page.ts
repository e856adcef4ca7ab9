// The sign-up page: the form, the code, and the end. The service has its texts.
import { createClient, toBody, validate } from "../../clients/typescript/src/index.js";
import type { Policy, PolicyField, Problem, Violation } from "../../clients/typescript/src/index.js";
import { alert, button, checkbox, element, field, fieldError, heading, link, paragraph } from "./elements.js";
import type { Input } from "./elements.js";
import { load, type Texts } from "./texts.js";
import { Widget } from "./widget.js";

/** The step after the form. It survives a reload of the tab, and has no password. */
interface Pending {
  username: string;
  destination?: string | undefined;
  isUndelivered?: boolean;
  /** The account may be confirmed already, so the page does not say that a code was sent. */
  isUncertain?: boolean;
  /** The time at which another code may be requested. */
  resendAt?: number;
}

type Body = Parameters<typeof client.register>[0];

const STEP = "vestibule:step";
const base = location.pathname.replace(/\/sign-up\/?$/, "");
const lang = new URLSearchParams(location.search).get("lang");
let proof: () => Promise<string>;
const client = createClient({
  baseUrl: location.origin + base,
  ...(lang && { language: lang }),
  proof: () => proof(),
});
const main = document.querySelector("main") as HTMLElement;

async function start(): Promise<void> {
  const [policy, texts] = await Promise.all([client.policy(), load(base, lang)]);
  if (!policy.ok || !texts) {
    main.replaceChildren(alert(main.dataset["failed"] ?? ""));
    return;
  }
  document.documentElement.lang = texts.language;
  document.documentElement.dir = texts.direction;
  const page = new Page(policy.value, texts);
  const fragment = new URLSearchParams(location.hash.slice(1));
  const username = fragment.get("username");
  const pending = stored();
  if (username) {
    // The link of a message leads here. The page does not confirm at once, because mail scanners open links.
    history.replaceState(null, "", location.pathname + location.search);
    page.showCode({ username }, fragment.get("code") ?? "");
  } else if (pending) {
    page.showCode(pending);
  } else {
    page.showForm();
  }
}

class Page {
  constructor(
    readonly policy: Policy,
    readonly texts: Texts,
  ) {}

  showForm(): void {
    store(null);
    const { texts, policy } = this;
    const inputs = policy.fields.map((each) => ({ each, ...field(each, texts) }));
    for (const { each, input } of inputs) {
      input.addEventListener("change", () => {
        const [broken] = validate(each, input.value);
        fieldError(input, broken && (broken.detail ?? texts.of("page-check")));
      });
    }
    const consents = policy.consents.map((consent) => ({ consent, ...this.#consent(consent) }));
    const submit = button(texts.of("page-register"), "submit");
    // The role hides the group, which has no name.
    const fields = element("fieldset", { role: "none" }, [
      ...inputs.map(({ row }) => row),
      ...consents.map(({ row }) => row),
    ]);
    const form = element("form", { noValidate: true }, [fields, submit]);
    this.#show(texts.of("page-title"), [form, ...this.#links("sign_in")]);
    this.#prepareWidget(submit);
    const targets = new Map<string, Input>(
      [
        ...inputs.map(({ each, input }) => [each.pointer, input] as const),
        ...consents.map(({ consent, input }) => [consent.pointer, input] as const),
      ],
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const body = toBody([
        ...inputs.map(({ each, input }) => [each.pointer, input.value] as const),
        ...consents.map(({ consent, input }) => [consent.pointer, input.checked ? consent.version : ""] as const),
      ]);
      void this.#busy(submit, async () => {
        // A disabled field would lose the focus.
        submit.focus();
        fields.disabled = true;
        const result = await client.register(body).finally(() => (fields.disabled = false));
        if (!result.ok) return this.#showProblem(result.problem, targets, name(body));
        const { next, username, delivery, status } = result.value;
        if (next === "sign_in") return this.#showDone();
        if (next === "confirm" || next === "resend") {
          const isUndelivered = status === "delivery_failed";
          return this.showCode({
            username: username ?? name(body),
            destination: delivery?.destination,
            isUndelivered,
            ...(!isUndelivered && { resendAt: this.#nextResend() }),
          });
        }
        this.#show(texts.of("page-waiting"), [paragraph(texts.of("page-waiting-text"))]);
      });
    });
  }

  showCode(pending: Pending, code = ""): void {
    store(pending);
    const { texts, policy } = this;
    const { username, isUndelivered, isUncertain } = pending;
    const { row, input } = field(codeField(policy, texts), texts);
    input.value = code;
    // If the field has the focus already, screen readers do not read its description again.
    row.querySelector(".field-error")?.setAttribute("aria-live", "polite");
    const confirm = button(texts.of("page-confirm"), "submit");
    const resend = button(texts.of("page-resend"), "button");
    const over = button(texts.of("page-start-over"), "button");
    const form = element("form", { noValidate: true }, [row, confirm]);
    const intro = isUndelivered ? alert(texts.of("page-undelivered")) : paragraph(this.#intro(pending));
    this.#show(texts.of("page-code"), [
      intro,
      form,
      element("div", { className: "actions" }, [resend, over]),
      ...(isUncertain ? this.#links("sign_in", "reset") : []),
    ]);
    if (pending.resendAt) this.#countDown(resend, pending.resendAt);
    over.addEventListener("click", () => this.showForm());
    resend.addEventListener("click", () => {
      void this.#busy(resend, async () => {
        const result = await client.resend({ username });
        if (!result.ok) return this.#showProblem(result.problem, new Map());
        const sent = { ...pending, isUndelivered: false, resendAt: this.#nextResend() };
        store(sent);
        fieldError(input);
        const sentence = paragraph(this.#intro(sent));
        if (intro.isConnected) intro.replaceWith(sentence);
        if (isUncertain) this.#say("");
        else this.#say(texts.of("page-resent"));
        this.#countDown(resend, sent.resendAt);
        input.focus();
      });
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#busy(confirm, async () => {
        const result = await client.confirm({ username, code: input.value });
        if (result.ok) return this.#showDone();
        this.#showProblem(result.problem, new Map([["/code", input]]));
      });
    });
  }

  #intro({ destination, isUncertain }: Pending): string {
    if (isUncertain) return "";
    // The isolates keep the address in order on a page from right to left.
    return destination
      ? this.texts.of("page-code-destination", { destination: `\u2068${destination}\u2069` })
      : this.texts.of("page-code-intro");
  }

  #showDone(): void {
    store(null);
    const { texts } = this;
    this.#show(texts.of("page-done"), [paragraph(texts.of("page-done-text")), ...this.#links("sign_in")]);
  }

  /** Shows each violation beside its field, and the rest above the form. */
  #showProblem(problem: Problem, targets: Map<string, Input>, username = ""): void {
    for (const input of targets.values()) fieldError(input);
    const violations: Violation[] = ("errors" in problem && problem.errors) || [];
    if (problem.code === "account_exists") {
      // The text for the field stands beside the actions of `#offer`.
      this.#say(violations[0]?.detail ?? title(problem, this.texts), [], true);
      return this.#offer(problem, targets, username);
    }
    const others: string[] = [];
    for (const violation of violations) {
      const input = targets.get(violation.pointer);
      if (!input) others.push(violation.detail);
      else if (!input.hasAttribute("aria-invalid")) fieldError(input, violation.detail);
    }
    const first = [...targets.values()].find((input) => input.hasAttribute("aria-invalid"));
    const code = targets.get("/code");
    if (code && (problem.code === "invalid_code" || problem.code === "expired_code")) {
      fieldError(code, title(problem, this.texts));
      this.#say("");
      code.focus();
      return;
    }
    this.#say(title(problem, this.texts), others, true);
    if (problem.code === "confirmation_uncertain") return this.#offer(problem, targets, username);
    (first ?? this.#message()).focus();
  }

  /** Adds the actions for a user with an account. */
  #offer(problem: Problem, targets: Map<string, Input>, username: string): void {
    this.#message().append(...this.#links("sign_in", "reset"));
    const next: string[] = "next" in problem ? (problem.next ?? []) : [];
    if (next.includes("resend") && username) {
      const resend = button(this.texts.of("page-resend"), "button");
      resend.addEventListener("click", () => {
        void this.#busy(resend, async () => {
          const result = await client.resend({ username });
          if (result.ok) this.showCode({ username, isUncertain: true, resendAt: this.#nextResend() });
          else this.#showProblem(result.problem, targets);
        });
      });
      this.#message().append(resend);
    }
    this.#message().focus();
  }

  /** Prepares the widget of the bot check. Shows it at once if every sign-up needs a proof. */
  #prepareWidget(submit: HTMLElement): void {
    const { human_proof: check } = this.policy;
    if (check.kind !== "siteverify") return;
    const widget = new Widget(check, this.texts.language);
    proof = () => widget.token(submit, () => this.#say(this.texts.of("problem-proof-required")));
    // The user sees a failure after the next click.
    if (check.always) widget.showBefore(submit).catch(() => undefined);
  }

  #consent(consent: Policy["consents"][number]): { row: HTMLElement; input: HTMLInputElement } {
    const name = consent.title ?? consent.name;
    const [before = "", after = ""] = this.texts.of("page-consent", { title: "\n" }).split("\n");
    const label = [before, consent.url ? link(name, consent.url) : name, after];
    return checkbox(consent.pointer, label, consent.required);
  }

  #links(...names: ("sign_in" | "reset")[]): HTMLElement[] {
    const known = names.flatMap((name) => {
      const url = this.policy.links?.[name];
      return url ? [link(this.texts.of(`page-${name.replace("_", "-")}`), url)] : [];
    });
    return known.length ? [element("p", { className: "actions" }, known)] : [];
  }

  #nextResend(): number {
    return Date.now() + this.policy.confirmation.resend_interval_seconds * 1000;
  }

  #countDown(resend: HTMLButtonElement, end: number): void {
    const tick = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      resend.disabled = left > 0;
      const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      resend.textContent = left > 0 ? this.texts.of("page-resend-in", { time }) : this.texts.of("page-resend");
      if (left > 0 && resend.isConnected) setTimeout(tick, 1000);
    };
    tick();
  }

  async #busy(source: HTMLButtonElement, work: () => Promise<void>): Promise<void> {
    if (source.getAttribute("aria-busy")) return;
    source.setAttribute("aria-busy", "true");
    try {
      await work();
    } catch (error) {
      this.#say(this.texts.of("page-unexpected"), [], true);
      throw error;
    } finally {
      source.removeAttribute("aria-busy");
    }
  }

  #show(title: string, content: Node[]): void {
    const message = element("div", { id: "message", tabIndex: -1, role: "status" }, []);
    const top = heading(title);
    document.title = title;
    main.replaceChildren(top, message, ...content);
    top.focus();
  }

  #message(): HTMLElement {
    return document.getElementById("message") as HTMLElement;
  }

  #say(text: string, more: string[] = [], isError = false): void {
    const message = this.#message();
    message.className = isError ? "error" : "notice";
    message.replaceChildren(...[text, ...more].filter(Boolean).map(paragraph));
  }
}

function title(problem: Problem, texts: Texts): string {
  if (problem.code === "network") return texts.of("page-offline");
  return problem.title ?? texts.of("page-unexpected");
}

function stored(): Pending | null {
  try {
    return JSON.parse(sessionStorage.getItem(STEP) ?? "null");
  } catch {
    return null;
  }
}

// A browser can forbid the storage. The page then loses the step on a reload.
function store(pending: Pending | null): void {
  try {
    if (pending) sessionStorage.setItem(STEP, JSON.stringify(pending));
    else sessionStorage.removeItem(STEP);
  } catch {}
}

/** Returns the name of the account that a form is for. */
function name(body: Body): string {
  return body.username ?? body.email ?? body.phone_number ?? "";
}

function codeField(policy: Policy, texts: Texts): PolicyField {
  return {
    name: "code",
    pointer: "/code",
    required: true,
    format: "text",
    rules: [],
    label: texts.of("page-code-label"),
    input: "text",
    inputmode: "numeric",
    autocomplete: "one-time-code",
  };
}

// A link in a message may open in the tab that shows the page already.
addEventListener("hashchange", () => location.reload());
void start();
