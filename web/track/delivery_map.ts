/** The customer's map: the door, and the courier gliding towards it. Loaded lazily. */
import { effect } from "@preact/signals";
import { t } from "../i18n";
import type { TrackLink } from "../live/track_link";
import { createBase } from "../map/base";
import { CouriersLayer } from "../map/couriers";
import { DoorLayer } from "../map/door";
import { GridLayer } from "../map/grid";
import { Overlay } from "../map/overlay";
import { palette } from "../map/palette";
import { Api, type Basemap } from "../wire/rest";

export async function createDeliveryMap(container: HTMLElement, link: TrackLink): Promise<{ remove: () => void }> {
  const basemap = await new Api(null).basemap().catch((): Basemap => ({ kind: "none" }));
  const colours = palette();
  const door = doorOf(link);
  const base = createBase({ container, basemap, center: door ?? { lon: 0, lat: 0 }, zoom: 15, label: t("map") });
  const overlay = new Overlay(base);
  const couriers = new CouriersLayer(colours, () => link.clock.scale);
  const doors = new DoorLayer(colours);
  overlay.use([...(basemap.kind === "none" ? [new GridLayer(colours)] : []), doors], [couriers]);
  let framed = false;
  const stop = effect(() => {
    const courier = link.delivery.value?.courier ?? null;
    const place = doorOf(link);
    doors.at = place;
    if (courier === null) couriers.show([]);
    else {
      const at = { id: "c", lon: courier.lon, lat: courier.lat, headingDeg: courier.heading_deg, speedMps: null };
      const ageS = (): number => link.clock.wallAgeS(link.delivery.value?.courier?.fix_at_ms ?? 0);
      couriers.show([{ id: "c", name: courier.name, ageS, carrying: true, active: true, onBreak: false, at }]);
      couriers.move([at]);
      const seen = base.getBounds();
      if (place !== null && (!framed || !seen.contains([courier.lon, courier.lat]))) {
        base.fitBounds(box(courier, place), { padding: 60, maxZoom: 16.5, duration: framed ? 600 : 0 });
        framed = true;
      }
    }
    overlay.changed();
  });
  const ageing = setInterval(() => overlay.wake(), 5_000);
  return {
    remove: () => {
      stop();
      clearInterval(ageing);
      overlay.remove();
      base.remove();
    },
  };
}

interface Place {
  lon: number;
  lat: number;
}

function doorOf(link: TrackLink): Place | null {
  const { lon, lat } = (link.delivery.value?.dropoff ?? {}) as Partial<Place>;
  return typeof lon === "number" && typeof lat === "number" ? { lon, lat } : null;
}

function box(a: Place, b: Place): [number, number, number, number] {
  return [Math.min(a.lon, b.lon), Math.min(a.lat, b.lat), Math.max(a.lon, b.lon), Math.max(a.lat, b.lat)];
}
