import { expect, test } from "vitest";
import type { OrderView } from "../wire/frames";
import { endName, groupOf, grouped } from "./groups";

const end = { lon: -99.12345, lat: 19.4, name: null, address: null, phone: null, notes: null, ready_at_ms: null,
  window: { earliest_at_ms: null, latest_at_ms: null } };
const order = (id: string, change: Partial<OrderView> = {}): OrderView => ({
  id, status: "placed", ref: null, courier_id: null, pinned: false, pickup: end, dropoff: end,
  eta: { pickup: null, dropoff: null }, placed_at_ms: 0, version: 1, unassigned_reason: null, group: null,
  requires: [], payment: null, late: false, ...change,
});

test.each([
  [{ status: "placed" }, "finding"],
  [{ status: "placed", unassigned_reason: "waiting_for_courier" }, "finding"],
  [{ status: "placed", unassigned_reason: "not_yet" }, "finding"],
  [{ status: "placed", unassigned_reason: "everyone_declined" }, "needs"],
  [{ status: "offered" }, "finding"],
  [{ status: "assigned" }, "to_pickup"],
  [{ status: "assigned", late: true }, "needs"],
  [{ status: "at_dropoff" }, "on_the_way"],
  [{ status: "scheduled", unassigned_reason: "not_yet" }, "later"],
  [{ status: "delivered", late: true }, "done"],
  [{ status: "something_new" }, "finding"],
] as const)("%j belongs to %s", (change, group) => {
  expect(groupOf(order("o", change))).toBe(group);
});

test("who is due first comes first, and what is done last comes first", () => {
  const eta = (ms: number) => ({ pickup: null, dropoff: { p10_at_ms: ms, p50_at_ms: ms, p90_at_ms: ms } });
  const groups = grouped([
    order("late", { status: "assigned", eta: eta(900) }),
    order("soon", { status: "assigned", eta: eta(100) }),
    order("old", { status: "delivered", placed_at_ms: 1 }),
    order("new", { status: "delivered", placed_at_ms: 2 }),
  ]);
  expect(groups.get("to_pickup")?.map((one) => one.id)).toEqual(["soon", "late"]);
  expect(groups.get("done")?.map((one) => one.id)).toEqual(["new", "old"]);
});

test("a place without a name is said by its coordinates", () => {
  expect(endName(end)).toBe("19.4000, -99.1235");
});
