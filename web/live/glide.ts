/**
 * Where to draw a courier between two fixes: a cubic Hermite curve from where it is shown to where it was seen,
 * leaving along the shown heading and arriving along the reported one. Web Mercator units (0 to 1), wall
 * milliseconds. Never draws beyond the newest fix: what is not known is not shown.
 */
export interface Shown {
  x: number;
  y: number;
  /** Degrees clockwise from north; null while it was never known. */
  headingDeg: number | null;
  moving: boolean;
  /** Mercator units per wall millisecond, on average over this glide; 0 once it stands. */
  pace: number;
}

const SHORTEST_MS = 300;
const LONGEST_MS = 6_000;
const CATCH_UP_MS = 700;
/** Past this many times the usual step it is a gap in the track, not riding: catch up quickly and straight. */
const GAP_M = 400;
const EARTH_M = 40_075_016.686;

export class Glide {
  private x0 = 0;
  private y0 = 0;
  private x1 = 0;
  private y1 = 0;
  private vx0 = 0;
  private vy0 = 0;
  private vx1 = 0;
  private vy1 = 0;
  private startMs = 0;
  private durationMs = 0;
  private seenMs = 0;
  private usualMs = 1_000;
  private pace = 0;
  private headingDeg: number | null = null;

  constructor(x: number, y: number, headingDeg: number | null) {
    this.x0 = this.x1 = x;
    this.y0 = this.y1 = y;
    this.headingDeg = headingDeg;
  }

  /** Takes a new position. `speed` is in Mercator units per wall millisecond, null when unknown. */
  toward(nowMs: number, x: number, y: number, headingDeg: number | null, speed: number | null): void {
    const from = this.at(nowMs);
    const [vx, vy] = this.velocityAt(nowMs);
    if (this.seenMs > 0) this.usualMs += 0.3 * (clamp(nowMs - this.seenMs, SHORTEST_MS, LONGEST_MS) - this.usualMs);
    this.seenMs = nowMs;
    this.headingDeg = headingDeg ?? from.headingDeg;
    [this.x0, this.y0, this.x1, this.y1] = [from.x, from.y, x, y];
    const distance = Math.hypot(x - from.x, y - from.y);
    const gap = distance * EARTH_M * 0.8 > GAP_M;
    this.startMs = nowMs;
    this.durationMs = distance === 0 ? 0 : gap ? CATCH_UP_MS : clamp(this.usualMs * 1.15, SHORTEST_MS, LONGEST_MS);
    this.pace = this.durationMs === 0 ? 0 : distance / this.durationMs;
    const limit = this.durationMs === 0 ? 0 : (1.2 * distance) / this.durationMs;
    [this.vx0, this.vy0] = gap ? [0, 0] : atMost(vx, vy, limit);
    [this.vx1, this.vy1] = gap || headingDeg === null ? [0, 0] : along(headingDeg, Math.min(speed ?? 0, limit));
  }

  at(nowMs: number): Shown {
    const s = this.durationMs === 0 ? 1 : clamp((nowMs - this.startMs) / this.durationMs, 0, 1);
    if (s >= 1) return { x: this.x1, y: this.y1, headingDeg: this.headingDeg, moving: false, pace: 0 };
    const [vx, vy] = this.velocityAt(nowMs);
    const towardsDeg = vx === 0 && vy === 0 ? this.headingDeg : (Math.atan2(vx, -vy) * 180) / Math.PI;
    return {
      x: hermite(s, this.x0, this.vx0 * this.durationMs, this.x1, this.vx1 * this.durationMs),
      y: hermite(s, this.y0, this.vy0 * this.durationMs, this.y1, this.vy1 * this.durationMs),
      headingDeg: this.headingDeg === null ? towardsDeg : mix(towardsDeg ?? this.headingDeg, this.headingDeg, s),
      moving: true,
      pace: this.pace,
    };
  }

  private velocityAt(nowMs: number): [number, number] {
    if (this.durationMs === 0) return [0, 0];
    const s = (nowMs - this.startMs) / this.durationMs;
    if (s < 0 || s >= 1) return [0, 0];
    const d = this.durationMs;
    return [
      slope(s, this.x0, this.vx0 * d, this.x1, this.vx1 * d) / d,
      slope(s, this.y0, this.vy0 * d, this.y1, this.vy1 * d) / d,
    ];
  }
}

export const mercatorX = (lon: number): number => (lon + 180) / 360;
export const mercatorY = (lat: number): number =>
  0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
export const lonOf = (x: number): number => x * 360 - 180;
export const latOf = (y: number): number => (Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) * 360) / Math.PI - 90;
/** Mercator units per metre at a latitude. */
export const unitsPerMetre = (lat: number): number => 1 / (EARTH_M * Math.cos((lat * Math.PI) / 180));

function hermite(s: number, p0: number, m0: number, p1: number, m1: number): number {
  const s2 = s * s;
  const s3 = s2 * s;
  return (2 * s3 - 3 * s2 + 1) * p0 + (s3 - 2 * s2 + s) * m0 + (3 * s2 - 2 * s3) * p1 + (s3 - s2) * m1;
}

function slope(s: number, p0: number, m0: number, p1: number, m1: number): number {
  const s2 = s * s;
  return (6 * s2 - 6 * s) * (p0 - p1) + (3 * s2 - 4 * s + 1) * m0 + (3 * s2 - 2 * s) * m1;
}

function along(headingDeg: number, speed: number): [number, number] {
  const angle = (headingDeg * Math.PI) / 180;
  return [Math.sin(angle) * speed, -Math.cos(angle) * speed];
}

function atMost(vx: number, vy: number, limit: number): [number, number] {
  const speed = Math.hypot(vx, vy);
  return speed <= limit ? [vx, vy] : [(vx / speed) * limit, (vy / speed) * limit];
}

/** Turns from one heading to another the short way round. */
function mix(fromDeg: number, toDeg: number, s: number): number {
  const turn = ((toDeg - fromDeg + 540) % 360) - 180;
  return (fromDeg + turn * s * s + 360) % 360;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
