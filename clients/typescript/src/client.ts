import { IdempotencyKeys, type KeyStorage } from "./idempotency_key.js";
import type { solve } from "./proof_of_work.js";
import type {
  Challenge,
  ConfirmForm,
  Confirmed,
  Policy,
  Problem,
  RegisterForm,
  ResendForm,
  Resent,
  Result,
  SignedUp,
} from "./types.js";

export interface ClientOptions {
  /** The URL of the service, with its path prefix if it has one. Default: the origin of the page. */
  baseUrl?: string;
  /** The languages of texts, as in `Accept-Language`. Default: those of the browser. */
  language?: string;
  /**
   * Returns a token of the widget of the provider that `policy.human_proof` names. A proof of work
   * needs no function.
   */
  proof?: (policy: Policy) => Promise<string>;
  /** The storage of the random Idempotency-Keys. Default: `sessionStorage`. */
  storage?: KeyStorage;
  /** The maximum number of further attempts of one request. Default: 3. */
  retries?: number;
  /** Default: the global `fetch`. */
  fetch?: typeof fetch;
}

export interface RequestOptions {
  signal?: AbortSignal;
}

export interface Client {
  /** Returns the form as data. */
  policy(options?: RequestOptions): Promise<Result<Policy>>;
  /** Creates an account, with a proof of the bot check if the service requires it. */
  register(form: RegisterForm, options?: RequestOptions): Promise<Result<SignedUp>>;
  /**
   * Confirms an account with a code. Without a `session` in the form, it sends the one of `register`
   * for the same user name, if there was one.
   */
  confirm(form: ConfirmForm, options?: RequestOptions): Promise<Result<Confirmed>>;
  /** Sends a new code. */
  resend(form: ResendForm, options?: RequestOptions): Promise<Result<Resent>>;
}

/** The longest time in seconds that the client waits before a retry. */
const MAX_WAIT = 30;

/** The request was not processed, or its first attempt is still in progress. */
const RETRYABLE = ["request_in_progress", "busy", "unavailable"];

/** The outcome is unknown. The client may repeat a sign-up, because the service recognises its account. */
const UNKNOWN = ["upstream_failed", "upstream_timeout"];

