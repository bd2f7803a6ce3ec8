/** Couriers, gliding. One mark each: filled while carrying, hollow while free, faded with the age of the fix. */
import { Glide, mercatorX, mercatorY, unitsPerMetre, type Shown } from "../live/glide";
import type { Palette } from "./palette";
import { Sprites } from "./sprites";
import type { Layer, View } from "./view";

export interface CourierMark {
  id: string;
  name: string;
  /** Wall seconds since the newest fix. */
  ageS: () => number;
  carrying: boolean;
  /** On shift and in contact; others are drawn pale. */
  active: boolean;
  onBreak: boolean;
}

interface Entry {
  mark: CourierMark;
  glide: Glide;
}

export interface Fresh {
  id: string;
  lon: number;
  lat: number;
  headingDeg: number | null;
  speedMps: number | null;
}

const HEADINGS = 32;
const BIG = 30;
const SMALL = 6;
const CROWD = 300;
const NAMES_AT_MOST = 70;
const FADE_FROM_S = 20;
const FADE_TO_S = 150;
const FAINTEST = 0.3;

export class CouriersLayer implements Layer {
  selected: string | null = null;
  hovered: string | null = null;
  private readonly entries = new Map<string, Entry>();
  private readonly sprites = new Sprites();

  constructor(
    private readonly colours: Palette,
    private readonly timeScale: () => number = () => 1,
  ) {}

  /** Says who there is and how to draw them; `at` places newcomers. */
  show(marks: Iterable<CourierMark & { at: Fresh | null }>): void {
    const seen = new Set<string>();
    for (const mark of marks) {
      const entry = this.entries.get(mark.id);
      if (entry !== undefined) entry.mark = mark;
      else if (mark.at !== null) this.place(mark, mark.at);
      else continue;
      seen.add(mark.id);
    }
    for (const id of this.entries.keys()) if (!seen.has(id)) this.entries.delete(id);
  }

  /** Says who there is and puts each exactly there, without gliding: for moments of the past. */
  stand(marks: Iterable<CourierMark & { at: Fresh }>): void {
    this.entries.clear();
    for (const mark of marks) this.place(mark, mark.at);
  }

  move(rows: Iterable<Fresh>, nowMs = performance.now()): void {
    for (const row of rows) {
      const entry = this.entries.get(row.id);
      if (entry === undefined) continue;
      const speed = row.speedMps === null ? null : (row.speedMps * unitsPerMetre(row.lat) * this.timeScale()) / 1000;
      entry.glide.toward(nowMs, mercatorX(row.lon), mercatorY(row.lat), row.headingDeg, speed);
    }
  }

  /** Where a courier is drawn now. */
  shown(id: string, nowMs = performance.now()): Shown | null {
    return this.entries.get(id)?.glide.at(nowMs) ?? null;
  }

  /** The courier nearest to a point of the screen, within reach of a finger. */
  hit(view: View, x: number, y: number, reachPx = 18, nowMs = performance.now()): string | null {
    let best: string | null = null;
    let bestPx = reachPx;
    for (const [id, { glide }] of this.entries) {
      const at = glide.at(nowMs);
      const away = Math.hypot(view.x(at.x) - x, view.y(at.y) - y);
      if (away < bestPx) [best, bestPx] = [id, away];
    }
    return best;
  }

  draw(ctx: CanvasRenderingContext2D, view: View, nowMs: number): number {
    const visible: [Entry, number, number, Shown][] = [];
    let pace = 0;
    for (const entry of this.entries.values()) {
      const at = entry.glide.at(nowMs);
      if (at.pace > pace) pace = at.pace;
      const x = view.x(at.x);
      const y = view.y(at.y);
      if (view.sees(x, y, BIG)) visible.push([entry, x, y, at]);
    }
    const crowd = visible.length > CROWD && view.zoom < 15.5;
    for (const [entry, x, y, at] of visible) this.drawMark(ctx, entry.mark, x, y, at, crowd);
    this.drawNames(ctx, view, visible, crowd);
    return pace * view.worldSize;
  }

  private drawMark(ctx: CanvasRenderingContext2D, mark: CourierMark, x: number, y: number, at: Shown, crowd: boolean): void {
    const chosen = this.isChosen(mark);
    ctx.globalAlpha = chosen ? 1 : fade(mark.ageS()) * (mark.active ? 1 : 0.55);
    if (mark.id === this.selected) halo(ctx, x, y, this.colours);
    const size = crowd && !chosen ? SMALL : BIG;
    const step = at.headingDeg === null || size === SMALL ? -1 : Math.round((at.headingDeg / 360) * HEADINGS) % HEADINGS;
    const key = (size === SMALL ? "s" : "") + (mark.carrying ? "c" : "") + (mark.onBreak ? "b" : "") + step;
    this.sprites.stamp(ctx, key, x, y, size, (own) => drawMark(own, size, mark, step, this.colours));
    ctx.globalAlpha = 1;
  }

