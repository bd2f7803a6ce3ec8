/** What the server says about why, made regular: its sentences, and each courier's cost or excluding rule. */
import type { Explanation } from "../wire/rest";

export interface ToldCandidate {
  courierId: string;
  name: string | null;
  /** What it would cost the plan, minutes that somebody waits; null when the courier was out of the question. */
  costMin: number | null;
  /** The rule that left the courier out; null when none did. */
  rule: string | null;
}

export interface Told {
  text: string | null;
  candidates: ToldCandidate[];
}

export function readExplanation(doc: Explanation): Told {
  const chosen = doc["courier"] as Record<string, unknown> | null | undefined;
  const first = chosen ? [{ ...chosen, cost_min: doc["cost_min"] }] : [];
  const rows = [...first, ...asList(doc["alternatives"]), ...asList(doc["excluded"])];
  return { text: asText(doc["text"]), candidates: rows.map(candidate).filter((one) => one.courierId !== "") };
}

function candidate(row: Record<string, unknown>): ToldCandidate {
  return {
    courierId: asText(row["courier_id"]) ?? "",
    name: asText(row["name"]),
    costMin: asNumber(row["cost_min"]),
    rule: asText(row["rule"]),
  };
}

function asList(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
}

function asText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function asNumber(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
