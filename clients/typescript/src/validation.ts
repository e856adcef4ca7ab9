import type { PolicyField, PolicyRule } from "./types.js";

/**
 * Returns the rules that a value breaks, for a check while the user types. The service checks more,
 * such as the domain of an address. A strict content security policy allows this function, because it
 * generates no code.
 */
export function validate(field: PolicyField, value: string): PolicyRule[] {
  const text = field.format === "password" ? value : value.trim();
  const rules = field.rules.filter(({ code }) => code !== "required");
  if (text !== "") return rules.filter((rule) => isBroken(rule, text));
  const required = field.rules.find(({ code }) => code === "required");
  return field.required ? [required ?? { code: "required" }] : [];
}

function isBroken({ code, params, pattern }: PolicyRule, text: string): boolean {
  if (pattern !== undefined) return !new RegExp(pattern, "u").test(text);
  const length = [...text].length;
  switch (code) {
    case "too_short":
      return params?.min !== undefined && length < params.min;
    case "too_long":
      return params?.max !== undefined && length > params.max;
    case "not_an_option":
      return params?.options !== undefined && !params.options.includes(text);
    default:
      return false;
  }
}
