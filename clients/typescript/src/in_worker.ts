import { solve } from "./proof_of_work.js";
import type { Challenge } from "./types.js";

/**
 * Solves a challenge in a worker, so that the page stays responsive. If there is no worker, or if a
 * content security policy or the origin of this file forbids one, the page solves it.
 */
export async function solveInWorker(challenge: Challenge, signal?: AbortSignal): Promise<string> {
  try {
    return await inWorker(challenge, signal);
  } catch {
    return solve(challenge, signal);
  }
}

function inWorker(challenge: Challenge, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    const end = (settle: () => void) => {
      worker.terminate();
      settle();
    };
    worker.onmessage = ({ data }) => end(() => (data ? resolve(data) : reject()));
    worker.onerror = () => end(reject);
    signal?.addEventListener("abort", () => end(reject));
    worker.postMessage(challenge);
  });
}
