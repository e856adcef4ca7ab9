// The package without workers, because React Native does not know `import.meta`.
import { clientWith, type Client, type ClientOptions } from "./client.js";
import { solve } from "./proof_of_work.js";

export * from "./common.js";

/**
 * Creates a client. It has no state but the Idempotency-Keys, the policy, and in memory the session of
 * the last sign-up.
 */
export function createClient(options: ClientOptions = {}): Client {
  return clientWith(solve, options);
}
