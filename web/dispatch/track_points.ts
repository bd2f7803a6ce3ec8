/** A courier's track as points in time order, from the server's GeoJSON. */
export interface TrackPoint {
  lon: number;
  lat: number;
  atMs: number;
}

export function readTrack(doc: GeoJSON.FeatureCollection | GeoJSON.Feature): TrackPoint[] {
  const features = doc.type === "FeatureCollection" ? doc.features : [doc];
  return features.flatMap(pointsOf).sort((a, b) => a.atMs - b.atMs);
}

function pointsOf({ geometry, properties }: GeoJSON.Feature): TrackPoint[] {
  const times = (properties?.["fix_at_ms"] as number[] | undefined) ?? [];
  const line = geometry?.type === "LineString" ? geometry.coordinates : geometry?.type === "Point" ? [geometry.coordinates] : [];
  return line.map(([lon = 0, lat = 0], index) => ({ lon, lat, atMs: times[index] ?? 0 }));
}

/** Where the courier was at a moment, on the line between the fixes around it. */
export function placeAt(points: readonly TrackPoint[], atMs: number): { lon: number; lat: number } | null {
  const after = points.findIndex((point) => point.atMs >= atMs);
  const b = points[after === -1 ? points.length - 1 : after];
  const a = points[after <= 0 ? 0 : after - 1];
  if (a === undefined || b === undefined) return null;
  const s = b.atMs === a.atMs ? 1 : Math.min(1, (atMs - a.atMs) / (b.atMs - a.atMs));
  return { lon: a.lon + (b.lon - a.lon) * s, lat: a.lat + (b.lat - a.lat) * s };
}
