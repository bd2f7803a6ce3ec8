/** The base map's style: the fleet's own GeoJSON where there is one, else plain land under a grid. */
import type { ExpressionSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import type { Basemap, BasemapLayer } from "../wire/rest";
import type { Palette } from "./palette";

export const FONT = ["system-ui, Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"];

export function mapStyle(basemap: Basemap, colours: Palette): StyleSpecification {
  const background: LayerSpecification = {
    id: "land",
    type: "background",
    paint: { "background-color": colours.land },
  };
  if (basemap.kind === "none") return { version: 8, sources: {}, layers: [background] };
  const sources: Record<string, SourceSpecification> = {};
  for (const [name, data] of Object.entries(basemap.layers)) {
    sources[name] = { type: "geojson", data, attribution: basemap.attribution, tolerance: 0.2 };
  }
  const layers = drawing(colours).filter((layer) => !("source" in layer) || layer.source in sources);
  return { version: 8, sources, layers: [background, ...layers] };
}

/** All layers, bottom to top. */
function drawing(c: Palette): LayerSpecification[] {
  return [
    area("blocks", c.block, c.blockEdge),
    area("parks", c.park, c.park),
    area("water", c.water, c.waterEdge),
    street("path", c.path, 0.5, [1.5, 1.5]),
    casing("residential", c.casing, 1),
    casing("secondary", c.casing, 1.6),
    casing("primary", c.casing, 2.2),
    street("residential", c.street, 1),
    street("secondary", c.street, 1.6),
    street("primary", c.streetMain, 2.2),
    areaNames("parks", c.parkLabel, c),
    areaNames("water", c.waterLabel, c),
    streetNames(c),
    places(c),
  ];
}

function area(source: BasemapLayer, fill: string, edge: string): LayerSpecification {
  return { id: source, source, type: "fill", paint: { "fill-color": fill, "fill-outline-color": edge } };
}

/** A street's width in pixels, doubling with each zoom level as the ground does, from about zoom 14 on. */
function width(weight: number, extra: number): ExpressionSpecification {
  const at = (px: number): number => px * weight + extra;
  return ["interpolate", ["exponential", 1.6], ["zoom"], 11, at(0.5), 13, at(1.6), 15, at(4.2), 17, at(11), 19, at(26)];
}

function street(kind: string, colour: string, weight: number, dashes?: number[]): LayerSpecification {
  return {
    id: `street-${kind}`,
    source: "streets",
    type: "line",
    filter: ["==", ["get", "class"], kind],
    layout: { "line-cap": dashes ? "butt" : "round", "line-join": "round" },
    paint: {
      "line-color": colour,
      "line-width": width(weight, 0),
      ...(dashes ? { "line-dasharray": dashes } : {}),
    },
  };
}

function casing(kind: string, colour: string, weight: number): LayerSpecification {
  return {
    id: `casing-${kind}`,
    source: "streets",
    type: "line",
    minzoom: 12,
    filter: ["==", ["get", "class"], kind],
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": colour, "line-width": width(weight, 1.6) },
  };
}

function areaNames(source: BasemapLayer, colour: string, c: Palette): LayerSpecification {
  return {
    id: `${source}-names`,
    source,
    type: "symbol",
    filter: ["has", "name"],
    minzoom: 12.5,
    layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "text-max-width": 7 },
    paint: { "text-color": colour, "text-halo-color": c.labelHalo, "text-halo-width": 1.2 },
  };
}

function streetNames(c: Palette): LayerSpecification {
  return {
    id: "street-names",
    source: "streets",
    type: "symbol",
    minzoom: 14,
    filter: ["all", ["has", "name"], ["any", ["!=", ["get", "class"], "residential"], [">=", ["zoom"], 15.5]]],
    layout: {
      "symbol-placement": "line",
      "symbol-spacing": 420,
      "text-field": ["get", "name"],
      "text-font": FONT,
      "text-size": ["interpolate", ["linear"], ["zoom"], 14, 10.5, 18, 13],
      "text-letter-spacing": 0.02,
    },
    paint: { "text-color": c.label, "text-halo-color": c.labelHalo, "text-halo-width": 1.6 },
  };
}

function places(c: Palette): LayerSpecification {
  return {
    id: "places",
    source: "places",
    type: "symbol",
    maxzoom: 17,
    layout: {
      "text-field": ["get", "name"],
      "text-font": FONT,
      "text-size": ["match", ["get", "kind"], ["city", "town"], 17, ["district", "neighbourhood", "neighborhood", "suburb"], 13, 11.5],
      "text-letter-spacing": 0.04,
      "text-max-width": 8,
      "text-padding": 12,
    },
    paint: { "text-color": c.label, "text-halo-color": c.labelHalo, "text-halo-width": 1.8 },
  };
}
