import type { components } from "./schema.js";

type Schemas = components["schemas"];

export type Policy = Schemas["Policy"];
export type PolicyField = Schemas["PolicyField"];
export type PolicyRule = Schemas["PolicyRule"];
export type Violation = Schemas["Violation"] | Schemas["TriggerViolation"];
export type Challenge = Schemas["ProofOfWorkChallenge"];

export type RegisterForm = Schemas["RegistrationForm"];
export type ConfirmForm = Schemas["ConfirmationForm"];
export type ResendForm = Schemas["ResendForm"];
export type SignedUp = Schemas["SignUpResponse"];
export type Confirmed = Schemas["ConfirmResponse"];
export type Resent = Schemas["ResendResponse"];

type NamedProblem = Schemas[Exclude<Extract<keyof Schemas, `${string}Problem`>, "Problem">];

/** No response arrived: the user is offline, or the page may not use the service (CORS). */
export interface NetworkProblem {
  code: "network";
  status: 0;
  /** The error of `fetch`, for the log. */
  cause: unknown;
}

/** The page could not get a proof for the bot check. No form was sent with it. */
export interface ProofProblem {
  code: "proof_failed";
  status: 0;
  /** The error of the proof of work or of `proof`, for the log. */
  cause: unknown;
  title?: undefined;
}

/** A response that is not in the contract of this version. Decide by `status`. */
export interface UnknownProblem {
  code: "unknown";
  status: number;
  /** A text for the user, if the response has one. */
  title?: string;
}

/** The reason why a request failed. `code` selects its type. */
export type Problem = (NamedProblem | NetworkProblem | ProofProblem | UnknownProblem) & {
  /** The time in seconds until another attempt may succeed. */
  retryAfter?: number;
};

/** The result of a request. A request does not throw, unless its signal aborts it. */
export type Result<T> = { ok: true; value: T } | { ok: false; problem: Problem };
