import { afterEach, expect, test } from "vitest";
import { CATALOGUES, LANGUAGES, ago, clockRange, honestRange, money, setLanguage, t, tCode, timeZone, type Key } from ".";
import { format } from "./format";

afterEach(() => {
  setLanguage("en");
  timeZone.value = undefined;
});

/** The names of a message's placeholders. */
function placeholders(message: string): string[] {
  return [...new Set([...message.matchAll(/(?<!(?:=\d+|one|other) )\{(\w+)(?:\}|,)/g)].map((found) => found[1] ?? ""))].sort();
}

test("every language says everything", () => {
  const keys = Object.keys(CATALOGUES.en).sort();
  for (const name of LANGUAGES) expect(Object.keys(CATALOGUES[name]).sort()).toEqual(keys);
});

test.each(Object.keys(CATALOGUES.en) as Key[])("%s is not empty and has the same placeholders everywhere", (key) => {
  for (const name of LANGUAGES) {
    expect(CATALOGUES[name][key].trim()).not.toBe("");
    expect(placeholders(CATALOGUES[name][key])).toEqual(placeholders(CATALOGUES.en[key]));
  }
});

test("a rider is spoken to as a rider", () => {
  const spanish = Object.values(CATALOGUES["es-MX"]).join("\n").toLowerCase();
  for (const word of ["asignación exitosa", "exitosamente", "operación realizada", "usuario final"]) expect(spanish).not.toContain(word);
  setLanguage("es-MX");
  expect(t("offer.decline")).toBe("No puedo");
  expect(t("offer.accept")).toBe("Aceptar");
});

test("plurals follow the language", () => {
  expect(format("{n, plural, =0 {none} one {# stop} other {# stops}}", { n: 0 }, "en")).toBe("none");
  expect(format("{n, plural, one {# stop} other {# stops}}", { n: 1 }, "en")).toBe("1 stop");
  expect(format("{n, plural, one {# parada} other {# paradas}}", { n: 1_200 }, "es-MX")).toBe("1,200 paradas");
});

test("a placeholder inside a plural is filled in", () => {
  expect(format("{n, plural, one {# for {who}} other {# all for {who}}}", { n: 2, who: "Ana" }, "en")).toBe("2 all for Ana");
});

test("a missing value stays visible", () => {
  expect(format("Hello {name}", {}, "en")).toBe("Hello {name}");
});

test("an unknown code falls back to the server's words", () => {
  expect(tCode("error", "brand_new", "Said by the server")).toBe("Said by the server");
});

test("times are the fleet's, not the browser's", () => {
  timeZone.value = "America/Mexico_City";
  const at = Date.UTC(2026, 10, 23, 20, 55);
  expect(clockRange(at, at + 300_000)).toMatch(/2:55\s*–\s*3:00\s*PM/);
});

test("an arrival is promised in whole five minutes, rounded outward", () => {
  timeZone.value = "UTC";
  expect(honestRange(Date.UTC(2026, 0, 1, 13, 37), Date.UTC(2026, 0, 1, 13, 44))).toMatch(/1:35\s*–\s*1:45/);
  expect(honestRange(Date.UTC(2026, 0, 1, 13, 35), Date.UTC(2026, 0, 1, 13, 35))).toMatch(/1:35\s*–\s*1:40/);
});

test("money and ages are said as people there say them", () => {
  setLanguage("es-MX");
  expect(money(24_550, "MXN")).toBe("$245.50");
  expect(ago(42)).toBe("hace 42 s");
  expect(ago(600)).toBe("hace 10 min");
  expect(ago(3_600 * 3)).toBe("hace 3 horas");
});
