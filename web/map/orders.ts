/** Orders' two ends: a square where it is picked up, a disc where it goes; the accent where nobody carries it. */
import { mercatorX, mercatorY } from "../live/glide";
import type { Palette } from "./palette";
import { Sprites } from "./sprites";
import type { Layer, View } from "./view";

export interface OrderMark {
  id: string;
  pickup: { lon: number; lat: number };
  dropoff: { lon: number; lat: number };
  /** The goods are already with the courier, so the pickup is no longer to be visited. */
  onBoard: boolean;
  /** Nobody carries it yet. */
  open: boolean;
  late: boolean;
}

interface Placed {
  mark: OrderMark;
  px: number;
  py: number;
  dx: number;
  dy: number;
}

export class OrdersLayer implements Layer {
  selected: string | null = null;
  /** Orders of the selected courier. */
  related: ReadonlySet<string> = new Set();
  private placed: Placed[] = [];
  private readonly sprites = new Sprites();

  constructor(private readonly colours: Palette) {}

  show(marks: Iterable<OrderMark>): void {
    this.placed = Array.from(marks, (mark) => ({
      mark,
      px: mercatorX(mark.pickup.lon),
      py: mercatorY(mark.pickup.lat),
      dx: mercatorX(mark.dropoff.lon),
      dy: mercatorY(mark.dropoff.lat),
    }));
  }

  hit(view: View, x: number, y: number, reachPx = 14): string | null {
    let best: string | null = null;
    let bestPx = reachPx;
    for (const { mark, px, py, dx, dy } of this.placed) {
      const drop = Math.hypot(view.x(dx) - x, view.y(dy) - y);
      const pick = mark.onBoard ? Infinity : Math.hypot(view.x(px) - x, view.y(py) - y);
      const away = Math.min(drop, pick);
      if (away < bestPx) [best, bestPx] = [mark.id, away];
    }
    return best;
  }

  draw(ctx: CanvasRenderingContext2D, view: View): number {
    const someone = this.selected !== null || this.related.size > 0;
    const crowd = this.placed.length > 250 && view.zoom < 14.5;
    for (const item of this.placed) if (item.mark.id !== this.selected) this.drawOrder(ctx, view, item, someone, crowd);
    for (const item of this.placed) if (item.mark.id === this.selected) this.drawOrder(ctx, view, item, someone, false);
    return 0;
  }

  private drawOrder(ctx: CanvasRenderingContext2D, view: View, item: Placed, someone: boolean, crowd: boolean): void {
    const { mark } = item;
    const chosen = mark.id === this.selected;
    const near = chosen || this.related.has(mark.id);
    const [px, py, dx, dy] = [view.x(item.px), view.y(item.py), view.x(item.dx), view.y(item.dy)];
    if (!view.sees(px, py, 40) && !view.sees(dx, dy, 40) && !chosen) return;
    ctx.globalAlpha = near ? 1 : someone ? 0.4 : 0.9;
    const colour = mark.open || mark.late ? this.colours.accent : this.colours.ink;
    const radius = chosen ? 8 : crowd ? 3 : 5.5;
    if (mark.open || chosen) dashes(ctx, px, py, dx, dy, colour, chosen);
    if (!mark.onBoard) this.stamp(ctx, "square", px, py, radius, mark.open, colour, false);
    this.stamp(ctx, "disc", dx, dy, radius, mark.open, colour, mark.late && !crowd);
    ctx.globalAlpha = 1;
  }

  private stamp(
    ctx: CanvasRenderingContext2D,
    shape: "square" | "disc",
    x: number,
    y: number,
    r: number,
    filled: boolean,
    colour: string,
    late: boolean,
  ): void {
    const { paper } = this.colours;
    this.sprites.stamp(ctx, `${shape}${filled}${colour}${late}${r}`, x, y, Math.ceil(r * 1.5), (own) => {
      own.beginPath();
      if (shape === "square") own.roundRect(-r, -r, 2 * r, 2 * r, r * 0.35);
      else own.arc(0, 0, r, 0, 2 * Math.PI);
      outlined(own, r, filled ? colour : paper, colour, paper);
      if (late) exclaim(own, r, filled ? paper : colour);
    });
  }
}

function dashes(ctx: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number, colour: string, strong: boolean): void {
  ctx.beginPath();
  ctx.setLineDash([2, 5]);
  ctx.lineCap = "round";
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.lineWidth = strong ? 3 : 1.8;
  ctx.strokeStyle = colour;
  ctx.stroke();
  ctx.setLineDash([]);
}

function outlined(ctx: CanvasRenderingContext2D, r: number, fill: string, edge: string, paper: string): void {
  ctx.lineWidth = r * 0.9;
  ctx.strokeStyle = paper;
  ctx.stroke();
  ctx.fillStyle = fill;
  ctx.fill();
  ctx.lineWidth = Math.max(1.5, r * 0.38);
  ctx.strokeStyle = edge;
  ctx.stroke();
}

function exclaim(ctx: CanvasRenderingContext2D, r: number, colour: string): void {
  ctx.fillStyle = colour;
  ctx.font = `800 ${r * 1.7}px system-ui, sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText("!", 0, 0.5);
}