  /** Names, the chosen ones first; one that would cover another is left out until there is room. */
  private drawNames(ctx: CanvasRenderingContext2D, view: View, visible: [Entry, number, number, Shown][], crowd: boolean): void {
    const all = view.zoom >= 13 && visible.length <= NAMES_AT_MOST && !crowd;
    const chosen = visible.filter(([{ mark }]) => this.isChosen(mark));
    const others = all ? visible.filter(([{ mark }]) => !this.isChosen(mark)) : [];
    ctx.textAlign = "center";
    ctx.textBaseline = "top";
    ctx.lineJoin = "round";
    ctx.lineWidth = 3.5;
    ctx.strokeStyle = this.colours.labelHalo;
    ctx.fillStyle = this.colours.ink;
    const taken: [number, number, number][] = [];
    for (const [{ mark }, x, y] of [...chosen, ...others]) {
      const strong = this.isChosen(mark);
      const age = mark.ageS();
      const text = age >= 60 ? `${mark.name} · ${ageText(age)}` : mark.name;
      ctx.font = `${strong ? 700 : 600} ${strong ? 13 : 11.5}px system-ui, sans-serif`;
      const half = ctx.measureText(text).width / 2 + 2;
      if (!strong && taken.some(([tx, ty, th]) => Math.abs(tx - x) < th + half && Math.abs(ty - y) < 14)) continue;
      taken.push([x, y, half]);
      ctx.globalAlpha = strong ? 1 : Math.max(0.55, fade(age));
      ctx.strokeText(text, x, y + 12);
      ctx.fillText(text, x, y + 12);
    }
    ctx.globalAlpha = 1;
  }

  private isChosen(mark: CourierMark): boolean {
    return mark.id === this.selected || mark.id === this.hovered;
  }

  private place(mark: CourierMark, at: Fresh): void {
    this.entries.set(mark.id, { mark, glide: new Glide(mercatorX(at.lon), mercatorY(at.lat), at.headingDeg) });
  }
}

/** 1 for a fresh fix down to `FAINTEST` for one of minutes ago. */
export function fade(ageS: number): number {
  const s = Math.min(1, Math.max(0, (ageS - FADE_FROM_S) / (FADE_TO_S - FADE_FROM_S)));
  return 1 - s * (1 - FAINTEST);
}

/** Minutes and hours, short enough for a map. */
export function ageText(ageS: number): string {
  return ageS < 5400 ? `${Math.round(ageS / 60)} min` : `${Math.round(ageS / 3600)} h`;
}

function halo(ctx: CanvasRenderingContext2D, x: number, y: number, colours: Palette): void {
  ctx.beginPath();
  ctx.arc(x, y, 19, 0, 2 * Math.PI);
  ctx.fillStyle = colours.paper;
  ctx.globalAlpha = 0.75;
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.lineWidth = 2.5;
  ctx.strokeStyle = colours.ink;
  ctx.stroke();
}

function drawMark(ctx: CanvasRenderingContext2D, size: number, mark: CourierMark, heading: number, colours: Palette): void {
  const radius = size === SMALL ? SMALL * 0.65 : size * 0.27;
  if (heading >= 0) drawWedge(ctx, radius, (heading / HEADINGS) * 2 * Math.PI, colours);
  ctx.beginPath();
  ctx.arc(0, 0, radius, 0, 2 * Math.PI);
  ctx.lineWidth = radius * 0.6;
  ctx.strokeStyle = colours.paper;
  ctx.stroke();
  ctx.fillStyle = mark.carrying ? colours.ink : colours.paper;
  ctx.fill();
  ctx.lineWidth = radius * 0.32;
  ctx.strokeStyle = colours.ink;
  ctx.stroke();
  if (mark.onBreak) drawPause(ctx, radius, colours);
}

/** A pointer ahead of the dot, the way the courier rides. */
function drawWedge(ctx: CanvasRenderingContext2D, radius: number, angle: number, colours: Palette): void {
  ctx.save();
  ctx.rotate(angle);
  ctx.beginPath();
  ctx.moveTo(0, -radius * 2.15);
  ctx.lineTo(radius * 0.85, -radius * 0.75);
  ctx.lineTo(-radius * 0.85, -radius * 0.75);
  ctx.closePath();
  ctx.lineJoin = "round";
  ctx.lineWidth = radius * 0.5;
  ctx.strokeStyle = colours.paper;
  ctx.stroke();
  ctx.fillStyle = colours.ink;
  ctx.fill();
  ctx.restore();
}

function drawPause(ctx: CanvasRenderingContext2D, radius: number, colours: Palette): void {
  ctx.fillStyle = colours.ink;
  ctx.fillRect(-radius * 0.45, -radius * 0.5, radius * 0.3, radius);
  ctx.fillRect(radius * 0.15, -radius * 0.5, radius * 0.3, radius);
}
