import type { Challenge } from "./types.js";

/**
 * Solves a challenge of `GET /register/challenge` and returns the value of `human_proof`. The page
 * must be a secure context (https or localhost), because others have no `crypto.subtle`.
 */
export async function solve(challenge: Challenge, signal?: AbortSignal): Promise<string> {
  const { parameters } = challenge;
  const { nonce, salt, cost, keyLength, keyPrefix } = parameters;
  const prefix = nonce.length / 2;
  const password = new Uint8Array(prefix + 4);
  password.set(fromHex(nonce));
  const derivation = { name: "PBKDF2", hash: "SHA-256", salt: fromHex(salt), iterations: cost };
  for (let counter = 0; ; counter++) {
    // React Native has no `throwIfAborted`.
    if (signal?.aborted) throw signal.reason;
    new DataView(password.buffer).setUint32(prefix, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const derivedKey = toHex(await crypto.subtle.deriveBits(derivation, key, keyLength * 8));
    if (derivedKey.startsWith(keyPrefix)) {
      return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
    }
  }
}

function fromHex(digits: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(digits.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

function toHex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
