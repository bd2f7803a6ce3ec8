/** What is selected in history: an order at that moment with its story, or a courier with their day in figures. */
import { useEffect, useState } from "preact/hooks";
import { clockTime, distance, hours, t, tCode } from "../i18n";
import type { Desk } from "../dispatch/desk";
import { orderName } from "../dispatch/groups";
import { Icon } from "../ui/icon";
import { ApiError, type SummaryDoc } from "../wire/rest";
import { moveAt, type PastOrder, type ReplayDay } from "./day";
import { moveText } from "./events";
import type { Replay } from "./replay";

export function ReplayDetails({ desk, replay }: { desk: Desk; replay: Replay }) {
  const [day, chosen] = [replay.day.value, desk.selection.value];
  if (day === null || chosen === null) return null;
  const order = chosen.kind === "order" ? day.orders.get(chosen.id) : undefined;
  if (order !== undefined) return <PastOrderPanel desk={desk} replay={replay} day={day} order={order} />;
  return chosen.kind === "courier" && day.names.has(chosen.id) ? <PastCourierPanel desk={desk} replay={replay} day={day} id={chosen.id} /> : null;
}

function Head({ desk, title, chip }: { desk: Desk; title: string; chip: string }) {
  return (
    <header class="panel-head">
      <h2>{title}</h2>
      <span class="chip">{chip}</span>
      <button class="button quiet small" aria-label={t("close")} onClick={() => (desk.selection.value = null)}>
        <Icon name="close" />
      </button>
    </header>
  );
}

function PastOrderPanel({ desk, replay, day, order }: { desk: Desk; replay: Replay; day: ReplayDay; order: PastOrder }) {
  const at = replay.atMs.value;
  const now = moveAt(order, at);
  const courier = now?.courierId ?? null;
  return (
    <article class="panel" aria-label={t("order.title", { order: orderName(order) })}>
      <Head desk={desk} title={`#${orderName(order)}`} chip={now === null ? t("replay.not_yet") : tCode("status", now.status, now.status)} />
      <div class="panel-body">
        {(["pickup", "dropoff"] as const).map((which) => (
          <section class="end" key={which}>
            <Icon name={which} label={t(`stop.${which}`)} />
            <div>
              <strong>{order[which].name ?? order[which].address ?? ""}</strong>
              {order[which].name && order[which].address ? <div>{order[which].address}</div> : null}
            </div>
          </section>
        ))}
        <dl class="facts">
          <dt>{t("courier")}</dt>
          <dd>
            {courier === null ? (
              t("order.nobody")
            ) : (
              <button class="linkish" onClick={() => desk.select("courier", courier)}>
                {day.names.get(courier) ?? courier}
              </button>
            )}
          </dd>
        </dl>
        <h3>{t("replay.story")}</h3>
        <ol class="replay-story">
          {order.history.map((move, n) => (
            <li key={n} class={move.atMs > at ? "ahead" : ""}>
              <button class="linkish" onClick={() => replay.player.value?.seek(move.atMs)}>
                <time>{clockTime(move.atMs)}</time>
              </button>
              <span>
                {moveText(move.trigger)}
                {move.courierId === null ? null : <small class="muted"> {day.names.get(move.courierId) ?? ""}</small>}
              </span>
            </li>
          ))}
        </ol>
      </div>
    </article>
  );
}

function PastCourierPanel({ desk, replay, day, id }: { desk: Desk; replay: Replay; day: ReplayDay; id: string }) {
  const place = day.placeAt(id, replay.atMs.value);
  const carried = day.ordersAt(replay.atMs.value).filter(([, move]) => move.courierId === id);
  return (
    <article class="panel" aria-label={day.names.get(id) ?? id}>
      <Head
        desk={desk}
        title={day.names.get(id) ?? id}
        chip={place === null ? t("replay.unseen") : place.silentS > 0 ? t("replay.silent", { n: Math.ceil(place.silentS / 60) }) : t("replay.seen")}
      />
      <div class="panel-body">
        <DaySummary desk={desk} day={day} id={id} key={`${id}:${day.fromMs}`} />
        <h3>{t("replay.with_them")}</h3>
        {carried.length === 0 ? <p class="muted">{t("replay.nothing_carried")}</p> : null}
        <ul class="replay-story">
          {carried.map(([order, move]) => (
            <li key={order.id}>
              <button class="linkish" onClick={() => desk.select("order", order.id)}>
                #{orderName(order)}
              </button>
              <span>{tCode("status", move.status, move.status)}</span>
            </li>
          ))}
        </ul>
        {replay.courierId.value === id ? null : (
          <button class="button small" onClick={() => replay.open(replay.date.value, id)}>
            <Icon name="track" /> {t("replay.only_them")}
          </button>
        )}
      </div>
    </article>
  );
}

/** The courier's whole day in figures, from the server. */
function DaySummary({ desk, day, id }: { desk: Desk; day: ReplayDay; id: string }) {
  const [told, setTold] = useState<SummaryDoc | "failed" | null>(null);
  useEffect(() => {
    let current = true;
    const to = Math.min(day.toMs, desk.store.clock.now());
    desk.api.summary(id, new Date(day.fromMs), new Date(Math.max(to, day.fromMs))).then(
      (doc) => current && setTold(doc),
      (fault: unknown) => current && setTold(fault instanceof ApiError ? "failed" : null),
    );
    return () => {
      current = false;
    };
  }, []);
  if (told === null) return <p class="muted">{t("loading")}</p>;
  if (told === "failed") return <p class="muted">{t("replay.no_summary")}</p>;
  const ridden = told.trips.reduce((sum, trip) => sum + trip.distance_m, 0);
  const shiftMs = told.shifts.reduce((sum, s) => sum + overlap(s.started_at, s.ended_at, day), 0);
  return (
    <dl class="facts day-facts">
      <dt>{t("replay.ridden")}</dt>
      <dd>{distance(ridden)}</dd>
      <dt>{t("replay.on_shift")}</dt>
      <dd>{hours(shiftMs / 1000)}</dd>
      <dt>{t("replay.trips")}</dt>
      <dd>{told.trips.length}</dd>
      <dt>{t("replay.stops")}</dt>
      <dd>{told.stops.length}</dd>
    </dl>
  );
}

/** The part of a shift that lies within the day, milliseconds. */
function overlap(startedAt: string, endedAt: string, day: ReplayDay): number {
  return Math.max(0, Math.min(Date.parse(endedAt), day.toMs) - Math.max(Date.parse(startedAt), day.fromMs));
}
