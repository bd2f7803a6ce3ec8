import { beforeEach, expect, test } from "vitest";
import type { CourierView, Delta, LiveEvent, OrderView, Snapshot } from "../wire/frames";
import { FleetStore, type PositionRow } from "./fleet_store";

const courier = (id: string, change: Partial<CourierView> = {}): CourierView => ({
  id, name: id, vehicle: "bicycle", shift: "on", presence: "online",
  lon: -99, lat: 19, heading_deg: null, speed_mps: null, fix_at_ms: 1_000, battery_pct: null, ...change,
});
const end = { lon: -99, lat: 19, name: null, address: null, phone: null, notes: null, ready_at_ms: null,
  window: { earliest_at_ms: null, latest_at_ms: null } };
export const order = (id: string, change: Partial<OrderView> = {}): OrderView => ({
  id, status: "placed", ref: null, courier_id: null, pinned: false, pickup: end, dropoff: end,
  eta: { pickup: null, dropoff: null }, placed_at_ms: 0, version: 1, unassigned_reason: null, group: null,
  requires: [], payment: null, late: false, ...change,
});
const snapshot = (change: Partial<Snapshot> = {}): Snapshot => ({
  type: "snapshot", epoch: "e1", offset: 10, server_at_ms: 5_000, time_scale: 1, fleet: { id: "f", name: "F" },
  couriers: [courier("c1")], orders: [order("o1")], routes: [], zones: [], ...change,
});
const delta = (offset: number, positions: PositionRow[], events: LiveEvent[] = []): Delta => ({
  type: "delta", offset, positions, events,
});

let store: FleetStore;
beforeEach(() => {
  store = new FleetStore();
  store.takeSnapshot(snapshot());
});

test("a later position replaces the one before, an earlier one does not", () => {
  store.takeDelta(delta(10, [["c1", -99.1, 19.1, 90, 4, 3_000, "online"]]));
  store.takeDelta(delta(10, [["c1", -98.0, 18.0, 90, 4, 2_000, "online"]]));
  expect(store.couriers.get("c1")).toMatchObject({ lon: -99.1, lat: 19.1, fix_at_ms: 3_000 });
});

test("positions alone re-render no list", () => {
  const before = store.revision.couriers.value;
  store.takeDelta(delta(11, [["c1", -99.1, 19.1, 90, 4, 3_000, "online"]]));
  expect(store.revision.couriers.value).toBe(before);
});

test("positions are handed on once per frame", () => {
  let calls = 0;
  store.onPositions = () => calls++;
  store.takeDelta(delta(11, [["c1", -99.1, 19.1, 90, 4, 3_000, "online"], ["c1", -99.2, 19.1, 90, 4, 3_500, "online"]]));
  expect(calls).toBe(1);
});

test("a new connection carries on from the last offset of the same epoch", () => {
  store.takeDelta(delta(17, []));
  store.takeDelta(delta(12, []));
  expect(store.resume()).toEqual({ epoch: "e1", offset: 17 });
});

test("a fresh snapshot replaces everything that was known", () => {
  store.takeSnapshot(snapshot({ epoch: "e2", offset: 1, orders: [order("o2")], couriers: [] }));
  expect([...store.orders.keys()]).toEqual(["o2"]);
  expect(store.couriers.size).toBe(0);
  expect(store.resume()).toEqual({ epoch: "e2", offset: 1 });
});

test("an order event brings the whole new order", () => {
  const next = order("o1", { status: "assigned", courier_id: "c1", version: 2 });
  store.takeDelta(delta(11, [], [{ type: "order_status", at_ms: 1, order_id: "o1", status: "assigned", courier_id: "c1", order: next }]));
  expect(store.orders.get("o1")).toEqual(next);
});

test("an order event without the order changes what is known of it", () => {
  store.takeDelta(delta(11, [], [{ type: "order_status", at_ms: 1, order_id: "o1", status: "delivered", courier_id: "c1", order: null }]));
  expect(store.orders.get("o1")).toMatchObject({ status: "delivered", courier_id: "c1" });
});

test("a route of an older version does not come back", () => {
  store.takeDelta(delta(11, [], [{ type: "route", at_ms: 1, courier_id: "c1", version: 5, stops: [] }]));
  store.takeDelta(delta(12, [], [{ type: "route", at_ms: 1, courier_id: "c1", version: 4, stops: [] }]));
  expect(store.routes.get("c1")?.version).toBe(5);
});

test("a courier event does not move the courier back in time", () => {
  store.takeDelta(delta(11, [["c1", -99.5, 19.5, null, null, 9_000, "online"]]));
  store.takeDelta(delta(12, [], [{ type: "courier", at_ms: 1, courier_id: "c1", courier: courier("c1", { shift: "break", fix_at_ms: 8_000 }) }]));
  expect(store.couriers.get("c1")).toMatchObject({ shift: "break", lon: -99.5, fix_at_ms: 9_000 });
});

test("what a person changes shows at once and can be taken back", () => {
  const takeBack = store.foresee("o1", { status: "cancelled" });
  expect(store.orders.get("o1")?.status).toBe("cancelled");
  takeBack();
  expect(store.orders.get("o1")?.status).toBe("placed");
});

test("taking back leaves the server's own later word alone", () => {
  const takeBack = store.foresee("o1", { status: "cancelled" });
  const next = order("o1", { status: "assigned", courier_id: "c1" });
  store.takeDelta(delta(11, [], [{ type: "order_status", at_ms: 1, order_id: "o1", status: "assigned", courier_id: "c1", order: next }]));
  takeBack();
  expect(store.orders.get("o1")?.status).toBe("assigned");
});

test("an alert about the same thing is shown once and goes when its order ends", () => {
  const alert = { type: "alert" as const, at_ms: 1, kind: "order_late", order_id: "o1", courier_id: null, detail: {} };
  store.takeDelta(delta(11, [], [alert, { ...alert, at_ms: 2 }]));
  expect(store.alerts.size).toBe(1);
  store.takeDelta(delta(12, [], [{ type: "order_status", at_ms: 3, order_id: "o1", status: "delivered", courier_id: "c1", order: null }]));
  expect(store.alerts.size).toBe(0);
});

test("a zone event draws, redraws and removes", () => {
  const zone = { id: "z", name: "Centro", kind: "hub", geometry: {}, radius_m: null };
  store.takeDelta(delta(11, [], [{ type: "zone", at_ms: 1, zone_id: "z", zone }]));
  expect(store.zones.get("z")?.name).toBe("Centro");
  store.takeDelta(delta(12, [], [{ type: "zone", at_ms: 2, zone_id: "z", zone: null }]));
  expect(store.zones.size).toBe(0);
});
