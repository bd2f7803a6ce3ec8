import { expect, test } from "vitest";
import { buildingIn } from "./roads_chip";

test("a build under way says its percentage, the slowest of several", () => {
  expect(buildingIn({ "roads.bicycle": "building; building: extracting 34 %; straight lines meanwhile" })).toBe("34 %");
  expect(buildingIn({ "roads.bicycle": "serving; building: contracting 80 %", "roads.car": "building; building: extracting 5 %" })).toBe("5 %");
  expect(buildingIn({ "roads.bicycle": "building; straight lines meanwhile" })).toBe("…");
});

test("without a build nothing is said", () => {
  expect(buildingIn({})).toBeNull();
  expect(buildingIn({ "roads.bicycle": "serving", roads: "by URL", other: "building" })).toBeNull();
});
