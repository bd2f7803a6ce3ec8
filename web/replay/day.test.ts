import { expect, test } from "vitest";
import type { ReplayDayDoc, ReplayOrderDoc } from "../wire/rest";
import { moveAt, ReplayDay } from "./day";

const MIDNIGHT = Date.parse("2025-11-23T06:00:00Z");
const DAY: ReplayDayDoc = {
  date: "2025-11-23",
  time_zone: "America/Mexico_City",
  from_at: "2025-11-23T06:00:00Z",
  to_at: "2025-11-24T06:00:00Z",
  now: "2025-11-25T06:00:00Z",
  tracks_kept_from: "2025-10-01T06:00:00Z",
  couriers: [{ id: "c_1", name: "Lupita", vehicle: "bicycle" }],
};
const end = { lon: 0, lat: 0, name: "Fonda", address: null };
const at = (seconds: number): number => MIDNIGHT + seconds * 1000;
const move = (seconds: number, trigger: string, status: string, courier_id: string | null = null) => ({
  at: new Date(at(seconds)).toISOString(),
  trigger,
  status,
  courier_id,
});
const ORDER: ReplayOrderDoc = {
  id: "o_1",
  ref: "A-1",
  pickup: end,
  dropoff: end,
  history: [move(-60, "place", "placed"), move(100, "accept", "assigned", "c_1"), move(900, "deliver", "delivered", "c_1")],
};
const day = (stretches: [number, number, number][][]) => new ReplayDay(DAY, [{ courier_id: "c_1", stretches }], [ORDER]);

test("between two points the courier is on the line between them, riding along it", () => {
  const place = day([[[100, 0, 0], [200, 10, 0]]]).placeAt("c_1", at(150));
  expect(place).toEqual({ lon: 5, lat: 0, headingDeg: 90, silentS: 0 });
});

test("a silence is told as one, and after a quarter of an hour nobody is drawn", () => {
  const silent = day([[[100, 0, 0], [200, 10, 0]], [[5000, 20, 0], [5100, 30, 0]]]);
  expect(silent.placeAt("c_1", at(260))).toEqual({ lon: 10, lat: 0, headingDeg: null, silentS: 60 });
  expect(silent.placeAt("c_1", at(2000))).toBeNull();
  expect(silent.placeAt("c_1", at(50))).toBeNull();
  expect(silent.placeAt("c_1", at(5000))?.lon).toBe(20);
  expect(silent.placeAt("c_2", at(150))).toBeNull();
});

test("the way between two moments begins and ends at them and leaves silences out", () => {
  const ridden = day([[[0, 0, 0], [100, 10, 0], [200, 20, 0]], [[900, 50, 0]]]);
  expect(ridden.way("c_1", at(50), at(150))).toEqual([[[5, 0], [10, 0], [15, 0]]]);
  expect(ridden.way("c_1", at(150), at(1000))).toEqual([[[15, 0], [20, 0]], [[50, 0]]]);
  expect(ridden.way("c_1", at(300), at(400))).toEqual([]);
});

test("an order stands where its last move put it, and leaves when it is over", () => {
  const orders = day([]);
  expect(orders.ordersAt(at(50)).map(([, now]) => now.status)).toEqual(["placed"]);
  expect(orders.ordersAt(at(100)).map(([, now]) => now.courierId)).toEqual(["c_1"]);
  expect(orders.ordersAt(at(1000))).toEqual([]);
  expect(moveAt([...orders.orders.values()][0]!, at(-100))).toBeNull();
});

test("only what happened on the day is among its events, and the day begins with the first thing known", () => {
  const told = day([[[300, 0, 0], [400, 1, 1]]]);
  expect(told.events.map((event) => event.trigger)).toEqual(["accept", "deliver"]);
  expect([told.countAt(at(99)), told.countAt(at(100)), told.countAt(at(9999))]).toEqual([0, 1, 2]);
  expect([told.firstMs, told.lastMs]).toEqual([at(100), at(900)]);
  expect(new ReplayDay(DAY, [], []).isEmpty).toBe(true);
});

test("forty couriers with thousands of points are found in a blink", () => {
  const tracks = Array.from({ length: 40 }, (_, n) => ({
    courier_id: `c_${n}`,
    stretches: [Array.from({ length: 4000 }, (_, i): [number, number, number] => [i * 7, i / 1e4, n / 100])],
  }));
  const full = new ReplayDay(DAY, tracks, []);
  const begun = performance.now();
  for (let frame = 0; frame < 100; frame++) {
    for (let n = 0; n < 40; n++) full.placeAt(`c_${n}`, at(frame * 250));
  }
  expect(performance.now() - begun).toBeLessThan(100);
});
