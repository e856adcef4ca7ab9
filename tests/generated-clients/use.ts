// Uses the generated clients like a sign-up page, so that the compiler detects changes of names and
// unions.

import {
  confirmAccount,
  createAccount,
  explainProblem,
  getChallenge,
  getPolicy,
  resendCode,
  SignUpNext,
  type BotCheck,
  type ProofOfWorkChallenge,
  type RegistrationForm,
  type Violation,
} from "./client";
import type { components, operations } from "./schema";

export async function signUp(form: RegistrationForm): Promise<SignUpNext | Violation[]> {
  const response = await createAccount(form, { headers: { "Idempotency-Key": crypto.randomUUID() } });
  switch (response.status) {
    case 201:
    case 202:
      return response.data.next;
    case 422:
      if (response.data.code === "invalid_registration") {
        return response.data.errors;
      }
      throw new Error(response.data.title);
    case 409:
      if (response.data.code === "account_exists") {
        return SignUpNext.sign_in;
      }
      throw new Error(response.data.title);
    default:
      throw new Error(response.data.title);
  }
}

export async function confirm(username: string, code: string): Promise<boolean> {
  const response = await confirmAccount({ username, code });
  return response.status === 200 && response.data.next === "sign_in";
}

export async function resend(username: string): Promise<boolean> {
  const response = await resendCode({ username });
  return response.status === 202 && response.data.status === "code_sent";
}

export async function labels(): Promise<string[]> {
  const response = await getPolicy();
  if (response.status !== 200) return [];
  const kinds = response.data.fields.map(({ name, format }) => `${name}: ${format}`);
  return [...kinds, widget(response.data.human_proof)];
}

export function widget(check: BotCheck): string {
  switch (check.kind) {
    case "none":
      return "";
    case "siteverify":
      return `${check.provider} ${check.site_key ?? ""}`;
    case "proof_of_work":
      return check.challenge;
  }
}

export async function challenge(): Promise<ProofOfWorkChallenge | undefined> {
  const response = await getChallenge();
  return response.status === 200 ? response.data : undefined;
}

export async function hasProblemPage(): Promise<boolean> {
  return (await explainProblem("account-exists")).status === 200;
}

// The types of openapi-typescript.
type Schemas = components["schemas"];
type CreatedResponse = operations["createAccount"]["responses"][201]["content"]["application/json"];
type Rejection =
  operations["createAccount"]["responses"][422]["content"]["application/problem+json"];

export function next(response: CreatedResponse): Schemas["SignUpNext"] {
  return response.next;
}

export function pointers(rejection: Rejection): string[] {
  switch (rejection.code) {
    case "invalid_registration":
      return rejection.errors.map((violation: Schemas["Violation"]) => violation.pointer);
    case "registration_rejected":
      return rejection.errors?.map((violation) => violation.pointer) ?? [];
    default:
      return [];
  }
}
