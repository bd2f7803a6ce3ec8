/** The rider's own day in figures, beside what is usual in the fleet: nobody else sees it here. */
import { useEffect, useState } from "preact/hooks";
import { distance, hours, t } from "../i18n";
import type { Api, WorkDoc } from "../wire/rest";

const AGAIN_MS = 5 * 60_000;
/** Less than this either way is "like the others". */
const ALIKE_MIN = 5;

export function MyDay({ api, courierId }: { api: Api; courierId: string }) {
  const [work, setWork] = useState<WorkDoc | null>(null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (!open) return;
    // Without a connection the last figures stay.
    const read = (): void => void api.courierWork(courierId).then((doc) => setWork(doc.work), () => {});
    read();
    const timer = setInterval(read, AGAIN_MS);
    return () => clearInterval(timer);
  }, [open, courierId]);
  return (
    <details class="my-day" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("day.title")}</summary>
      {work === null ? (
        <p class="muted">{t("day.none")}</p>
      ) : (
        <>
          <dl>
            <dt>{t("day.on_shift")}</dt>
            <dd>{hours(work.on_shift_min * 60)}</dd>
            <dt>{t("day.busy")}</dt>
            <dd>{hours(work.busy_min * 60)}</dd>
            <dt>{t("day.ridden")}</dt>
            <dd>{distance(work.distance_m)}</dd>
          </dl>
          <p>{besideOthers(work.above_mean_min)}</p>
        </>
      )}
    </details>
  );
}

/** How the rider's paid time stands beside the fleet's mean for as long a shift. */
export function besideOthers(aboveMeanMin: number): string {
  const whole = Math.round(Math.abs(aboveMeanMin));
  if (whole < ALIKE_MIN) return t("day.alike");
  return t(aboveMeanMin > 0 ? "day.above" : "day.below", { n: whole });
}
