/** What the server says about why, made regular. It may say less than we ask for; nothing here is invented. */
import type { Explanation } from "../wire/rest";

export interface ToldCandidate {
  courierId: string;
  name: string | null;
  addedS: number | null;
  excluded: string | null;
}

export interface Told {
  text: string | null;
  candidates: ToldCandidate[];
}

export function readExplanation(doc: Explanation): Told {
  const text = [doc["text"], doc["summary"], doc["sentence"]].find((part) => typeof part === "string") ?? null;
  const lists = ["candidates", "others", "alternatives", "excluded"].flatMap((key) => asList(doc[key]));
  return { text: text as string | null, candidates: lists.map(candidate).filter((one) => one.courierId !== "") };
}

function candidate(row: Record<string, unknown>): ToldCandidate {
  const excluded = row["excluded_by"] ?? row["reason_text"] ?? row["reason"] ?? row["rule"];
  return {
    courierId: asText(row["courier_id"]) ?? "",
    name: asText(row["name"]) ?? asText(row["courier"]),
    addedS: asNumber(row["added_s"]) ?? asNumber(row["extra_s"]),
    excluded: asText(excluded),
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
