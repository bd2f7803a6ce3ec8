/** The part of ICU MessageFormat that the catalogues use: `{name}` and `{n, plural, one {# stop} other {# stops}}`. */

export type Values = Record<string, string | number>;

/** Fills a message in. Unknown placeholders stay visible, so that a mistake is seen and not swallowed. */
export function format(message: string, values: Values, language: string): string {
  let out = "";
  for (let i = 0; i < message.length; i++) {
    if (message[i] !== "{") {
      out += message[i];
      continue;
    }
    const end = closing(message, i);
    out += placeholder(message.slice(i + 1, end), values, language);
    i = end;
  }
  return out;
}

function placeholder(body: string, values: Values, language: string): string {
  const [name = "", kind] = body.split(",", 2).map((part) => part.trim());
  const value = values[name];
  if (value === undefined) return `{${name}}`;
  if (kind !== "plural") return typeof value === "number" ? shortNumber(value, language) : value;
  const count = Number(value);
  const forms = choices(body.slice(body.indexOf(",", body.indexOf(",") + 1) + 1));
  const form = forms.get(`=${count}`) ?? forms.get(new Intl.PluralRules(language).select(count)) ?? forms.get("other");
  const shown = shortNumber(count, language);
  return format((form ?? "").replaceAll("#", shown), values, language);
}

function choices(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (let i = 0; i < text.length; i++) {
    const open = text.indexOf("{", i);
    if (open < 0) break;
    const end = closing(text, open);
    found.set(text.slice(i, open).trim(), text.slice(open + 1, end));
    i = end;
  }
  return found;
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "{") depth++;
    else if (text[i] === "}" && --depth === 0) return i;
  }
  return text.length;
}

function shortNumber(value: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value);
}
