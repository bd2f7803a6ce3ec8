/** Fetches a day page by page; at most so many pages, so that a mistake of the server never fills the browser. */
import type { Api, ReplayDayDoc, ReplayOrderDoc, ReplayTrackDoc } from "../wire/rest";
import { ReplayDay } from "./day";

const PAGES_MOST = 600;

export async function loadDay(
  api: Api,
  date: string,
  courierId: string | null,
  signal: AbortSignal,
  told: (share: number) => void = () => {},
): Promise<[ReplayDay, ReplayDayDoc]> {
  const day = await api.replayDay(date, signal);
  const tracks: ReplayTrackDoc[] = [];
  const orders: ReplayOrderDoc[] = [];
  const readTracks = pages(async (after) => {
    const page = await api.replayTracks(date, courierId, after, signal);
    tracks.push(...page.tracks);
    const seen = day.couriers.findIndex((courier) => courier.id === page.next);
    told(page.next === null ? 1 : (seen + 1) / Math.max(1, day.couriers.length));
    return page.next;
  });
  const readOrders = pages(async (after) => {
    const page = await api.replayOrders(date, after, signal);
    orders.push(...page.orders);
    return page.next;
  });
  await Promise.all([readTracks, readOrders]);
  const mine = courierId === null ? orders : orders.filter((order) => order.history.some((move) => move.courier_id === courierId));
  return [new ReplayDay(day, tracks, mine), day];
}

async function pages(read: (after: string | null) => Promise<string | null>): Promise<void> {
  let after: string | null = null;
  for (let n = 0; n < PAGES_MOST; n++) {
    after = await read(after);
    if (after === null) return;
  }
}
