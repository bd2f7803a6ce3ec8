/** Routes: a line through a courier's stops in order, starting where the courier is drawn, so it follows them. */
import { mercatorX, mercatorY, type Shown } from "../live/glide";
import type { Palette } from "./palette";
import type { Layer, View } from "./view";

export interface RouteLine {
  courierId: string;
  stops: readonly { lon: number; lat: number }[];
}

const ALL_AT_MOST = 120;
/** The first leg ends at the edge of its stop's mark, which is drawn beneath. */
const SHORT_PX = 7;

interface Line {
  id: string;
  /** Mercator x and y, one after the other. */
  points: Float64Array;
}

/** What two layers draw between them: the legs that stand still, and the first ones that follow their couriers. */
export class RouteLines {
  selected: string | null = null;
  all: readonly Line[] = [];

  show(routes: Iterable<RouteLine>): void {
    this.all = Array.from(routes, (route) => {
      const points = new Float64Array(route.stops.length * 2);
      route.stops.forEach((stop, i) => points.set([mercatorX(stop.lon), mercatorY(stop.lat)], i * 2));
      return { id: route.courierId, points };
    });
  }

  /** Strokes every route pale while there are few, then the selected one strong. */
  stroke(ctx: CanvasRenderingContext2D, colours: Palette, trace: (line: Line) => void): void {
    ctx.lineJoin = ctx.lineCap = "round";
    if (this.all.length <= ALL_AT_MOST) {
      ctx.globalAlpha = this.selected === null ? 0.5 : 0.16;
      strokeAll(ctx, this.all.filter((line) => line.id !== this.selected), 2, colours.inkSoft, trace);
      ctx.globalAlpha = 1;
    }
    const chosen = this.all.filter((line) => line.id === this.selected);
    strokeAll(ctx, chosen, 7, colours.paper, trace);
    strokeAll(ctx, chosen, 3.5, colours.ink, trace);
  }
}

/** The legs from stop to stop. */
export class LegsLayer implements Layer {
  constructor(
    private readonly colours: Palette,
    private readonly lines: RouteLines,
  ) {}

  draw(ctx: CanvasRenderingContext2D, view: View): number {
    this.lines.stroke(ctx, this.colours, ({ points }) => {
      for (let i = 0; i < points.length; i += 2) {
        const [x, y] = [view.x(points[i] ?? 0), view.y(points[i + 1] ?? 0)];
        if (i === 0) ctx.moveTo(x, y);
        else ctx.lineTo(x, y);
      }
    });
    return 0;
  }
}

/** The leg each courier rides now, from where the courier is drawn. */
export class FirstLegsLayer implements Layer {
  constructor(
    private readonly colours: Palette,
    private readonly lines: RouteLines,
    private readonly shown: (courierId: string, nowMs: number) => Shown | null,
  ) {}

  draw(ctx: CanvasRenderingContext2D, view: View, nowMs: number): number {
    this.lines.stroke(ctx, this.colours, ({ id, points }) => {
      const at = this.shown(id, nowMs);
      if (at === null || points.length === 0) return;
      const [x0, y0] = [view.x(at.x), view.y(at.y)];
      const [x1, y1] = [view.x(points[0] ?? 0), view.y(points[1] ?? 0)];
      const length = Math.hypot(x1 - x0, y1 - y0);
      if (length <= SHORT_PX) return;
      const share = 1 - SHORT_PX / length;
      ctx.moveTo(x0, y0);
      ctx.lineTo(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share);
    });
    return 0;
  }
}

/** The numbers of the selected route's stops, over the stops themselves. */
export class StopNumbersLayer implements Layer {
  stops: readonly { lon: number; lat: number }[] = [];

  constructor(private readonly colours: Palette) {}

  draw(ctx: CanvasRenderingContext2D, view: View): number {
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
    return 0;
  }
}

function strokeAll(ctx: CanvasRenderingContext2D, lines: readonly Line[], width: number, colour: string, trace: (line: Line) => void): void {
  if (lines.length === 0) return;
  ctx.beginPath();
  lines.forEach(trace);
  ctx.lineWidth = width;
  ctx.strokeStyle = colour;
  ctx.stroke();
}
