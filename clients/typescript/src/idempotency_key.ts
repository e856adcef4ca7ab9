export type KeyStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/**
 * The Idempotency-Keys of one tab: one for each operation, until a response is final. A key survives
 * a reload. The storage has no value of a form.
 */
export class IdempotencyKeys {
  readonly #memory = new Map<string, string>();

  constructor(readonly storage: KeyStorage | undefined) {}

  current(name: string): string {
    const key = this.#read(name) ?? random();
    this.#memory.set(name, key);
    this.#try((storage) => storage.setItem(name, key));
    return key;
  }

  end(name: string): void {
    this.#memory.delete(name);
    this.#try((storage) => storage.removeItem(name));
  }

  #read(name: string): string | undefined {
    return this.#memory.get(name) ?? this.#try((storage) => storage.getItem(name)) ?? undefined;
  }

  // A browser can forbid the storage, and the storage can be full. Then a key lasts as long as the page.
  #try<T>(use: (storage: KeyStorage) => T): T | undefined {
    try {
      return this.storage && use(this.storage);
    } catch {
      return undefined;
    }
  }
}

// `crypto.randomUUID` exists in secure contexts only.
function random(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
