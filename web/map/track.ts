/** A courier's track being replayed: the whole line pale, what is past strong, the courier at its end. */
import { mercatorX, mercatorY } from "../live/glide";
import type { Palette } from "./palette";
import type { Layer, View } from "./view";

export interface PastPoint {
  lon: number;
  lat: number;
  atMs: number;
}

export class TrackLayer implements Layer {
  points: readonly PastPoint[] = [];
  at: { lon: number; lat: number; atMs: number } | null = null;

  constructor(private readonly colours: Palette) {}

  draw(ctx: CanvasRenderingContext2D, view: View): number {
    const { at } = this;
    if (at === null) return 0;
    ctx.lineJoin = ctx.lineCap = "round";
    this.line(ctx, view, this.points, 3, 0.35, null);
    this.line(ctx, view, this.points.filter((point) => point.atMs <= at.atMs), 4, 1, at);
    ctx.globalAlpha = 1;
    ctx.beginPath();
    ctx.arc(view.x(mercatorX(at.lon)), view.y(mercatorY(at.lat)), 8, 0, 2 * Math.PI);
    ctx.fillStyle = this.colours.accent;
    ctx.fill();
    ctx.lineWidth = 3;
    ctx.strokeStyle = this.colours.paper;
    ctx.stroke();
    return 0;
  }

  private line(
    ctx: CanvasRenderingContext2D,
    view: View,
    points: readonly PastPoint[],
    width: number,
    alpha: number,
    end: { lon: number; lat: number } | null,
  ): void {
    ctx.beginPath();
    for (const { lon, lat } of end === null ? points : [...points, end]) ctx.lineTo(view.x(mercatorX(lon)), view.y(mercatorY(lat)));
    ctx.globalAlpha = alpha;
    ctx.lineWidth = width;
    ctx.strokeStyle = this.colours.accent;
    ctx.stroke();
  }
}
