/** The map's colours, light and dark. Canvas cannot read CSS variables cheaply, so they live here. */
export interface Palette {
  land: string;
  block: string;
  blockEdge: string;
  park: string;
  water: string;
  waterEdge: string;
  street: string;
  streetMain: string;
  casing: string;
  path: string;
  label: string;
  labelHalo: string;
  waterLabel: string;
  parkLabel: string;
  grid: string;
  gridLabel: string;
  ink: string;
  inkSoft: string;
  paper: string;
  accent: string;
  good: string;
  zone: string;
}

const LIGHT: Palette = {
  land: "#f3f0e9",
  block: "#eae5da",
  blockEdge: "#e0dacd",
  park: "#d3e2c6",
  water: "#b9d4e0",
  waterEdge: "#a3c4d3",
  street: "#ffffff",
  streetMain: "#fffaf0",
  casing: "#d5cebf",
  path: "#c3b99f",
  label: "#5c6470",
  labelHalo: "#fbf9f5",
  waterLabel: "#4a7487",
  parkLabel: "#4f7343",
  grid: "#e2dccf",
  gridLabel: "#8b8577",
  ink: "#16324f",
  inkSoft: "#5f7891",
  paper: "#ffffff",
  accent: "#c8401b",
  good: "#1d6b4a",
  zone: "#6b4f8a",
};

const DARK: Palette = {
  land: "#1a1f27",
  block: "#212832",
  blockEdge: "#29313c",
  park: "#1f3229",
  water: "#16303f",
  waterEdge: "#1d3d50",
  street: "#353f4c",
  streetMain: "#434e5d",
  casing: "#141920",
  path: "#4a4f4d",
  label: "#aab3bd",
  labelHalo: "#14181f",
  waterLabel: "#7fa9bd",
  parkLabel: "#86ab7b",
  grid: "#262d37",
  gridLabel: "#7a838e",
  ink: "#a9cbee",
  inkSoft: "#7590ab",
  paper: "#10141a",
  accent: "#ff7a50",
  good: "#63c99a",
  zone: "#b79ad6",
};

export function palette(): Palette {
  return matchMedia("(prefers-color-scheme: dark)").matches ? DARK : LIGHT;
}
