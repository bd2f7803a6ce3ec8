/**
 * A fleet as a dispatcher's page knows it: snapshot, then deltas, latest position wins.
 *
 * The only writer of this state. Maps change in place; a revision per topic says that something did, so that a
 * burst of positions re-renders nothing. Never touches the DOM.
 */
import { batch, signal, type Signal } from "@preact/signals";
import type {
  AlertEvent,
  CourierView,
  Delta,
  LiveEvent,
  OfferEvent,
  OrderView,
  RouteView,
  Snapshot,
  StopView,
  ZoneView,
} from "../wire/frames";
import { ServerClock } from "./clock";

export type Topic = "couriers" | "orders" | "routes" | "zones" | "alerts";
export type PositionRow = Delta["positions"][number];

export interface Alert extends AlertEvent {
  key: string;
}

const FINAL = new Set(["delivered", "cancelled", "failed"]);
const ALERTS_KEPT = 100;

export class FleetStore {
  readonly clock = new ServerClock();
  readonly couriers = new Map<string, CourierView>();
  readonly orders = new Map<string, OrderView>();
  readonly routes = new Map<string, RouteView>();
  readonly zones = new Map<string, ZoneView>();
  /** Open alerts, newest last. */
  readonly alerts = new Map<string, Alert>();
  /** The courier asked at the moment, by order. */
  readonly asked = new Map<string, OfferEvent>();
  readonly revision: Record<Topic, Signal<number>> = {
    couriers: signal(0),
    orders: signal(0),
    routes: signal(0),
    zones: signal(0),
    alerts: signal(0),
  };
  readonly ready = signal(false);
  readonly scale = signal(1);
  fleet: { id: string; name: string; time_zone: string; lon?: number; lat?: number } | null = null;
  /** Told of every batch of new positions, once per frame from the server. */
  onPositions: (rows: readonly PositionRow[]) => void = () => {};
  onSnapshot: () => void = () => {};
  private epoch: string | null = null;
  private offset = 0;
  private readonly touched = new Set<Topic>();

  /** Where a new connection may carry on; undefined before the first snapshot. */
  resume(): { epoch: string; offset: number } | undefined {
    return this.epoch === null ? undefined : { epoch: this.epoch, offset: this.offset };
  }

  takeSnapshot(frame: Snapshot): void {
    this.clock.sync(frame.server_at_ms, frame.time_scale);
    this.fleet = frame.fleet as unknown as NonNullable<FleetStore["fleet"]>;
    this.epoch = frame.epoch;
    this.offset = frame.offset;
    replace(this.couriers, frame.couriers, (c) => c.id);
    replace(this.orders, frame.orders, (o) => o.id);
    replace(this.routes, frame.routes, (r) => r.courier_id);
    replace(this.zones, frame.zones, (z) => z.id);
    this.asked.clear();
    batch(() => {
      this.scale.value = frame.time_scale;
      this.ready.value = true;
      for (const topic of Object.keys(this.revision) as Topic[]) this.revision[topic].value++;
    });
    this.onSnapshot();
  }

  takeDelta(frame: Delta): void {
    this.offset = Math.max(this.offset, frame.offset);
    for (const row of frame.positions) this.takePosition(row);
    for (const event of frame.events) this.takeEvent(event);
    if (frame.positions.length > 0) this.onPositions(frame.positions);
    this.publish();
  }

  dismiss(key: string): void {
    if (this.alerts.delete(key)) this.touched.add("alerts");
    this.publish();
  }

  /** Shows an order as it is about to be, until the server's own word replaces it; returns how to take it back. */
  foresee(orderId: string, change: Partial<OrderView>): () => void {
    const before = this.orders.get(orderId);
    if (before === undefined) return () => {};
    const shown = { ...before, ...change };
    this.orders.set(orderId, shown);
    this.touched.add("orders");
    this.publish();
    return () => {
      if (this.orders.get(orderId) !== shown) return;
      this.orders.set(orderId, before);
      this.touched.add("orders");
      this.publish();
    };
  }

