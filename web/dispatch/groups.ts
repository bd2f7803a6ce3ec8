/** Orders by what they ask of a dispatcher, most urgent first. */
import type { OrderView } from "../wire/frames";

export const GROUPS = ["needs", "finding", "to_pickup", "on_the_way", "later", "done"] as const;
export type Group = (typeof GROUPS)[number];

/** Reasons that pass by themselves; every other reason wants a person. */
const PASSING = new Set(["not_yet", "waiting_for_courier"]);

const BY_STATUS: Record<string, Group> = {
  scheduled: "later",
  placed: "finding",
  offered: "finding",
  assigned: "to_pickup",
  at_pickup: "to_pickup",
  picked_up: "on_the_way",
  at_dropoff: "on_the_way",
  delivered: "done",
  cancelled: "done",
  failed: "done",
};

export function groupOf(order: OrderView): Group {
  const usual = BY_STATUS[order.status] ?? "finding";
  if (usual === "done" || usual === "later") return usual;
  const stuck = usual === "finding" && order.unassigned_reason !== null && !PASSING.has(order.unassigned_reason);
  return order.late || stuck ? "needs" : usual;
}

/** Every group in order of urgency; within one, who must be served first comes first. */
export function grouped(orders: Iterable<OrderView>): Map<Group, OrderView[]> {
  const groups = new Map<Group, OrderView[]>(GROUPS.map((group) => [group, []]));
  for (const order of orders) groups.get(groupOf(order))?.push(order);
  for (const [group, list] of groups) {
    list.sort(group === "done" ? (a, b) => b.placed_at_ms - a.placed_at_ms : (a, b) => dueAtMs(a) - dueAtMs(b));
  }
  return groups;
}

/** When an order is due: its window's end, else when it is expected, else when it was placed. */
export function dueAtMs(order: OrderView): number {
  return order.dropoff.window.latest_at_ms ?? order.eta.dropoff?.p50_at_ms ?? order.placed_at_ms;
}

/** Orders that nobody is bound to yet. */
export function isOpen(order: OrderView): boolean {
  return order.status === "placed" || order.status === "offered" || order.status === "scheduled";
}

export function isOnBoard(order: OrderView): boolean {
  return order.status === "picked_up" || order.status === "at_dropoff";
}

export function isOver(order: OrderView): boolean {
  return BY_STATUS[order.status] === "done";
}

/** What people call an order: the shop's number, else the end of our id. */
export function orderName(order: { id: string; ref?: string | null }): string {
  return order.ref ?? order.id.slice(-5);
}

export function endName(end: { name?: string | null; address?: string | null; lon: number; lat: number }): string {
  return end.name ?? end.address ?? `${end.lat.toFixed(4)}, ${end.lon.toFixed(4)}`;
}
