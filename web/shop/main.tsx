/** Starts the shop's page. */
import { timeZone } from "../i18n";
import { ServerClock } from "../live/clock";
import { apiFor } from "../ui/api";
import { Gate } from "../ui/gate";
import { start } from "../ui/start";
import "../ui/form.css";
import { ApiError, type Me } from "../wire/rest";
import { forgetToken, takeToken } from "../wire/session";
import { ShopBoard } from "./board";
import { ShopPage } from "./page";
import "./shop.css";

async function main(): Promise<void> {
  const token = takeToken("shop");
  if (token === null) return start(<Gate reason="missing" />);
  const api = apiFor(token);
  const clock = new ServerClock();
  let me: Me;
  try {
    me = await api.me();
    const told = await api.clock();
    clock.sync(told.now_ms, told.scale);
  } catch (fault) {
    if (!(fault instanceof ApiError)) throw fault;
    if (fault.status === 401) forgetToken("shop");
    return start(<Gate reason={fault.status === 401 || fault.status === 403 ? "refused" : "offline"} />);
  }
  if (me.role !== "shop") return start(<Gate reason="role" />);
  timeZone.value = me.fleet.time_zone;
  const nowMs = (): number => clock.now();
  const board = new ShopBoard(api, nowMs);
  const kept = usualPlace(me);
  if (kept !== null) board.ends.value = { pickup: kept, dropoff: null };
  board.ends.subscribe(({ pickup }) => pickup !== null && localStorage.setItem(placeKey(me), JSON.stringify(pickup)));
  board.refresh();
  start(<ShopPage board={board} me={me} nowMs={nowMs} />);
}

/** A shop is picked up from where it was the last time. */
function usualPlace(me: Me): { lon: number; lat: number } | null {
  const kept = localStorage.getItem(placeKey(me));
  return kept === null ? null : (JSON.parse(kept) as { lon: number; lat: number });
}

function placeKey(me: Me): string {
  return `relevo.shop.${me.fleet.slug}.${me.name ?? ""}`;
}

void main();
