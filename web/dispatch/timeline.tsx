/** A courier's stops in order with their times: the round as the rider will ride it. */
import { clockTime, t } from "../i18n";
import type { StopView } from "../wire/frames";
import { Icon } from "../ui/icon";
import type { Desk } from "./desk";
import { orderName } from "./groups";

export function Timeline({ desk, stops }: { desk: Desk; stops: readonly StopView[] }) {
  if (stops.length === 0) return <p class="muted">{t("route.empty")}</p>;
  const chosen = desk.selection.value?.kind === "order" ? desk.selection.value.id : null;
  return (
    <ol class="timeline">
      {stops.map((stop, index) => (
        <li key={stop.stop_id}>
          <button class="timeline-stop" aria-current={stop.order_id === chosen} onClick={() => desk.select("order", stop.order_id)}>
            <span class="timeline-number">{index + 1}</span>
            <Icon name={stop.kind === "pickup" ? "pickup" : "dropoff"} label={t(stop.kind === "pickup" ? "stop.pickup" : "stop.dropoff")} />
            <span class="timeline-name">
              {stop.name ?? stop.address ?? t(stop.kind === "pickup" ? "stop.pickup" : "stop.dropoff")}
              <small class="muted"> #{orderName({ id: stop.order_id, ref: stop.ref })}</small>
            </span>
            <time>{clockTime(stop.eta_at_ms)}</time>
          </button>
        </li>
      ))}
    </ol>
  );
}
