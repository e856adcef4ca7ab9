// The widget of a bot check provider. The browser loads its script from the provider.
import type { Policy } from "../../clients/typescript/src/index.js";

type Check = Extract<Policy["human_proof"], { kind: "siteverify" }>;

/** The functions that Turnstile, hCaptcha and reCAPTCHA have in common. */
interface Api {
  render(place: HTMLElement, options: object): unknown;
  reset(id: unknown): void;
  /** Only reCAPTCHA v3 uses it, which has a token for each action and no box. */
  execute(key: string, options: { action: string }): Promise<string>;
}

/** One token, solved or not. */
class Round {
  isSolved = false;
  isTaken = false;
  resolve!: (token: string) => void;
  reject!: (error: Error) => void;
  readonly token = new Promise<string>((resolve, reject) => Object.assign(this, { resolve, reject }));

  /** After an error, the widget may get a token by a retry of its own. */
  constructor(readonly isAfterError = false) {
    this.token.catch(() => undefined);
  }
}

export class Widget {
  readonly #place = document.createElement("div");
  readonly #version3: string | undefined;
  #id: unknown;
  #round = new Round();

  constructor(
    readonly check: Check,
    readonly language: string,
  ) {
    this.#version3 = check.provider === "recaptcha" ? check.action : undefined;
  }

  /** Shows the widget before an element, if it is not on the page yet. */
  async showBefore(next: Element): Promise<Api> {
    const { provider, site_key = "", action } = this.check;
    const api = await load(this.check, this.language, this.#version3 ? site_key : "explicit");
    if (this.#version3 || this.#place.isConnected) return api;
    next.before(this.#place);
    this.#id = api.render(this.#place, {
      sitekey: site_key,
      theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
      // The normal size is at most 304 pixels wide.
      size: this.#place.clientWidth < 304 ? "compact" : "normal",
      ...(provider === "turnstile" && { language: this.language, ...(action && { action }) }),
      callback: (token: string) => {
        this.#round.isSolved = true;
        this.#round.resolve(token);
      },
      "expired-callback": () => {
        if (!this.#round.isTaken) this.#round = new Round();
      },
      "error-callback": () => {
        this.#round.reject(new Error(`the widget of ${provider} failed`));
        this.#round = new Round(true);
      },
    });
    return api;
  }

  /** Returns a new token. Calls `ask` if the user has to solve the widget for it. */
  async token(next: Element, ask: () => void): Promise<string> {
    const api = await this.showBefore(next);
    const { provider, site_key = "" } = this.check;
    if (this.#version3) return inTime(provider, api.execute(site_key, { action: this.#version3 }));
    const { isTaken, isAfterError, isSolved } = this.#round;
    if (isTaken || (isAfterError && !isSolved)) {
      this.#round = new Round();
      api.reset(this.#id);
    }
    this.#round.isTaken = true;
    if (!this.#round.isSolved) ask();
    return this.#round.token;
  }
}

const SCRIPTS: Record<Check["provider"], [api: string, address: string]> = {
  turnstile: ["turnstile", "https://challenges.cloudflare.com/turnstile/v0/api.js"],
  hcaptcha: ["hcaptcha", "https://js.hcaptcha.com/1/api.js"],
  recaptcha: ["grecaptcha", "https://www.google.com/recaptcha/api.js"],
};

let loading: Promise<Api> | undefined;

/** Loads the script once. After a failure, the next call tries again. */
function load({ provider }: Check, language: string, render: string): Promise<Api> {
  const [name, address] = SCRIPTS[provider];
  loading ??= new Promise<Api>((resolve, reject) => {
    const globals = window as unknown as Record<string, unknown>;
    globals["onWidget"] = () => resolve(globals[name] as Api);
    const hl = provider === "turnstile" ? {} : { hl: language };
    const query = new URLSearchParams({ onload: "onWidget", render, ...hl });
    const onerror = () => reject(new Error(`the script of ${provider} cannot be loaded`));
    document.head.append(Object.assign(document.createElement("script"), { src: `${address}?${query}`, onerror }));
  });
  loading.catch(() => (loading = undefined));
  // A late script stays: the browser would not load the same address a second time in the meantime.
  return inTime(provider, loading);
}

/** Rejects if a provider takes longer than 15 seconds. */
function inTime<T>(provider: string, work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`${provider} did not respond in time`)), 15_000);
  });
  return Promise.race([work, late]);
}
