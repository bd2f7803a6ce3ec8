/** Where the map goes; the map's code comes only once the page already shows its lists. */
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { Loading } from "../ui/pieces";
import { ruleText } from "./assign_sheet";
import { TimeBar } from "../replay/time_bar";
import type { Desk } from "./desk";

export function MapPanel({ desk }: { desk: Desk }) {
  const holder = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<"loading" | "shown" | "failed">("loading");
  const player = desk.replay.value?.player.value;
  const ready = desk.store.ready.value && desk.basemap.value !== null;
  useEffect(() => {
    if (!ready || holder.current === null) return;
    let map: { remove: () => void } | undefined;
    let gone = false;
    import("./fleet_map")
      .then(({ FleetMap }) => {
        if (gone || holder.current === null) return;
        map = new FleetMap(holder.current, desk);
        setState("shown");
      })
      .catch((fault: unknown) => {
        console.error(fault);
        setState("failed");
      });
    return () => {
      gone = true;
      map?.remove();
    };
  }, [ready]);
  return (
    <div class="map-panel">
      <div class="map" ref={holder} />
      {state === "loading" ? (
        <div class="map-note">
          <Loading label={t("map.loading")} />
        </div>
      ) : null}
      {state === "failed" ? <div class="map-note empty">{t("map.failed")}</div> : null}
      {desk.picking.value !== null ? <div class="map-hint">{t(`form.click_${desk.picking.value}`)}</div> : null}
      <DragTip desk={desk} />
      {player ? <TimeBar player={player} /> : null}
    </div>
  );
}

/** Beside the pointer while an order is dragged: whom it would go to, and what that adds. */
function DragTip({ desk }: { desk: Desk }) {
  const drag = desk.drag.value;
  if (drag === null) return null;
  const over = drag.overId === null ? null : desk.store.couriers.get(drag.overId);
  const told = drag.overId === null ? undefined : drag.candidates.get(drag.overId);
  return (
    <div class="drag-tip" ref={(tip) => place(tip, drag.x, drag.y)}>
      {over ? (
        <>
          <strong>{over.name}</strong>
          <span>{told?.costMin != null ? t("assign.cost", { n: told.costMin }) : (ruleText(told?.rule ?? null) ?? t("drag.drop"))}</span>
        </>
      ) : (
        <span>{t("drag.hint")}</span>
      )}
    </div>
  );
}

function place(tip: HTMLElement | null, x: number, y: number): void {
  if (tip !== null) tip.style.transform = `translate(${x + 14}px, ${y + 14}px)`;
}
