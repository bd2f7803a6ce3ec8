import { expect, test } from "vitest";
import { GROUPS, kept, typed } from "./fields";
import { CATALOGUES } from "../i18n";

const field = (name: string) => GROUPS.flatMap((group) => group.fields).find((one) => one.name === name)!;

test("minutes are typed and seconds are kept", () => {
  expect(typed(field("promise_s"), 2700)).toBe("45");
  expect(kept(field("promise_s"), "30")).toBe(1800);
  expect(kept(field("service_s"), "1,5")).toBe(90);
});

test("what is no value is none", () => {
  for (const text of ["", "x", "2", "1441", "-5"]) expect(kept(field("promise_s"), text)).toBeNull();
  expect(kept(field("broadcast_size"), "2.5")).toBeNull();
  expect(kept(field("currency"), " eur ")).toBe("EUR");
  expect(kept(field("embed_origins"), "https://a.mx,\n https://b.mx ")).toBe("https://a.mx https://b.mx");
});

test("every choice has words in every language", () => {
  for (const words of Object.values(CATALOGUES) as Record<string, string>[]) {
    for (const { name, choices } of GROUPS.flatMap((group) => group.fields)) {
      expect(words[`settings.${name}`]).toBeTruthy();
      for (const choice of choices ?? []) expect(words[`settings.${name}.${choice}`] ?? words[`settings.policy.${choice}`]).toBeTruthy();
    }
  }
});
