/** Who works now, who is free, who is out of contact. */
import { ago, t, tCode } from "../i18n";
import type { CourierView } from "../wire/frames";
import { Icon } from "../ui/icon";
import { Empty, Loading, useTick } from "../ui/pieces";
import type { Desk } from "./desk";

const RANK: Record<string, number> = { on: 0, break: 1, off: 2 };

export function CourierList({ desk }: { desk: Desk }) {
  const { store } = desk;
  useTick(5_000);
  store.revision.couriers.value;
  store.revision.routes.value;
  if (!store.ready.value) return <Loading />;
  if (store.couriers.size === 0) return <Empty icon="courier" title={t("couriers.empty")} />;
  const couriers = [...store.couriers.values()].sort(
    (a, b) => (RANK[a.shift] ?? 3) - (RANK[b.shift] ?? 3) || a.name.localeCompare(b.name),
  );
  return (
    <div class="courier-list" role="listbox" aria-label={t("couriers")}>
      {couriers.slice(0, 300).map((courier) => (
        <CourierRow desk={desk} courier={courier} key={courier.id} />
      ))}
    </div>
  );
}

function CourierRow({ desk, courier }: { desk: Desk; courier: CourierView }) {
  const chosen = desk.selection.value?.kind === "courier" && desk.selection.value.id === courier.id;
  const stops = desk.store.routes.get(courier.id)?.stops.length ?? 0;
  return (
    <button class="courier-row" role="option" aria-selected={chosen} onClick={() => desk.select("courier", courier.id)}>
      <Dot carrying={stops > 0} shift={courier.shift} />
      <strong>{courier.name}</strong>
      <span class="muted">{courierLine(desk, courier, stops)}</span>
    </button>
  );
}

/** The courier's mark as on the map: filled while carrying, hollow while free. */
export function Dot({ carrying, shift }: { carrying: boolean; shift: string }) {
  return <span class={`dot ${carrying ? "full" : ""} ${shift === "off" ? "off" : ""}`} aria-hidden="true" />;
}

export function courierLine(desk: Desk, courier: CourierView, stops: number): string {
  if (courier.shift !== "on") return tCode("shift", courier.shift, courier.shift);
  const load = stops === 0 ? t("courier.free") : t("courier.stops", { n: stops });
  if (courier.presence === "online") return load;
  const age = courier.fix_at_ms === null ? t("courier.never_seen") : ago(desk.store.clock.wallAgeS(courier.fix_at_ms));
  return `${load} · ${tCode("presence", courier.presence, courier.presence)} · ${age}`;
}

export function PresenceIcon({ courier }: { courier: CourierView }) {
  return courier.presence === "online" ? null : <Icon name="offline" label={tCode("presence", courier.presence, courier.presence)} />;
}
