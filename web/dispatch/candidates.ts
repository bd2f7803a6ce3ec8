/** Who could take an order, nearest first; with the planner's own figures where it has them. */
import type { FleetStore } from "../live/fleet_store";
import { mercatorX, mercatorY, unitsPerMetre } from "../live/glide";
import type { CourierView, OrderView } from "../wire/frames";
import type { Api } from "../wire/rest";
import { readExplanation } from "./explanation";

export interface Candidate {
  courierId: string;
  name: string;
  /** Straight to the pickup, metres; null without a position. */
  distanceM: number | null;
  stops: number;
  /** What the planner reckons it costs with this courier, minutes that somebody waits; null when not reckoned. */
  costMin: number | null;
  /** The rule by which the planner left the courier out; null when it did not. */
  rule: string | null;
}

/** Couriers at work, best first: the planner's figures, then distance. */
export async function candidatesOf(api: Api, store: FleetStore, order: OrderView): Promise<Candidate[]> {
  const explanation = await api.explanation(order.id).then(readExplanation, () => null);
  const list = nearest(store, order);
  for (const one of list) {
    const told = explanation?.candidates.find((candidate) => candidate.courierId === one.courierId);
    one.costMin = told?.costMin ?? null;
    one.rule = told?.rule ?? null;
  }
  return list.sort(better);
}

/** Couriers at work by distance to the pickup; needs no answer from the server. */
export function nearest(store: FleetStore, order: OrderView): Candidate[] {
  const list: Candidate[] = [];
  for (const courier of store.couriers.values()) {
    if (courier.shift !== "on") continue;
    const stops = store.routes.get(courier.id)?.stops.length ?? 0;
    const distanceM = metresBetween(courier, order.pickup);
    list.push({ courierId: courier.id, name: courier.name, distanceM, stops, costMin: null, rule: null });
  }
  return list.sort(better);
}

function better(a: Candidate, b: Candidate): number {
  if ((a.rule === null) !== (b.rule === null)) return a.rule === null ? -1 : 1;
  if ((a.costMin === null) !== (b.costMin === null)) return a.costMin === null ? 1 : -1;
  if (a.costMin !== null && b.costMin !== null && a.costMin !== b.costMin) return a.costMin - b.costMin;
  return (a.distanceM ?? Infinity) - (b.distanceM ?? Infinity);
}

export function metresBetween(courier: CourierView, place: { lon: number; lat: number }): number | null {
  if (courier.lon === null || courier.lat === null) return null;
  const dx = mercatorX(courier.lon) - mercatorX(place.lon);
  const dy = mercatorY(courier.lat) - mercatorY(place.lat);
  return Math.hypot(dx, dy) / unitsPerMetre(place.lat);
}
