/** A day in figures: what customers got, and how evenly paid work was shared. */
import { useEffect, useState } from "preact/hooks";
import { distance, t, tCode } from "../i18n";
import { dayBeside } from "../replay/replay";
import { Icon } from "../ui/icon";
import { Empty, Loading } from "../ui/pieces";
import type { DayCourierDoc, DayDoc } from "../wire/rest";
import type { Desk } from "./desk";

export function DayPanel({ desk }: { desk: Desk }) {
  const [date, setDate] = useState<string | null>(null);
  const [today, setToday] = useState<string | null>(null);
  const [told, setTold] = useState<DayDoc | "failed" | null>(null);
  useEffect(() => {
    let current = true;
    setTold(null);
    desk.api.day(date).then(
      (doc) => {
        if (!current) return;
        setTold(doc);
        if (date === null) setToday(doc.date);
      },
      () => current && setTold("failed"),
    );
    return () => {
      current = false;
    };
  }, [date]);
  const shown = date ?? today;
  return (
    <article class="panel day" aria-label={t("day")}>
      <header class="panel-head">
        <h2>{t("day")}</h2>
        <button class="button quiet small" aria-label={t("close")} onClick={() => desk.closeSheet()}>
          <Icon name="close" />
        </button>
      </header>
      <div class="panel-body">
        {shown === null ? null : (
          <div class="day-date">
            <button class="button quiet small" aria-label={t("replay.day_before")} onClick={() => setDate(dayBeside(shown, -1))}>
              <Icon name="back" />
            </button>
            <input
              type="date"
              aria-label={t("replay.date")}
              value={shown}
              max={today ?? shown}
              onChange={(event) => event.currentTarget.value !== "" && setDate(event.currentTarget.value)}
            />
            <button
              class="button quiet small"
              aria-label={t("replay.day_after")}
              disabled={shown === today}
              onClick={() => setDate(dayBeside(shown, 1))}
            >
              <Icon name="chevron" />
            </button>
          </div>
        )}
        {told === null ? <Loading /> : null}
        {told === "failed" ? <Empty icon="offline" title={t("day.failed")} /> : null}
        {told !== null && told !== "failed" ? <Figures doc={told} /> : null}
      </div>
    </article>
  );
}

function Figures({ doc }: { doc: DayDoc }) {
  if (doc.couriers.length === 0 && doc.delivered === 0) return <Empty icon="clock" title={t("day.empty")} />;
  return (
    <>
      <h3>{t("day.customers")}</h3>
      <dl class="facts">
        <dt>{t("day.delivered")}</dt>
        <dd>{doc.delivered}</dd>
        <dt>{t("day.not_delivered")}</dt>
        <dd>{doc.cancelled + doc.failed}</dd>
        <dt>{t("day.waited")}</dt>
        <dd>{inMinutes(doc.click_to_door_min)}</dd>
        <dt>{t("day.waited_most")}</dt>
        <dd>{inMinutes(doc.click_to_door_p90_min)}</dd>
        <dt>{t("day.late")}</dt>
        <dd>{doc.late_pct === null ? "–" : `${Math.round(doc.late_pct)} %`}</dd>
      </dl>
      <h3>{t("day.shared")}</h3>
      <dl class="facts">
        <dt>{t("settings.fairness")}</dt>
        <dd>{tCode("day.fairness", doc.fairness, doc.fairness)}</dd>
        <dt>{t("day.gini")}</dt>
        <dd>{doc.gini_busy === null ? "–" : doc.gini_busy.toFixed(2)}</dd>
        <dt>{t("day.gini_km")}</dt>
        <dd>{doc.gini_distance === null ? "–" : doc.gini_distance.toFixed(2)}</dd>
        <dt>{t("day.max_min")}</dt>
        <dd>{doc.max_min_busy === null ? "–" : t("day.times", { n: doc.max_min_busy.toFixed(1) })}</dd>
      </dl>
      <p class="muted">{t("day.how", { n: doc.compared })}</p>
      <ul class="day-list">
        {doc.couriers.map((one) => (
          <CourierDay key={one.courier_id} one={one} />
        ))}
      </ul>
    </>
  );
}

function CourierDay({ one }: { one: DayCourierDoc }) {
  const share = one.on_shift_min > 0 ? Math.min(1, one.busy_min / one.on_shift_min) : 0;
  return (
    <li>
      <div class="day-name">
        <strong>{one.name}</strong>
        <span>{Math.round(share * 100)} %</span>
      </div>
      <div class="day-bar" aria-hidden="true">
        <i style={{ width: `${(share * 100).toFixed(1)}%` }} />
      </div>
      <small class="muted">
        {t("day.row", { n: one.delivered, busy: span(one.busy_min), shift: span(one.on_shift_min) })}
        {one.distance_m === null ? "" : ` · ${distance(one.distance_m)}`}
      </small>
    </li>
  );
}

function inMinutes(value: number | null): string {
  return value === null ? "–" : `${Math.round(value)} min`;
}

function span(minutes: number): string {
  const whole = Math.round(minutes);
  return whole < 60 ? `${whole} min` : `${Math.floor(whole / 60)} h ${String(whole % 60).padStart(2, "0")}`;
}
