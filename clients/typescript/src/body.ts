import type { RegisterForm } from "./types.js";

/**
 * Returns the body of a sign-up from values by JSON pointer, such as a `FormData` whose names are the
 * pointers of the policy. Leaves out empty values.
 */
export function toBody(values: Iterable<readonly [string, FormDataEntryValue]>): RegisterForm {
  const body: Record<string, unknown> = {};
  for (const [pointer, value] of values) {
    if (value === "") continue;
    const [name = "", inner] = pointer.slice(1).split("/").map(unescape);
    if (inner === undefined) body[name] = value;
    else ((body[name] ??= {}) as Record<string, unknown>)[inner] = value;
  }
  return body as RegisterForm;
}

function unescape(token: string): string {
  return token.replaceAll("~1", "/").replaceAll("~0", "~");
}
