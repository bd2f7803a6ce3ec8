/** The map's layers while history is shown: couriers with their trails and the orders of that moment. */
import { CouriersLayer } from "../map/couriers";
import { OrdersLayer, type OrderMark } from "../map/orders";
import type { Palette } from "../map/palette";
import { TrailsLayer } from "../map/trails";
import type { Layer } from "../map/view";
import type { ReplayDay } from "./day";

const TRAIL_MS = 8 * 60_000;

export class ReplayScene {
  readonly couriers: CouriersLayer;
  readonly orders: OrdersLayer;
  private readonly trails: TrailsLayer;
  readonly layers: Layer[];
  private whole: string | null = null;
  private shownDay: ReplayDay | null = null;

  constructor(colours: Palette) {
    this.couriers = new CouriersLayer(colours);
    this.orders = new OrdersLayer(colours);
    this.trails = new TrailsLayer(colours);
    this.layers = [this.trails, this.orders, this.couriers];
  }

  show(day: ReplayDay | null, atMs: number, chosen: { kind: "order" | "courier"; id: string } | null): void {
    const now = day === null ? [] : day.ordersAt(atMs);
    const carrying = new Set(now.map(([, move]) => move.courierId));
    const chosenOrder = chosen?.kind === "order" ? now.find(([order]) => order.id === chosen.id) : undefined;
    const courierId = chosen?.kind === "courier" ? chosen.id : (chosenOrder?.[1].courierId ?? null);
    this.showCouriers(day, atMs, courierId, carrying);
    this.orders.selected = chosenOrder?.[0].id ?? null;
    this.orders.related = new Set(now.flatMap(([order, move]) => (courierId !== null && move.courierId === courierId ? [order.id] : [])));
    this.orders.show(now.map(([{ id, pickup, dropoff }, { status }]): OrderMark => {
      const onBoard = status === "picked_up" || status === "at_dropoff";
      return { id, pickup, dropoff, late: false, onBoard, open: status === "placed" || status === "scheduled" || status === "offered" };
    }));
  }

  /** Everything of the day, to fit the map to. */
  extent(day: ReplayDay): [number, number][] {
    const points: [number, number][] = [];
    for (const stretches of day.tracks.values()) for (const stretch of stretches) for (const [, lon, lat] of stretch) points.push([lon, lat]);
    for (const { pickup, dropoff } of day.orders.values()) points.push([pickup.lon, pickup.lat], [dropoff.lon, dropoff.lat]);
    return points;
  }

  /** Where a selected order or courier was, to bring it into view. */
  placesOf(kind: "order" | "courier", id: string, day: ReplayDay | null, atMs: number): [number, number][] {
    const order = kind === "order" ? day?.orders.get(id) : undefined;
    if (order !== undefined) return [[order.pickup.lon, order.pickup.lat], [order.dropoff.lon, order.dropoff.lat]];
    const place = kind === "courier" ? day?.placeAt(id, atMs) : null;
    return place ? [[place.lon, place.lat]] : [];
  }

  private showCouriers(day: ReplayDay | null, atMs: number, courierId: string | null, carrying: ReadonlySet<string | null>): void {
    const marks = [];
    const trails = [];
    for (const id of day?.tracks.keys() ?? []) {
      const place = day?.placeAt(id, atMs) ?? null;
      if (day === null || place === null) continue;
      const { lon, lat, headingDeg, silentS } = place;
      const at = { id, lon, lat, headingDeg, speedMps: null };
      const name = day.names.get(id) ?? id;
      marks.push({ id, name, ageS: () => silentS, carrying: carrying.has(id), active: silentS === 0, onBreak: false, at });
      trails.push({ ways: day.way(id, atMs - TRAIL_MS, atMs), chosen: id === courierId });
    }
    this.couriers.selected = courierId;
    this.couriers.stand(marks);
    this.trails.trails = trails;
    if (this.whole === courierId && this.shownDay === day) return;
    [this.whole, this.shownDay] = [courierId, day];
    this.trails.whole = day === null || courierId === null ? [] : day.way(courierId, day.fromMs, day.toMs);
  }
}
