/** The dispatcher's map: the store and the selection drawn, clicks turned into selections. Loaded lazily. */
import { effect } from "@preact/signals";
import type { Map as BaseMap, MapMouseEvent } from "maplibre-gl";
import { t } from "../i18n";
import type { Desk } from "./desk";
import { centreOf, createBase } from "../map/base";
import { CouriersLayer, type Fresh } from "../map/couriers";
import { DraftLayer } from "../map/draft";
import { GridLayer } from "../map/grid";
import { OrdersLayer, type OrderMark } from "../map/orders";
import { OutlineLayer } from "../map/outline";
import { Overlay } from "../map/overlay";
import { palette } from "../map/palette";
import { FirstLegsLayer, LegsLayer, RouteLines, StopNumbersLayer } from "../map/routes";
import { addZones } from "../map/zones";
import type { Replay } from "../replay/replay";
import type { CourierView as Courier, OrderView } from "../wire/frames";
import { isOnBoard, isOpen, isOver } from "./groups";
import { ReplayScene } from "../replay/scene";

export class FleetMap {
  private readonly base: BaseMap;
  private readonly overlay: Overlay;
  private readonly couriers: CouriersLayer;
  private readonly orders: OrdersLayer;
  private readonly routes = new RouteLines();
  private readonly numbers: StopNumbersLayer;
  private readonly draft: DraftLayer;
  private readonly past: ReplayScene;
  private readonly outline: OutlineLayer;
  private readonly undo: (() => void)[] = [];
  private fitted = false;

  constructor(
    container: HTMLElement,
    private readonly desk: Desk,
  ) {
    const basemap = desk.basemap.value ?? { kind: "none" as const };
    const { fleet } = desk.store;
    const home = fleet?.lon !== undefined && fleet.lat !== undefined ? { lon: fleet.lon, lat: fleet.lat } : null;
    const center = centreOf(basemap) ?? home ?? { lon: 0, lat: 20 };
    const colours = palette();
    this.base = createBase({ container, basemap, center, zoom: home || basemap.kind !== "none" ? 13 : 2, label: t("map") });
    this.overlay = new Overlay(this.base);
    this.couriers = new CouriersLayer(colours, () => desk.store.clock.scale);
    this.orders = new OrdersLayer(colours);
    const legs = new LegsLayer(colours, this.routes);
    const firstLegs = new FirstLegsLayer(colours, this.routes, (id, nowMs) => this.couriers.shown(id, nowMs));
    this.numbers = new StopNumbersLayer(colours);
    this.draft = new DraftLayer(colours);
    this.past = new ReplayScene(colours);
    this.outline = new OutlineLayer(colours);
    const ground = basemap.kind === "none" ? [new GridLayer(colours)] : [];
    const still = [...ground, legs, this.orders, this.numbers, this.outline, this.draft];
    this.watch(colours);
    this.watchReplay(
      () => this.overlay.use(still, [firstLegs, this.couriers]),
      () => this.overlay.use([...ground, ...this.past.layers], []),
    );
    this.listen();
    desk.fitMap = () => this.fit();
    desk.courierAt = (clientX, clientY) => this.courierAt(clientX, clientY);
  }

  remove(): void {
    this.desk.store.onPositions = () => {};
    this.desk.fitMap = () => {};
    this.desk.courierAt = () => null;
    this.undo.forEach((stop) => stop());
    this.overlay.remove();
    this.base.remove();
  }

  /** Shows every courier on shift and every open order. */
  fit(animate = true): void {
    const day = this.desk.replay.value?.day.peek() ?? null;
    const points: [number, number][] = day === null ? [] : this.past.extent(day);
    if (this.desk.replay.peek() !== null) return this.show(points, animate);
    for (const c of this.desk.store.couriers.values()) if (isDrawn(c)) points.push([c.lon ?? 0, c.lat ?? 0]);
    for (const o of this.desk.store.orders.values()) {
      if (!isOver(o)) points.push([o.pickup.lon, o.pickup.lat], [o.dropoff.lon, o.dropoff.lat]);
    }
    this.show(points, animate);
  }

  private show(points: [number, number][], animate: boolean): void {
    if (points.length === 0) return;
    this.fitted = true;
    const bounds = extent(points);
    this.base.fitBounds(bounds, { padding: 70, maxZoom: 16, duration: animate ? 500 : 0 });
  }

