/** The MapLibre map itself: north up, flat, our style, its worker from our own address. */
import { AttributionControl, Map as BaseMap, ScaleControl, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { Basemap } from "../wire/rest";
import "./map.css";
import { palette } from "./palette";
import { mapStyle } from "./style";

setWorkerUrl(workerUrl);

export interface BaseOptions {
  container: HTMLElement;
  basemap: Basemap;
  center: { lon: number; lat: number };
  zoom: number;
  label: string;
}

export function createBase({ container, basemap, center, zoom, label }: BaseOptions): BaseMap {
  const map = new BaseMap({
    container,
    style: mapStyle(basemap, palette()),
    center: [center.lon, center.lat],
    zoom,
    minZoom: 3,
    maxZoom: 19.5,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    renderWorldCopies: false,
    attributionControl: false,
    fadeDuration: 120,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new ScaleControl({ maxWidth: 110 }), "bottom-left");
  map.addControl(new AttributionControl({ compact: false }), "bottom-right");
  map.getCanvas().setAttribute("aria-label", label);
  return map;
}

/** The base map of the token's fleet, or none when there is none to have. */
export function centreOf(basemap: Basemap): { lon: number; lat: number } | null {
  if (basemap.kind === "none") return null;
  const [west, south, east, north] = basemap.bounds;
  return { lon: (west + east) / 2, lat: (south + north) / 2 };
}
