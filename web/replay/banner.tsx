/** Says on top of everything that this is history, which day it is, and how to get back. */
import { longDate, t } from "../i18n";
import { Icon } from "../ui/icon";
import type { Desk } from "../dispatch/desk";
import { dayBeside, type Replay } from "./replay";

export function HistoryBanner({ desk, replay }: { desk: Desk; replay: Replay }) {
  const date = replay.date.value;
  const of = replay.courierId.value;
  const go = (next: string): void => {
    if (/^\d{4}-\d{2}-\d{2}$/.test(next)) replay.open(next, of);
  };
  return (
    <section class="history-banner" aria-label={t("replay")}>
      <Icon name="history" />
      <p role="status">
        <strong>{t("replay.banner")}</strong> {longDate(Date.parse(`${date}T12:00:00Z`))}
        {of === null ? null : <> · {replay.day.value?.names.get(of) ?? desk.store.couriers.get(of)?.name ?? ""}</>}
      </p>
      <span class="history-days">
        <button class="button quiet small" aria-label={t("replay.day_before")} onClick={() => go(dayBeside(date, -1))}>
          <Icon name="back" />
        </button>
        <input type="date" aria-label={t("replay.date")} value={date} max={replay.today} onChange={(event) => go(event.currentTarget.value)} />
        <button
          class="button quiet small"
          aria-label={t("replay.day_after")}
          disabled={date >= replay.today}
          onClick={() => go(dayBeside(date, 1))}
        >
          <Icon name="chevron" />
        </button>
      </span>
      {of === null ? null : (
        <button class="button small" onClick={() => replay.open(date, null)}>
          {t("replay.whole_fleet")}
        </button>
      )}
      <button class="button main small" onClick={() => desk.backToLive()}>
        {t("replay.back")} <kbd>Esc</kbd>
      </button>
    </section>
  );
}
