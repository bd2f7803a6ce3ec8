import { expect, test } from "vitest";
import { placeAt, readTrack } from "./track_points";

const doc = (coordinates: number[][], times: number[]): GeoJSON.FeatureCollection => ({
  type: "FeatureCollection",
  features: [{ type: "Feature", geometry: { type: "LineString", coordinates }, properties: { fix_at_ms: times } }],
});

test("a track is its places in order of time", () => {
  expect(readTrack(doc([[1, 2], [3, 4]], [20, 10]))).toEqual([{ lon: 3, lat: 4, atMs: 10 }, { lon: 1, lat: 2, atMs: 20 }]);
  expect(readTrack({ type: "FeatureCollection", features: [] })).toEqual([]);
});

test("between two fixes the courier is on the line between them", () => {
  const points = readTrack(doc([[0, 0], [10, 20]], [0, 100]));
  expect(placeAt(points, 50)).toEqual({ lon: 5, lat: 10 });
  expect(placeAt(points, -5)).toEqual({ lon: 0, lat: 0 });
  expect(placeAt(points, 500)).toEqual({ lon: 10, lat: 20 });
});