/** Creates a client that solves challenges with `solveChallenge`. */
export function clientWith(solveChallenge: typeof solve, options: ClientOptions): Client {
  const { baseUrl = "", language, retries = 3 } = options;
  const keys = new IdempotencyKeys(options.storage ?? sessionStorageIfAllowed());
  let loaded: Policy | undefined;
  // The session is a bearer value, so it is in memory only.
  let signedUp: SignedUp | undefined;

  async function send<T>(path: string, init: RequestInit): Promise<Result<T>> {
    try {
      // `fetch` must not become a method of `options`.
      const request = options.fetch ?? globalThis.fetch.bind(globalThis);
      const response = await request(baseUrl.replace(/\/$/, "") + path, {
        ...init,
        headers: { ...init.headers, ...(language && { "Accept-Language": language }) },
      });
      return await read(response);
    } catch (cause) {
      if (init.signal?.aborted) throw cause;
      return { ok: false, problem: { code: "network", status: 0, cause } };
    }
  }

  async function policy({ signal }: RequestOptions = {}): Promise<Result<Policy>> {
    const result = await send<Policy>("/register/policy", abortable(signal));
    if (result.ok) loaded = result.value;
    return result;
  }

  async function proof(signal?: AbortSignal): Promise<Result<string>> {
    const form: Result<Policy> = loaded ? { ok: true, value: loaded } : await policy({ ...abortable(signal) });
    if (!form.ok) return form;
    const check = form.value.human_proof;
    try {
      if (check.kind === "proof_of_work") {
        const challenge = await send<Challenge>(check.challenge, abortable(signal));
        return challenge.ok ? { ok: true, value: await solveChallenge(challenge.value, signal) } : challenge;
      }
      if (!options.proof) throw new Error("createClient needs `proof` for this bot check");
      return { ok: true, value: await options.proof(form.value) };
    } catch (cause) {
      if (signal?.aborted) throw cause;
      return { ok: false, problem: { code: "proof_failed", status: 0, cause } };
    }
  }

  /** Returns the name under which the key of a form is stored. */
  function keyName(path: string): string {
    return `vestibule:${baseUrl}${path}`;
  }

  /** Sends a form until there is a response to show, with one Idempotency-Key. */
  async function post<T>(path: string, form: object, { signal }: RequestOptions = {}): Promise<Result<T>> {
    const isSignUp = path === "/register";
    const name = keyName(path);
    let body = form;
    let proofs = 0;
    let hasNewKey = false;
    if (isSignUp && loaded && needsProof(loaded)) {
      const first = await proof(signal);
      if (!first.ok) return first;
      body = { ...form, human_proof: first.value };
    }
    for (let attempt = 0; ; attempt++) {
      const result = await send<T>(path, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": keys.current(name) },
        body: JSON.stringify(body),
        ...abortable(signal),
      });
      if (result.ok || isFinal(result.problem)) keys.end(name);
      if (result.ok) return result;
      const { code, retryAfter } = result.problem;
      if ((code === "proof_required" || code === "not_human") && proofs === 0) {
        const another = await proof(signal);
        if (!another.ok) return another;
        body = { ...form, human_proof: another.value };
        proofs += 1;
      } else if (code === "idempotency_key_reused" && !hasNewKey) {
        // The user changed the form after an attempt without a final response.
        hasNewKey = true;
      } else if (attempt < retries && isRetryable(code, isSignUp) && (retryAfter ?? 0) <= MAX_WAIT) {
        await wait(retryAfter ?? 2 ** attempt, signal);
      } else {
        return result;
      }
    }
  }

  return {
    policy,
    async register(form, options) {
      const result = await post<SignedUp>("/register", form, options);
      if (result.ok && result.value.session) signedUp = result.value;
      return result;
    },
    async confirm(form, options) {
      const session = signedUp?.username === form.username ? signedUp.session : undefined;
      const result = await post<Confirmed>("/register/confirm", { ...(session && { session }), ...form }, options);
      if (result.ok) signedUp = undefined;
      return result;
    },
    async resend(form, options) {
      const path = "/register/resend";
      try {
        return await post(path, form, options);
      } finally {
        // Each call requests another code. With the key of an earlier call, the service would send none.
        keys.end(keyName(path));
      }
    },
  };
}

async function read<T>(response: Response): Promise<Result<T>> {
  const { status, headers } = response;
  const type = headers.get("Content-Type") ?? "";
  if (response.ok) return { ok: true, value: await response.json() };
  const problem: Problem = type.startsWith("application/problem+json")
    ? await response.json()
    : { code: "unknown", status };
  const seconds = parseInt(headers.get("Retry-After") ?? "", 10);
  return { ok: false, problem: seconds >= 0 ? { ...problem, retryAfter: seconds } : problem };
}

function needsProof({ human_proof: check }: Policy): boolean {
  return check.kind !== "none" && check.always;
}

function isRetryable(code: Problem["code"], isSignUp: boolean): boolean {
  return code === "network" || RETRYABLE.includes(code) || (isSignUp && UNKNOWN.includes(code));
}

/** Returns true if the service stored the response, or rejected the form before the call. */
function isFinal({ code, status }: Problem): boolean {
  return status >= 400 && status < 500 && ![408, 428, 429].includes(status) && code !== "request_in_progress";
}

/** Waits up to a fifth longer than `seconds`, so that many clients do not return at the same time. */
function wait(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000 * (1 + Math.random() / 5));
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

function abortable(signal?: AbortSignal): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

function sessionStorageIfAllowed(): KeyStorage | undefined {
  try {
    return globalThis.sessionStorage;
  } catch {
    return undefined;
  }
}
