export { toBody } from "./body.js";
export type { Client, ClientOptions, RequestOptions } from "./client.js";
export { solve } from "./proof_of_work.js";
export { validate } from "./validation.js";
export type {
  Challenge,
  ConfirmForm,
  Confirmed,
  Policy,
  PolicyField,
  PolicyRule,
  Problem,
  RegisterForm,
  ResendForm,
  Resent,
  Result,
  SignedUp,
  Violation,
} from "./types.js";
