/** What happened on the day, in order; a click jumps there. Only the rows in sight are in the page. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { clockTime, t, tCode, type Key } from "../i18n";
import { Icon, type IconName } from "../ui/icon";
import { Empty, Loading } from "../ui/pieces";
import type { Desk } from "../dispatch/desk";
import { orderName } from "../dispatch/groups";
import type { PastEvent, ReplayDay } from "./day";
import type { Player } from "./player";
import { dayBeside, type Replay } from "./replay";

const ROW_PX = 46;
const KINDS = {
  all: null,
  arrivals: new Set(["arrive_pickup", "arrive_dropoff", "pick_up"]),
  deliveries: new Set(["deliver"]),
  offers: new Set(["offer", "accept", "decline", "expire", "assign"]),
  trouble: new Set(["decline", "expire", "unassign", "fail", "cancel", "hand_over"]),
} as const;
type Kind = keyof typeof KINDS;

export function ReplaySide({ desk, replay }: { desk: Desk; replay: Replay }) {
  const [day, player] = [replay.day.value, replay.player.value];
  switch (replay.state.value) {
    case "loading":
      return <Loading label={t("replay.loading", { n: Math.round(replay.loaded.value * 100) })} />;
    case "failed":
      return (
        <Empty icon="alert" title={t("replay.failed")}>
          <span>{tCode("error", replay.fault.value?.code ?? "", replay.fault.value?.message ?? "")}</span>
          <button class="button" onClick={() => replay.open(replay.date.value, replay.courierId.value)}>
            {t("link.retry")}
          </button>
        </Empty>
      );
    case "empty":
      return <NothingThatDay replay={replay} />;
    default:
      return day === null || player === null ? null : <Events desk={desk} day={day} player={player} />;
  }
}

function NothingThatDay({ replay }: { replay: Replay }) {
  const gone = replay.keptFrom.value !== null && replay.date.value < replay.keptFrom.value;
  return (
    <Empty icon="history" title={t("replay.empty")}>
      <span>{t(gone ? "replay.empty_deleted" : "replay.empty_hint")}</span>
      <button class="button" onClick={() => replay.open(dayBeside(replay.date.value, -1), replay.courierId.value)}>
        {t("replay.day_before")}
      </button>
    </Empty>
  );
}

function Events({ desk, day, player }: { desk: Desk; day: ReplayDay; player: Player }) {
  const kind = useSignal<Kind>("all");
  const wanted = KINDS[kind.value];
  const events = wanted === null ? day.events : day.events.filter((event) => (wanted as ReadonlySet<string>).has(event.trigger));
  return (
    <div class="replay-events">
      <div class="replay-kinds" role="group" aria-label={t("replay.events")}>
        {(Object.keys(KINDS) as Kind[]).map((one) => (
          <button key={one} class="chip" aria-pressed={kind.value === one} onClick={() => (kind.value = one)}>
            {t(`replay.kind.${one}` as Key)}
          </button>
        ))}
      </div>
      {events.length === 0 ? <p class="muted replay-none">{t("replay.no_events")}</p> : <Rows desk={desk} day={day} player={player} events={events} key={kind.value} />}
    </div>
  );
}

function Rows({ desk, day, player, events }: { desk: Desk; day: ReplayDay; player: Player; events: readonly PastEvent[] }) {
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const current = lastUpTo(events, player.atMs.value);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const y = current * ROW_PX;
    if (y < element.scrollTop || y > element.scrollTop + element.clientHeight - 2 * ROW_PX) {
      element.scrollTop = Math.max(0, y - element.clientHeight / 2);
    }
  }, [current]);
  const first = Math.max(0, Math.floor(top.value / ROW_PX) - 10);
  const shown = events.slice(first, first + 50);
  return (
    <div class="replay-rows" ref={box} onScroll={(event) => (top.value = event.currentTarget.scrollTop)}>
      <ol style={{ height: `${events.length * ROW_PX}px` }}>
        {shown.map((event, n) => (
          <li key={event.key} style={{ top: `${(first + n) * ROW_PX}px` }}>
            <Row desk={desk} day={day} player={player} event={event} now={first + n === current} past={first + n <= current} />
          </li>
        ))}
      </ol>
    </div>
  );
}

interface RowProps {
  desk: Desk;
  day: ReplayDay;
  player: Player;
  event: PastEvent;
  now: boolean;
  past: boolean;
}

function Row({ desk, day, player, event, now, past }: RowProps) {
  const { order, courierId } = event;
  const jump = (): void => {
    player.seek(event.atMs);
    desk.selection.value = { kind: "order", id: order.id };
  };
  return (
    <button class={`replay-row ${past ? "" : "ahead"}`} aria-current={now ? "time" : undefined} onClick={jump}>
      <time>{clockTime(event.atMs)}</time>
      <Icon name={ICONS[event.trigger] ?? "package"} />
      <span class="replay-what">
        <span>
          {moveText(event.trigger)} <strong>#{orderName(order)}</strong>
        </span>
        <small class="muted">{courierId === null ? "" : (day.names.get(courierId) ?? "")}</small>
      </span>
    </button>
  );
}

export function moveText(trigger: string): string {
  return tCode("move", trigger, t("move.other"));
}

const ICONS: Record<string, IconName> = {
  arrive_pickup: "pickup",
  pick_up: "package",
  arrive_dropoff: "dropoff",
  deliver: "check",
  offer: "why",
  accept: "courier",
  assign: "courier",
  decline: "close",
  expire: "clock",
  cancel: "close",
  fail: "alert",
  unassign: "undo",
  place: "plus",
};

function lastUpTo(events: readonly PastEvent[], atMs: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle] as PastEvent).atMs <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
