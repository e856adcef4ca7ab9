/** The sentences of the page in one language. */
export interface Texts {
  language: string;
  direction: "ltr" | "rtl";
  of(name: string, values?: Record<string, string>): string;
}

/** Loads the sentences in the language of the user, or of `?lang=` of the page. */
export async function load(base: string): Promise<Texts | undefined> {
  const lang = new URLSearchParams(location.search).get("lang");
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
