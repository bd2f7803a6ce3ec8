/** Where couriers rode a while before the moment that is shown; the chosen one's whole way beneath. */
import { mercatorX, mercatorY } from "../live/glide";
import type { Palette } from "./palette";
import type { Layer, View } from "./view";

export type Way = readonly (readonly [lon: number, lat: number])[];

export class TrailsLayer implements Layer {
  trails: Iterable<{ ways: readonly Way[]; chosen: boolean }> = [];
  whole: readonly Way[] = [];

  constructor(private readonly colours: Palette) {}

  draw(ctx: CanvasRenderingContext2D, view: View): number {
    ctx.lineJoin = ctx.lineCap = "round";
    this.stroke(ctx, view, this.whole, this.colours.accent, 3, 0.3);
    for (const { ways, chosen } of this.trails) {
      this.stroke(ctx, view, ways, chosen ? this.colours.accent : this.colours.ink, chosen ? 4 : 2.5, chosen ? 0.95 : 0.35);
    }
    ctx.globalAlpha = 1;
    return 0;
  }

  private stroke(ctx: CanvasRenderingContext2D, view: View, ways: readonly Way[], colour: string, width: number, alpha: number): void {
    if (ways.length === 0) return;
    ctx.beginPath();
    for (const way of ways) {
      way.forEach(([lon, lat], n) => {
        const [x, y] = [view.x(mercatorX(lon)), view.y(mercatorY(lat))];
        if (n === 0) ctx.moveTo(x, y);
        else ctx.lineTo(x, y);
      });
    }
    ctx.globalAlpha = alpha;
    ctx.lineWidth = width;
    ctx.strokeStyle = colour;
    ctx.stroke();
  }
}