  private watch(colours: ReturnType<typeof palette>): void {
    const { store, selection, draft } = this.desk;
    const on = (run: () => void): void => void this.undo.push(effect(run));
    on(() => {
      store.revision.couriers.value;
      store.revision.routes.value;
      this.showCouriers();
    });
    on(() => {
      store.revision.orders.value;
      this.orders.show(orderMarks(store.orders.values()));
      this.overlay.changed();
    });
    on(() => {
      store.revision.routes.value;
      selection.value;
      this.routes.show(Array.from(store.routes.values(), (r) => ({ courierId: r.courier_id, stops: r.stops })));
      this.showSelection();
    });
    on(() => {
      this.outline.corners = this.desk.outline.value?.corners ?? [];
      this.overlay.changed();
    });
    on(() => {
      this.draft.ends = draft.value;
      this.overlay.changed();
    });
    on(() => {
      this.base.getCanvas().style.cursor = this.desk.picking.value === null && this.desk.outline.value === null ? "" : "crosshair";
    });
    store.onPositions = (rows) => {
      this.couriers.move(rows.map(([id, lon, lat, headingDeg, speedMps]) => ({ id, lon, lat, headingDeg, speedMps })));
      this.overlay.wake();
    };
    this.base.on("load", () => {
      const showZones = addZones(this.base, colours);
      on(() => {
        store.revision.zones.value;
        showZones(store.zones.values());
      });
    });
    const ageing = setInterval(() => this.overlay.wake(), 5_000);
    this.undo.push(() => clearInterval(ageing));
  }

  /** Live layers and those of history take turns; each new day is brought into view once. */
  private watchReplay(showLive: () => void, showPast: () => void): void {
    let fittedDay: unknown = null;
    const past = (replay: Replay): void => {
      const day = replay.day.value;
      this.past.show(day, replay.atMs.value, this.desk.selection.value);
      if (day !== null && day !== fittedDay) this.fit();
      fittedDay = day;
      this.overlay.changed();
    };
    let wasLive: boolean | null = null;
    this.undo.push(
      effect(() => {
        const replay = this.desk.replay.value;
        if (wasLive !== (replay === null)) (replay === null ? showLive : showPast)();
        wasLive = replay === null;
        if (replay !== null) past(replay);
      }),
    );
  }

  /** What is drawn now, live or past, for finding what a finger meant. */
  private get drawn(): { couriers: CouriersLayer; orders: OrdersLayer } {
    const { couriers, orders } = this;
    return this.desk.replay.value === null ? { couriers, orders } : this.past;
  }

  private showCouriers(): void {
    const { store } = this.desk;
    const marks = [];
    for (const courier of store.couriers.values()) {
      if (!isDrawn(courier)) continue;
      const at = freshOf(courier);
      marks.push({
        id: courier.id,
        name: courier.name,
        ageS: () => store.clock.wallAgeS(courier.fix_at_ms ?? 0),
        carrying: (store.routes.get(courier.id)?.stops.length ?? 0) > 0,
        active: courier.shift === "on" && courier.presence === "online",
        onBreak: courier.shift === "break",
        at,
      });
    }
    this.couriers.show(marks);
    if (!this.fitted && marks.length > 0 && store.ready.value) this.fit(false);
    this.overlay.soon();
  }

  private showSelection(): void {
    const { store, selection } = this.desk;
    const chosen = selection.value;
    const order = chosen?.kind === "order" ? store.orders.get(chosen.id) : undefined;
    const courierId = chosen?.kind === "courier" ? chosen.id : (order?.courier_id ?? null);
    const stops = courierId === null ? [] : (store.routes.get(courierId)?.stops ?? []);
    this.couriers.selected = this.routes.selected = courierId;
    this.orders.selected = order?.id ?? null;
    this.orders.related = new Set(stops.map((stop) => stop.order_id));
    this.numbers.stops = stops;
    this.overlay.changed();
  }

