/** One courier: where they are in their round, how fresh that is, and their shift. */
import { useEffect, useState } from "preact/hooks";
import { ago, t, tCode } from "../i18n";
import type { CourierView } from "../wire/frames";
import { Icon } from "../ui/icon";
import { useTick } from "../ui/pieces";
import type { Desk } from "./desk";
import { Dot } from "./courier_list";
import { EnrolSheet } from "./enrol_sheet";
import { Timeline } from "./timeline";

export function CourierPanel({ desk, courier }: { desk: Desk; courier: CourierView }) {
  useTick(1_000);
  desk.store.revision.routes.value;
  const stops = desk.store.routes.get(courier.id)?.stops ?? [];
  return (
    <article class="panel" aria-label={courier.name}>
      <header class="panel-head">
        <Dot carrying={stops.length > 0} shift={courier.shift} />
        <h2>{courier.name}</h2>
        <span class="chip">{tCode("shift", courier.shift, courier.shift)}</span>
        <button class="button quiet small" aria-label={t("close")} onClick={() => (desk.selection.value = null)}>
          <Icon name="close" />
        </button>
      </header>
      <div class="panel-body">
        <dl class="facts">
          <dt>{t("courier.vehicle")}</dt>
          <dd>{tCode("vehicle", courier.vehicle, courier.vehicle)}</dd>
          <dt>{t("courier.seen")}</dt>
          <dd>
            {courier.fix_at_ms === null ? t("courier.never_seen") : ago(desk.store.clock.wallAgeS(courier.fix_at_ms))}
            {courier.presence === "online" ? null : (
              <span class="chip needs">
                <Icon name="offline" />
                {tCode("presence", courier.presence, courier.presence)}
              </span>
            )}
          </dd>
          {courier.speed_mps !== null ? (
            <>
              <dt>{t("courier.speed")}</dt>
              <dd>{t("courier.kmh", { n: Math.round(courier.speed_mps * 3.6) })}</dd>
            </>
          ) : null}
          {courier.battery_pct !== null ? (
            <>
              <dt>{t("courier.battery")}</dt>
              <dd class={courier.battery_pct < 15 ? "needs-text" : ""}>{Math.round(courier.battery_pct)} %</dd>
            </>
          ) : null}
        </dl>
        <h3>{t("route")}</h3>
        <Timeline desk={desk} stops={stops} />
        {desk.canEdit ? (
          <button class="button small" onClick={() => desk.openReplay(courier.id)}>
            <Icon name="history" /> {t("replay.start")}
          </button>
        ) : null}
        {desk.canEdit ? <EnrolButton desk={desk} courier={courier} /> : null}
      </div>
    </article>
  );
}

function EnrolButton({ desk, courier }: { desk: Desk; courier: CourierView }) {
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [courier.id]);
  return (
    <>
      <button class="button small" onClick={() => setOpen(true)}>
        <Icon name="phone" /> {t("enrol.start")}
      </button>
      {open ? <EnrolSheet desk={desk} courier={courier} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
