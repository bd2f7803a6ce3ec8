/** Zones that an operator drew, under everything that moves. */
import type { GeoJSONSource, Map as BaseMap } from "maplibre-gl";
import type { ZoneView } from "../wire/frames";
import type { Palette } from "./palette";
import { FONT } from "./style";

const CIRCLE_CORNERS = 64;
const METRES_PER_DEGREE = 111_195;

export function addZones(map: BaseMap, colours: Palette): (zones: Iterable<ZoneView>) => void {
  map.addSource("zones", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  const tone: ["match", ...unknown[]] = ["match", ["get", "kind"], "no_go", colours.accent, colours.zone];
  map.addLayer({ id: "zone-fill", source: "zones", type: "fill", paint: { "fill-color": tone as never, "fill-opacity": 0.08 } });
  map.addLayer({
    id: "zone-edge",
    source: "zones",
    type: "line",
    paint: { "line-color": tone as never, "line-width": 2, "line-dasharray": [3, 2], "line-opacity": 0.8 },
  });
  map.addLayer({
    id: "zone-names",
    source: "zones",
    type: "symbol",
    filter: ["==", ["geometry-type"], "Point"],
    layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12.5, "text-anchor": "bottom", "text-offset": [0, -0.3] },
    paint: { "text-color": tone as never, "text-halo-color": colours.labelHalo, "text-halo-width": 1.6 },
  });
  return (zones) => {
    const areas = Array.from(zones, zoneFeature);
    const features = [...areas, ...areas.map(nameFeature).filter((feature) => feature !== null)];
    map.getSource<GeoJSONSource>("zones")?.setData({ type: "FeatureCollection", features });
  };
}

/** A zone as something to fill; a circle becomes a polygon of many corners. */
export function zoneFeature(zone: ZoneView): GeoJSON.Feature {
  const shape = zone.geometry as unknown as GeoJSON.Geometry;
  const geometry = shape.type === "Point" ? circle(shape.coordinates, zone.radius_m ?? 0) : shape;
  return { type: "Feature", id: zone.id, properties: { id: zone.id, name: zone.name, kind: zone.kind }, geometry };
}

/** Where a zone's name stands: on its northernmost corner. */
function nameFeature({ geometry, properties }: GeoJSON.Feature): GeoJSON.Feature | null {
  const corners = "coordinates" in geometry ? (geometry.coordinates.flat(Infinity) as number[]) : [];
  let top: [number, number] | null = null;
  for (let i = 0; i + 1 < corners.length; i += 2) {
    const [lon = 0, lat = 0] = corners.slice(i, i + 2);
    if (top === null || lat > top[1]) top = [lon, lat];
  }
  return top === null ? null : { type: "Feature", properties, geometry: { type: "Point", coordinates: top } };
}

function circle([lon = 0, lat = 0]: GeoJSON.Position, radiusM: number): GeoJSON.Polygon {
  const ring: GeoJSON.Position[] = [];
  const [dy, dx] = [radiusM / METRES_PER_DEGREE, radiusM / METRES_PER_DEGREE / Math.cos((lat * Math.PI) / 180)];
  for (let i = 0; i <= CIRCLE_CORNERS; i++) {
    const angle = ((i % CIRCLE_CORNERS) / CIRCLE_CORNERS) * 2 * Math.PI;
    ring.push([lon + dx * Math.cos(angle), lat + dy * Math.sin(angle)]);
  }
  return { type: "Polygon", coordinates: [ring] };
}
