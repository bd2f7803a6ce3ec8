/** Zones: the list, drawing a new one on the map, removing one. */
import { useState } from "preact/hooks";
import { t, tCode } from "../i18n";
import { Icon } from "../ui/icon";
import { Empty } from "../ui/pieces";
import { toast } from "../ui/toast";
import type { ZoneView } from "../wire/frames";
import type { Desk } from "./desk";

export const ZONE_KINDS = ["service_area", "hub", "no_go", "pricing", "other"] as const;

export function ZonesPanel({ desk }: { desk: Desk }) {
  const { store, outline } = desk;
  store.revision.zones.value;
  return (
    <article class="panel" aria-label={t("zones")}>
      <header class="panel-head">
        <h2>{t("zones")}</h2>
        <button class="button quiet small" aria-label={t("close")} onClick={() => desk.closeSheet()}>
          <Icon name="close" />
        </button>
      </header>
      <div class="panel-body">
        {outline.value === null ? (
          <button class="button main" onClick={() => (outline.value = { corners: [], editing: null })}>
            <Icon name="plus" /> {t("zones.draw")}
          </button>
        ) : (
          <ZoneForm desk={desk} />
        )}
        {store.zones.size === 0 && outline.value === null ? <Empty icon="zone" title={t("zones.empty")} /> : null}
        <ul class="zone-list">
          {[...store.zones.values()].map((zone) => (
            <ZoneRow desk={desk} zone={zone} key={zone.id} />
          ))}
        </ul>
      </div>
    </article>
  );
}

function ZoneRow({ desk, zone }: { desk: Desk; zone: ZoneView }) {
  const drop = (): void => {
    desk.api.dropZone(zone.id).then(
      () => toast(t("zones.dropped", { zone: zone.name }), { label: t("undo"), run: () => void redraw(desk, zone) }),
      (fault: unknown) => desk.tell(fault),
    );
  };
  const corners = cornersOf(zone);
  return (
    <li>
      <Icon name="zone" />
      <strong>{zone.name}</strong>
      <span class="chip">{tCode("zone", zone.kind, zone.kind)}</span>
      {corners === null ? null : (
        <button class="button quiet small" onClick={() => (desk.outline.value = { corners, editing: zone })}>
          {t("zones.edit")}
        </button>
      )}
      <button class="button quiet small" aria-label={t("zones.drop", { zone: zone.name })} onClick={drop}>
        <Icon name="trash" />
      </button>
    </li>
  );
}

function ZoneForm({ desk }: { desk: Desk }) {
  const outline = desk.outline.value;
  const editing = outline?.editing ?? null;
  const [name, setName] = useState(editing?.name ?? "");
  const [kind, setKind] = useState<string>(editing?.kind ?? "other");
  if (outline === null) return null;
  const ready = outline.corners.length >= 3 && name.trim() !== "";
  const save = (event: Event): void => {
    event.preventDefault();
    if (!ready) return;
    const ring = [...outline.corners, outline.corners[0]];
    const body = { name: name.trim(), kind, geometry: { type: "Polygon", coordinates: [ring] } };
    const saving = editing === null ? desk.api.addZone(body) : desk.api.putZone(editing.id, body);
    saving.then(
      () => {
        desk.outline.value = null;
        toast(t("zones.saved", { zone: body.name }));
      },
      (fault: unknown) => desk.tell(fault),
    );
  };
  return (
    <form class="zone-form" onSubmit={save}>
      <p class="muted">{t("zones.hint")}</p>
      <label class="field">
        {t("form.name")}
        <input value={name} maxLength={80} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <label class="field">
        {t("zones.kind")}
        <select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
          {ZONE_KINDS.map((one) => (
            <option value={one} key={one}>
              {tCode("zone", one, one)}
            </option>
          ))}
        </select>
      </label>
      <p>{t("zones.corners", { n: outline.corners.length })}</p>
      <div class="actions">
        <button class="button main" type="submit" disabled={!ready}>
          {t("zones.save")}
        </button>
        <button
          class="button"
          type="button"
          disabled={outline.corners.length === 0}
          onClick={() => (desk.outline.value = { ...outline, corners: outline.corners.slice(0, -1) })}
        >
          {t("zones.back")}
        </button>
        <button class="button quiet" type="button" onClick={() => (desk.outline.value = null)}>
          {t("cancel")}
        </button>
      </div>
    </form>
  );
}

async function redraw(desk: Desk, zone: ZoneView): Promise<void> {
  const { name, kind, geometry, radius_m } = zone;
  try {
    await desk.api.addZone(radius_m === null ? { name, kind, geometry } : { name, kind, geometry, radius_m });
  } catch (fault) {
    desk.tell(fault);
  }
}

/** The corners of a simple polygon; null for circles and polygons with holes, which are not edited by hand here. */
export function cornersOf(zone: ZoneView): [number, number][] | null {
  const shape = zone.geometry as unknown as GeoJSON.Geometry;
  if (shape.type !== "Polygon" || shape.coordinates.length !== 1) return null;
  return (shape.coordinates[0] ?? []).slice(0, -1).map(([lon = 0, lat = 0]) => [lon, lat]);
}
