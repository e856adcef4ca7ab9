import { clientWith, type Client, type ClientOptions } from "./client.js";
import { solveInWorker } from "./in_worker.js";

export * from "./common.js";

/**
 * Creates a client. It has no state but the Idempotency-Keys, the policy, and in memory the session of
 * the last sign-up.
 */
export function createClient(options: ClientOptions = {}): Client {
  return clientWith(solveInWorker, options);
}
