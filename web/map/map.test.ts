import { expect, test } from "vitest";
import { ageText, fade } from "./couriers";
import { roundDistance } from "./grid";
import { mapStyle } from "./style";
import { View } from "./view";
import { zoneFeature } from "./zones";
import { mercatorX, mercatorY } from "../live/glide";

test("the middle of the view is the middle of the screen", () => {
  const view = View.of(800, 600, -99.17, 19.41, 14);
  expect(view.x(mercatorX(-99.17))).toBeCloseTo(400, 6);
  expect(view.y(mercatorY(19.41))).toBeCloseTo(300, 6);
  expect(view.lonLatAt(400, 300).lat).toBeCloseTo(19.41, 9);
});

test("a fresh courier is solid, an old one pale but never gone", () => {
  expect(fade(0)).toBe(1);
  expect(fade(60)).toBeLessThan(1);
  expect(fade(100_000)).toBeCloseTo(0.3);
  expect(ageText(130)).toBe("2 min");
});

test("the grid keeps to round distances", () => {
  expect([13, 140, 330, 720, 980].map(roundDistance)).toEqual([10, 100, 200, 500, 1000]);
});

test("a round zone becomes a closed ring of its radius", () => {
  const zone = { id: "z", name: "Z", kind: "hub", geometry: { type: "Point", coordinates: [-99, 19] }, radius_m: 500 };
  const ring = (zoneFeature(zone).geometry as GeoJSON.Polygon).coordinates[0] ?? [];
  expect(ring[0]).toEqual(ring.at(-1));
  expect(Math.max(...ring.map(([, lat = 0]) => lat)) - 19).toBeCloseTo(500 / 111_195, 6);
});

test("without a base map the style is plain land and asks nobody for anything", () => {
  const plain = mapStyle({ kind: "none" }, { land: "#fff" } as never);
  expect(plain.sources).toEqual({});
  expect(plain.glyphs).toBeUndefined();
});

test("layers without data are left out of the style", () => {
  const streets = { type: "FeatureCollection" as const, features: [] };
  const style = mapStyle({ kind: "geojson", attribution: "", label: "", bounds: [0, 0, 1, 1], layers: { streets } }, {} as never);
  expect(Object.keys(style.sources)).toEqual(["streets"]);
  expect(style.layers.every((layer) => !("source" in layer) || layer.source === "streets")).toBe(true);
});
