/** The texts of the page in one language. */
export interface Texts {
  language: string;
  direction: "ltr" | "rtl";
  of(name: string, values?: Record<string, string>): string;
}

/** Loads the texts in a language, or in that of the browser. */
export async function load(base: string, lang: string | null): Promise<Texts | undefined> {
  const query = lang ? `?lang=${encodeURIComponent(lang)}` : "";
  const response = await fetch(`${base}/register/texts${query}`).catch(() => undefined);
  if (!response?.ok) return undefined;
  const { language, direction, texts } = await response.json();
  return {
    language,
    direction,
    of: (name, values = {}) =>
      (texts[name] ?? name).replace(/\{(\w+)\}/g, (all: string, value: string) => values[value] ?? all),
  };
}
