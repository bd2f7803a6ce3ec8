/** What owners may choose, in the order in which it is asked; the words are in the catalogues. */
export type Value = string | number | boolean;

export interface Field {
  name: string;
  kind: "choice" | "level" | "switch" | "minutes" | "count" | "text";
  choices?: readonly string[];
  /** Bounds as the person types them. */
  least?: number;
  most?: number;
  /** Only asked while another setting has this value. */
  when?: readonly [name: string, value: Value];
}

export interface Group {
  title: "work" | "arrivals" | "plan" | "money" | "sites";
  fields: readonly Field[];
}

const POLICY = ["automatic", "suggest", "off"] as const;
const arrival = (name: string): Field => ({ name, kind: "choice", choices: POLICY });

export const GROUPS: readonly Group[] = [
  {
    title: "work",
    fields: [
      { name: "offers", kind: "choice", choices: ["one_at_a_time", "broadcast", "automatic"] },
      { name: "broadcast_size", kind: "count", least: 2, most: 20, when: ["offers", "broadcast"] },
      { name: "offer_expiry_s", kind: "count", least: 15, most: 900 },
      { name: "owntracks_friends", kind: "switch" },
    ],
  },
  {
    title: "arrivals",
    fields: [arrival("arrive_pickup"), arrival("leave_pickup"), arrival("arrive_dropoff"), arrival("leave_dropoff")],
  },
  {
    title: "plan",
    fields: [
      { name: "fairness", kind: "choice", choices: ["off", "light", "medium", "strong"] },
      { name: "calm", kind: "choice", choices: ["low", "usual", "high"] },
      { name: "move_accepted", kind: "switch" },
      { name: "ready_quantile", kind: "level", choices: ["0.4", "0.6", "0.8"] },
      { name: "nudges", kind: "switch" },
      { name: "promise_s", kind: "minutes", least: 5, most: 1440 },
      { name: "service_s", kind: "minutes", least: 0, most: 60 },
    ],
  },
  { title: "money", fields: [{ name: "currency", kind: "text" }] },
  { title: "sites", fields: [{ name: "embed_origins", kind: "text" }] },
];

/** As the person types it: minutes instead of seconds. */
export function typed(field: Field, value: Value): string {
  return field.kind === "minutes" ? String(Number(value) / 60) : String(value);
}

/** As the server keeps it; null while what is typed is no value. */
export function kept(field: Field, text: string): Value | null {
  if (field.kind === "choice") return text;
  if (field.kind === "level") return Number(text);
  if (field.kind === "switch") return text === "true";
  if (field.kind === "text") return field.name === "currency" ? text.trim().toUpperCase() : text.trim().replace(/[\s,]+/g, " ");
  const number = Number(text.replace(",", "."));
  if (text.trim() === "" || !Number.isFinite(number) || number < (field.least ?? 0) || number > (field.most ?? Infinity)) return null;
  return field.kind === "minutes" ? Math.round(number * 60) : Number.isInteger(number) ? number : null;
}