  private takePosition([id, lon, lat, heading_deg, speed_mps, fix_at_ms, presence]: PositionRow): void {
    const courier = this.couriers.get(id);
    if (courier === undefined || (courier.fix_at_ms ?? 0) > fix_at_ms) return;
    if (courier.presence !== presence || courier.lon === null) this.touched.add("couriers");
    courier.lon = lon;
    courier.lat = lat;
    courier.heading_deg = heading_deg;
    courier.speed_mps = speed_mps;
    courier.fix_at_ms = fix_at_ms;
    courier.presence = presence;
  }

  private takeEvent(event: LiveEvent): void {
    switch (event.type) {
      case "order_status":
        return this.takeOrder(event.order_id, event.status, event.courier_id, event.order);
      case "route":
        return this.takeRoute(event.courier_id, event.version, event.stops);
      case "courier":
        this.couriers.set(event.courier_id, keepPosition(event.courier, this.couriers.get(event.courier_id)));
        this.touched.add("couriers");
        return;
      case "presence":
        return this.takePresence(event.courier_id, event.presence);
      case "zone":
        if (event.zone === null) this.zones.delete(event.zone_id);
        else this.zones.set(event.zone_id, event.zone);
        this.touched.add("zones");
        return;
      case "offer":
        if (event.result === "made") this.asked.set(event.order_id, event);
        else if (this.asked.get(event.order_id)?.offer_id === event.offer_id) this.asked.delete(event.order_id);
        this.touched.add("orders");
        return;
      case "alert":
        return this.takeAlert(event);
      case "fence":
      case "fence_correction":
        return;
    }
  }

  private takeOrder(id: string, status: string, courierId: string | null, order: OrderView | null): void {
    const known = this.orders.get(id);
    if (order !== null) this.orders.set(id, order);
    else if (known !== undefined) this.orders.set(id, { ...known, status, courier_id: courierId });
    if (FINAL.has(status)) this.asked.delete(id);
    if (FINAL.has(status) || (courierId !== null && known?.courier_id !== courierId)) this.clearAlertsOf(id, status);
    this.touched.add("orders");
  }

  private takeRoute(courierId: string, version: number, stops: StopView[]): void {
    const known = this.routes.get(courierId);
    if (known !== undefined && known.version > version) return;
    this.routes.set(courierId, { courier_id: courierId, version, stops });
    this.touched.add("routes");
  }

  private takePresence(courierId: string, presence: string): void {
    const courier = this.couriers.get(courierId);
    if (courier === undefined) return;
    courier.presence = presence;
    this.touched.add("couriers");
  }

  private takeAlert(event: AlertEvent): void {
    if (event.kind === "suggestion_withdrawn") {
      this.alerts.delete(`${event.detail["kind"]}:${event.order_id ?? ""}:${event.courier_id ?? ""}`);
      this.touched.add("alerts");
      return;
    }
    const key = `${event.kind}:${event.order_id ?? ""}:${event.courier_id ?? ""}`;
    this.alerts.delete(key);
    this.alerts.set(key, { ...event, key });
    for (const old of this.alerts.keys()) {
      if (this.alerts.size <= ALERTS_KEPT) break;
      this.alerts.delete(old);
    }
    this.touched.add("alerts");
  }

  private clearAlertsOf(orderId: string, status: string): void {
    for (const alert of this.alerts.values()) {
      const settled = FINAL.has(status) || alert.kind.includes("unassigned");
      if (alert.order_id === orderId && settled) this.alerts.delete(alert.key);
    }
    this.touched.add("alerts");
  }

  private publish(): void {
    if (this.touched.size === 0) return;
    batch(() => {
      for (const topic of this.touched) this.revision[topic].value++;
    });
    this.touched.clear();
  }
}

function replace<V>(map: Map<string, V>, values: readonly V[], id: (value: V) => string): void {
  map.clear();
  for (const value of values) map.set(id(value), value);
}

/** A courier event may carry an older position than the newest position row. */
function keepPosition(next: CourierView, known: CourierView | undefined): CourierView {
  if (known === undefined || (next.fix_at_ms ?? 0) >= (known.fix_at_ms ?? 0)) return next;
  const { lon, lat, heading_deg, speed_mps, fix_at_ms } = known;
  return { ...next, lon, lat, heading_deg, speed_mps, fix_at_ms };
}
