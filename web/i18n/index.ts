/** The page's language, its messages, and times, money and numbers as people there write them. */
import { signal } from "@preact/signals";
import { en, type Key } from "./en";
import { es } from "./es-MX";
import { format, type Values } from "./format";

export type Language = "en" | "es-MX";
export type { Key } from "./en";
export const LANGUAGES: readonly Language[] = ["es-MX", "en"];
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", "es-MX": "Español" };
export const CATALOGUES: Record<Language, Record<Key, string>> = { en, "es-MX": es };

const KEPT = "relevo.language";

export const language = signal<Language>(firstLanguage());
/** The fleet's IANA time zone; the browser's own until the server has told it. */
export const timeZone = signal<string | undefined>(undefined);

export function setLanguage(next: Language): void {
  keep(next);
  language.value = next;
  document.documentElement.lang = next;
}

/** A message in the page's language. */
export function t(key: Key, values: Values = {}): string {
  return format(CATALOGUES[language.value][key], values, language.value);
}

/** A message for a code that the server may have added since; `fallback` when it is unknown. */
export function tCode(prefix: string, code: string, fallback: string): string {
  const message = (CATALOGUES[language.value] as Record<string, string>)[`${prefix}.${code}`];
  return message ?? fallback;
}

/** Hours and minutes in the fleet's time zone. */
export function clockTime(atMs: number): string {
  return formatter("time", { hour: "numeric", minute: "2-digit" }).format(atMs);
}

/** Hours, minutes and seconds, for moments of the past. */
export function clockTimeExact(atMs: number): string {
  return formatter("exact", { hour: "numeric", minute: "2-digit", second: "2-digit" }).format(atMs);
}

/** A day in full, of a moment at noon UTC. */
export function longDate(atMs: number): string {
  return new Intl.DateTimeFormat(language.value, { dateStyle: "full", timeZone: "UTC" }).format(atMs);
}

/** Day and month. */
export function shortDate(atMs: number): string {
  return formatter("date", { day: "numeric", month: "short" }).format(atMs);
}

/** A span as hours and minutes: 7 h 05 min. */
export function hours(seconds: number): string {
  const whole = Math.round(seconds / 60);
  return t("span.hours", { h: Math.floor(whole / 60), m: String(whole % 60).padStart(2, "0") });
}

/** A span of the day with what both ends share said once: 2:55 – 3:00 p.m. */
export function clockRange(fromMs: number, toMs: number): string {
  return formatter("time", { hour: "numeric", minute: "2-digit" }).formatRange(fromMs, toMs);
}

const STEP_MS = 5 * 60_000;

/** An expected arrival as honestly as it is known: rounded outward to five minutes. */
export function honestRange(p10AtMs: number, p90AtMs: number): string {
  const from = Math.floor(p10AtMs / STEP_MS) * STEP_MS;
  return clockRange(from, Math.max(Math.ceil(p90AtMs / STEP_MS) * STEP_MS, from + STEP_MS));
}

export function money(cents: number, currency: string): string {
  return new Intl.NumberFormat(language.value, { style: "currency", currency }).format(cents / 100);
}

/** Rounded so that a rider can say it: 340 m, 1.2 km. */
export function distance(metres: number): string {
  const far = metres >= 1000;
  const value = far ? metres / 1000 : Math.round(metres / 10) * 10;
  const unit = far ? "kilometer" : "meter";
  return new Intl.NumberFormat(language.value, { style: "unit", unit, maximumFractionDigits: 1 }).format(value);
}

/** A span in whole minutes, at least one. */
export function minutes(seconds: number): string {
  return t("span.minutes", { n: Math.max(1, Math.round(seconds / 60)) });
}

/** How long ago, in the shortest honest words. */
export function ago(seconds: number): string {
  if (seconds < 60) return t("span.seconds_ago", { n: Math.round(seconds) });
  if (seconds < 5400) return t("span.minutes_ago", { n: Math.round(seconds / 60) });
  return t("span.hours_ago", { n: Math.round(seconds / 3600) });
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${kind}|${language.value}|${timeZone.value ?? ""}`;
  let found = formatters.get(key);
  if (found === undefined) {
    found = new Intl.DateTimeFormat(language.value, timeZone.value ? { ...options, timeZone: timeZone.value } : options);
    formatters.set(key, found);
  }
  return found;
}

function firstLanguage(): Language {
  const kept = keptLanguage();
  if (kept === "en" || kept === "es-MX") return kept;
  const wanted = typeof navigator === "undefined" ? [] : navigator.languages;
  const first = wanted.find((tag) => /^(en|es)\b/.test(tag));
  return first?.startsWith("es") ? "es-MX" : "en";
}

/** In a frame of another site a browser may keep nothing, and say so by throwing. */
function keptLanguage(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function keep(next: Language): void {
  try {
    localStorage.setItem(KEPT, next);
  } catch {
    // Then it counts for this visit only.
  }
}
