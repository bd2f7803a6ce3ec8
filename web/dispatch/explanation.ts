/** What the server says about why, made regular: its sentences, and each courier's cost or excluding rule. */
import type { Explanation } from "../wire/rest";

export interface ToldCandidate {
  courierId: string;
  name: string | null;
  /** What it would cost the plan, minutes that somebody waits; null when the courier was out of the question. */
  costMin: number | null;
  /** The rule that left the courier out, or what stands behind it; null when none did. */
  rule: string | null;
}

export interface Told {
  text: string | null;
  candidates: ToldCandidate[];
  chosen: ToldCandidate | null;
  /** The next best, dearest last. */
  next: (ToldCandidate & { extraMin: number | null })[];
  /** Who was out of the question, by the rule that said so. */
  excluded: [rule: string, who: ToldCandidate[]][];
  byHand: boolean;
}

export function readExplanation(doc: Explanation): Told {
  const chosen = doc["courier"] as Record<string, unknown> | null | undefined;
  const first = chosen ? [{ ...chosen, cost_min: doc["cost_min"] }] : [];
  const [chosenOne] = first.map(candidate);
  const next = asList(doc["alternatives"]).map((row) => ({ ...candidate(row), extraMin: asNumber(row["extra_min"]) }));
  const out = asList(doc["excluded"]).map(candidate);
  const byRule = new Map<string, ToldCandidate[]>();
  for (const one of out) byRule.set(one.rule ?? "", [...(byRule.get(one.rule ?? "") ?? []), one]);
  return {
    text: asText(doc["text"]),
    candidates: [...first.map(candidate), ...next, ...out].filter((one) => one.courierId !== ""),
    chosen: chosenOne ?? null,
    next: next.slice(0, 3),
    excluded: [...byRule],
    byHand: doc["kind"] === "by_hand",
  };
}

function candidate(row: Record<string, unknown>): ToldCandidate {
  return {
    courierId: asText(row["courier_id"]) ?? "",
    name: asText(row["name"]),
    costMin: asNumber(row["cost_min"]),
    rule: asText(row["because"]) ?? asText(row["rule"]),
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
