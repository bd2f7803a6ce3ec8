/** A zone being drawn: its corners so far, to be dragged and added to. */
import { mercatorX, mercatorY } from "../live/glide";
import type { Palette } from "./palette";
import type { Layer, View } from "./view";

export class OutlineLayer implements Layer {
  corners: readonly (readonly [number, number])[] = [];

  constructor(private readonly colours: Palette) {}

  /** The corner under a point of the screen; -1 when there is none. */
  hit(view: View, x: number, y: number): number {
    return this.corners.findIndex(([lon, lat]) => Math.hypot(view.x(mercatorX(lon)) - x, view.y(mercatorY(lat)) - y) < 12);
  }

  draw(ctx: CanvasRenderingContext2D, view: View): number {
    if (this.corners.length === 0) return 0;
    const points = this.corners.map(([lon, lat]) => [view.x(mercatorX(lon)), view.y(mercatorY(lat))] as const);
    ctx.beginPath();
    for (const [x, y] of points) ctx.lineTo(x, y);
    ctx.closePath();
    ctx.fillStyle = this.colours.zone;
    ctx.globalAlpha = 0.15;
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.lineWidth = 2.5;
    ctx.strokeStyle = this.colours.zone;
    ctx.stroke();
    for (const [x, y] of points) {
      ctx.beginPath();
      ctx.arc(x, y, 6, 0, 2 * Math.PI);
      ctx.fillStyle = this.colours.paper;
      ctx.fill();
      ctx.stroke();
    }
    return 0;
  }
}