  private listen(): void {
    const { desk } = this;
    let lastKey = "";
    this.undo.push(
      effect(() => {
        const chosen = desk.selection.value;
        const key = chosen === null ? "" : `${chosen.kind}:${chosen.id}`;
        if (key !== lastKey && chosen !== null) this.bringIntoView(chosen.kind, chosen.id);
        lastKey = key;
      }),
    );
    this.base.on("mousedown", (event) => this.dragCorner(event));
    this.base.on("click", ({ point, lngLat }) => {
      const outline = desk.outline.value;
      if (outline !== null) {
        if (this.outline.hit(this.overlay.view(), point.x, point.y) === -1) {
          desk.outline.value = { ...outline, corners: [...outline.corners, [lngLat.lng, lngLat.lat]] };
        }
        return;
      }
      const end = desk.picking.value;
      if (end !== null) {
        desk.draft.value = { ...desk.draft.value, [end]: { lon: lngLat.lng, lat: lngLat.lat } };
        desk.picking.value = end === "pickup" && desk.draft.value.dropoff === null ? "dropoff" : null;
        return;
      }
      const view = this.overlay.view();
      const { couriers, orders } = this.drawn;
      const courier = couriers.hit(view, point.x, point.y);
      const order = courier === null ? orders.hit(view, point.x, point.y) : null;
      if (courier !== null) desk.select("courier", courier);
      else if (order !== null) desk.select("order", order);
      else if (desk.sheet.value === "none") desk.selection.value = null;
    });
    this.base.on("mousemove", ({ point }) => {
      if (desk.picking.value !== null || desk.outline.value !== null) return;
      const view = this.overlay.view();
      const { couriers, orders } = this.drawn;
      const courier = couriers.hit(view, point.x, point.y);
      const found = courier !== null || orders.hit(view, point.x, point.y) !== null;
      this.base.getCanvas().style.cursor = found ? "pointer" : "";
      if (courier === couriers.hovered) return;
      couriers.hovered = courier;
      this.overlay.changed();
    });
  }

  /** Moves a corner of the zone being drawn instead of the map. */
  private dragCorner(event: MapMouseEvent): void {
    const { desk } = this;
    const corner = this.outline.hit(this.overlay.view(), event.point.x, event.point.y);
    if (desk.outline.value === null || corner === -1) return;
    event.preventDefault();
    const move = ({ lngLat }: MapMouseEvent): void => {
      const outline = desk.outline.value;
      if (outline === null) return;
      const corners = outline.corners.map((old, i): [number, number] => (i === corner ? [lngLat.lng, lngLat.lat] : old));
      desk.outline.value = { ...outline, corners };
    };
    this.base.on("mousemove", move);
    addEventListener("mouseup", () => void this.base.off("mousemove", move), { once: true });
  }

  private courierAt(clientX: number, clientY: number): string | null {
    const box = this.base.getContainer().getBoundingClientRect();
    const found = this.couriers.hit(this.overlay.view(), clientX - box.left, clientY - box.top, 28);
    if (found !== this.couriers.hovered) {
      this.couriers.hovered = found;
      this.overlay.soon();
    }
    return found;
  }

  private bringIntoView(kind: "order" | "courier", id: string): void {
    const { store } = this.desk;
    const points: [number, number][] = [];
    const replay = this.desk.replay.peek();
    if (replay !== null) {
      points.push(...this.past.placesOf(kind, id, replay.day.peek(), replay.atMs.peek()));
    } else if (kind === "courier") {
      const courier = store.couriers.get(id);
      if (courier !== undefined && courier.lon !== null && courier.lat !== null) points.push([courier.lon, courier.lat]);
    } else {
      const order = store.orders.get(id);
      if (order !== undefined) points.push([order.pickup.lon, order.pickup.lat], [order.dropoff.lon, order.dropoff.lat]);
    }
    const seen = this.base.getBounds();
    if (points.length === 0 || points.every((point) => seen.contains(point))) return;
    this.base.fitBounds(extent(points), { padding: 120, maxZoom: Math.max(15, this.base.getZoom()), duration: 450 });
  }
}

/** Couriers with a position who are at work, or who still carry something. */
function isDrawn(courier: Courier): boolean {
  return courier.lon !== null && courier.lat !== null && courier.shift !== "off";
}

function freshOf(courier: Courier): Fresh | null {
  const { id, lon, lat, heading_deg: headingDeg, speed_mps: speedMps } = courier;
  return lon === null || lat === null ? null : { id, lon, lat, headingDeg, speedMps };
}

function* orderMarks(orders: Iterable<OrderView>): Iterable<OrderMark> {
  for (const order of orders) {
    if (isOver(order)) continue;
    const { id, pickup, dropoff, late } = order;
    yield { id, pickup, dropoff, late, onBoard: isOnBoard(order), open: isOpen(order) };
  }
}

function extent(points: readonly [number, number][]): [number, number, number, number] {
  const lons = points.map(([lon]) => lon);
  const lats = points.map(([, lat]) => lat);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
