/** A past day in the browser: where couriers were and what had become of orders at any moment. Pure. */
import type { ReplayDayDoc, ReplayOrderDoc, ReplayTrackDoc } from "../wire/rest";

/** Seconds since the day began, degrees east, degrees north. */
export type Moment = readonly [seconds: number, lon: number, lat: number];

export interface Move {
  atMs: number;
  trigger: string;
  status: string;
  courierId: string | null;
}

export interface PastOrder extends Omit<ReplayOrderDoc, "history"> {
  history: Move[];
}

export interface PastEvent extends Move {
  key: string;
  order: PastOrder;
}

export interface PastPlace {
  lon: number;
  lat: number;
  headingDeg: number | null;
  /** How long the phone had been silent, seconds; 0 while it was heard. */
  silentS: number;
}

/** Without a word for so long, nobody knows any more where a courier was. */
const FORGOTTEN_S = 15 * 60;

export class ReplayDay {
  readonly fromMs: number;
  readonly toMs: number;
  /** From the first thing that is known of the day to the last. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly names: ReadonlyMap<string, string>;
  readonly tracks: ReadonlyMap<string, readonly Moment[][]>;
  readonly orders: ReadonlyMap<string, PastOrder>;
  /** What happened on the day, in order. */
  readonly events: readonly PastEvent[];

  constructor(day: ReplayDayDoc, tracks: readonly ReplayTrackDoc[], orders: readonly ReplayOrderDoc[]) {
    this.fromMs = Date.parse(day.from_at);
    this.toMs = Date.parse(day.to_at);
    this.names = new Map(day.couriers.map((courier) => [courier.id, courier.name]));
    this.tracks = new Map(tracks.map((track) => [track.courier_id, track.stretches]));
    this.orders = new Map(orders.map((order) => [order.id, readOrder(order)]));
    this.events = [...this.orders.values()]
      .flatMap((order) => order.history.map((move, n): PastEvent => ({ ...move, order, key: `${order.id}:${n}` })))
      .filter((event) => event.atMs >= this.fromMs && event.atMs < this.toMs)
      .sort((a, b) => a.atMs - b.atMs);
    const [first, last] = this.span();
    this.firstMs = first;
    this.lastMs = last;
  }

  get isEmpty(): boolean {
    return this.tracks.size === 0 && this.events.length === 0;
  }

  /** Where a courier was; null before their first word, and long after their last. */
  placeAt(courierId: string, atMs: number): PastPlace | null {
    const seconds = (atMs - this.fromMs) / 1000;
    let before: readonly Moment[] | null = null;
    for (const stretch of this.tracks.get(courierId) ?? []) {
      const [start] = stretch[0] ?? [Infinity];
      if (start > seconds) break;
      before = stretch;
    }
    if (before === null) return null;
    const end = before.at(-1);
    if (end === undefined) return null;
    const silentS = Math.max(0, seconds - end[0]);
    return silentS > FORGOTTEN_S ? null : { ...placeOn(before, seconds), silentS };
  }

  /** The way ridden between two moments, oldest first; a silence is left out. */
  way(courierId: string, fromMs: number, toMs: number): [number, number][][] {
    const [from, to] = [(fromMs - this.fromMs) / 1000, (toMs - this.fromMs) / 1000];
    const ways: [number, number][][] = [];
    for (const stretch of this.tracks.get(courierId) ?? []) {
      const [start, end] = [stretch[0]?.[0] ?? Infinity, stretch.at(-1)?.[0] ?? -Infinity];
      if (end < from || start > to) continue;
      const way: [number, number][] = [];
      if (start < from) way.push(lonLat(placeOn(stretch, from)));
      for (let i = firstAfter(stretch, from); i < stretch.length; i++) {
        const [seconds, lon, lat] = stretch[i] as Moment;
        if (seconds > to) break;
        way.push([lon, lat]);
      }
      if (end > to) way.push(lonLat(placeOn(stretch, to)));
      ways.push(way);
    }
    return ways;
  }

  /** Orders as they stood, those that were over for a while left out. */
  ordersAt(atMs: number, keptMs = 0): [PastOrder, Move][] {
    const found: [PastOrder, Move][] = [];
    for (const order of this.orders.values()) {
      const now = moveAt(order, atMs);
      if (now === null || (isFinal(now.status) && atMs - now.atMs > keptMs)) continue;
      found.push([order, now]);
    }
    return found;
  }

  /** How many of the day's events had happened. */
  countAt(atMs: number): number {
    let [low, high] = [0, this.events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.events[middle] as PastEvent).atMs <= atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private span(): [number, number] {
    let [first, last] = [Infinity, -Infinity];
    for (const stretches of this.tracks.values()) {
      first = Math.min(first, this.fromMs + 1000 * (stretches[0]?.[0]?.[0] ?? Infinity));
      last = Math.max(last, this.fromMs + 1000 * (stretches.at(-1)?.at(-1)?.[0] ?? -Infinity));
    }
    first = Math.min(first, this.events[0]?.atMs ?? Infinity);
    last = Math.max(last, this.events.at(-1)?.atMs ?? -Infinity);
    return first > last ? [this.fromMs, this.toMs] : [first, last];
  }
}

/** What last happened to an order by then; null before it was placed. */
export function moveAt(order: PastOrder, atMs: number): Move | null {
  let found: Move | null = null;
  for (const move of order.history) {
    if (move.atMs > atMs) break;
    found = move;
  }
  return found;
}

export const isFinal = (status: string): boolean => ["delivered", "cancelled", "failed"].includes(status);

function readOrder(order: ReplayOrderDoc): PastOrder {
  const history = order.history
    .map((move): Move => ({ atMs: Date.parse(move.at), trigger: move.trigger, status: move.status, courierId: move.courier_id }))
    .sort((a, b) => a.atMs - b.atMs);
  return { ...order, history };
}

/** On the line between the points around a moment, which lies within the stretch or after it. */
function placeOn(stretch: readonly Moment[], seconds: number): Omit<PastPlace, "silentS"> {
  const after = firstAfter(stretch, seconds);
  const b = stretch[Math.min(after, stretch.length - 1)] as Moment;
  const a = stretch[Math.max(0, after - 1)] as Moment;
  const s = b[0] === a[0] ? 1 : Math.min(1, (seconds - a[0]) / (b[0] - a[0]));
  return { lon: a[1] + (b[1] - a[1]) * s, lat: a[2] + (b[2] - a[2]) * s, headingDeg: after < stretch.length ? heading(a, b) : null };
}

function firstAfter(stretch: readonly Moment[], seconds: number): number {
  let [low, high] = [0, stretch.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stretch[middle] as Moment)[0] <= seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Degrees clockwise from north; null where the courier stood. */
function heading([, lonA, latA]: Moment, [, lonB, latB]: Moment): number | null {
  const [east, north] = [(lonB - lonA) * Math.cos((latA * Math.PI) / 180), latB - latA];
  return Math.hypot(east, north) < 1e-4 ? null : ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

const lonLat = ({ lon, lat }: { lon: number; lat: number }): [number, number] => [lon, lat];
