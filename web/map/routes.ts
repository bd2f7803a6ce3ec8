/** Routes: a line through a courier's stops in order, starting where the courier is drawn, so it follows them. */
import { mercatorX, mercatorY, type Shown } from "../live/glide";
import type { Palette } from "./palette";
import type { Layer, View } from "./view";

export interface RouteLine {
  courierId: string;
  stops: readonly { lon: number; lat: number }[];
}

const ALL_AT_MOST = 120;

export class RoutesLayer implements Layer {
  selected: string | null = null;
  private lines: { id: string; points: Float64Array }[] = [];

  constructor(
    private readonly colours: Palette,
    private readonly shown: (courierId: string, nowMs: number) => Shown | null,
  ) {}

  show(routes: Iterable<RouteLine>): void {
    this.lines = Array.from(routes, (route) => {
      const points = new Float64Array(route.stops.length * 2);
      route.stops.forEach((stop, i) => points.set([mercatorX(stop.lon), mercatorY(stop.lat)], i * 2));
      return { id: route.courierId, points };
    });
  }

  draw(ctx: CanvasRenderingContext2D, view: View, nowMs: number): boolean {
    ctx.lineJoin = ctx.lineCap = "round";
    const many = this.lines.length > ALL_AT_MOST;
    if (!many) {
      ctx.strokeStyle = this.colours.inkSoft;
      ctx.globalAlpha = this.selected === null ? 0.5 : 0.16;
      ctx.lineWidth = 2;
      ctx.beginPath();
      for (const line of this.lines) if (line.id !== this.selected) this.trace(ctx, view, line, nowMs);
      ctx.stroke();
      ctx.globalAlpha = 1;
    }
    const chosen = this.lines.find((line) => line.id === this.selected);
    if (chosen !== undefined) this.drawChosen(ctx, view, chosen, nowMs);
    return false;
  }

  private drawChosen(ctx: CanvasRenderingContext2D, view: View, line: { id: string; points: Float64Array }, nowMs: number): void {
    for (const [width, colour] of [[7, this.colours.paper], [3.5, this.colours.ink]] as const) {
      ctx.beginPath();
      this.trace(ctx, view, line, nowMs);
      ctx.lineWidth = width;
      ctx.strokeStyle = colour;
      ctx.stroke();
    }
  }

  private trace(ctx: CanvasRenderingContext2D, view: View, line: { id: string; points: Float64Array }, nowMs: number): void {
    const at = this.shown(line.id, nowMs);
    let drawing = at !== null;
    if (at !== null) ctx.moveTo(view.x(at.x), view.y(at.y));
    for (let i = 0; i < line.points.length; i += 2) {
      const [x, y] = [view.x(line.points[i] ?? 0), view.y(line.points[i + 1] ?? 0)];
      if (drawing) ctx.lineTo(x, y);
      else ctx.moveTo(x, y);
      drawing = true;
    }
  }
}

/** The numbers of the selected route's stops, over the stops themselves. */
export class StopNumbersLayer implements Layer {
  stops: readonly { lon: number; lat: number }[] = [];

  constructor(private readonly colours: Palette) {}

  draw(ctx: CanvasRenderingContext2D, view: View): boolean {
    ctx.font = "700 11px system-ui, sans-serif";
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    this.stops.forEach((stop, index) => {
      const [x, y] = [view.x(mercatorX(stop.lon)) + 11, view.y(mercatorY(stop.lat)) - 11];
      ctx.beginPath();
      ctx.arc(x, y, 8.5, 0, 2 * Math.PI);
      ctx.fillStyle = this.colours.ink;
      ctx.fill();
      ctx.lineWidth = 1.5;
      ctx.strokeStyle = this.colours.paper;
      ctx.stroke();
      ctx.fillStyle = this.colours.paper;
      ctx.fillText(String(index + 1), x, y + 0.5);
    });
    return false;
  }
}
