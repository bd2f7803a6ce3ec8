/** The shop's map: click where it is picked up and where it goes. Loaded lazily. */
import { effect } from "@preact/signals";
import { t } from "../i18n";
import { createBase, centreOf } from "../map/base";
import { DraftLayer } from "../map/draft";
import { GridLayer } from "../map/grid";
import { Overlay } from "../map/overlay";
import { palette } from "../map/palette";
import { Api, type Basemap } from "../wire/rest";
import type { ShopBoard } from "./board";

export async function createPickMap(
  container: HTMLElement,
  board: ShopBoard,
  home: { lon: number; lat: number },
): Promise<{ remove: () => void }> {
  const basemap = await new Api(null).basemap().catch((): Basemap => ({ kind: "none" }));
  const colours = palette();
  const center = board.ends.value.pickup ?? centreOf(basemap) ?? home;
  const base = createBase({ container, basemap, center, zoom: 14, label: t("map") });
  const overlay = new Overlay(base);
  const draft = new DraftLayer(colours);
  overlay.use([...(basemap.kind === "none" ? [new GridLayer(colours)] : []), draft], []);
  base.on("click", ({ lngLat }) => {
    const end = board.wanted() ?? "dropoff";
    board.ends.value = { ...board.ends.value, [end]: { lon: lngLat.lng, lat: lngLat.lat } };
    board.picking.value = null;
  });
  const stop = effect(() => {
    draft.ends = board.ends.value;
    base.getCanvas().style.cursor = "crosshair";
    overlay.changed();
  });
  return {
    remove: () => {
      stop();
      overlay.remove();
      base.remove();
    },
  };
}
