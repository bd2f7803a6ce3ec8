/** The customer's door. */
import { mercatorX, mercatorY } from "../live/glide";
import type { Palette } from "./palette";
import type { Layer, View } from "./view";

export class DoorLayer implements Layer {
  at: { lon: number; lat: number } | null = null;

  constructor(private readonly colours: Palette) {}

  draw(ctx: CanvasRenderingContext2D, view: View): number {
    if (this.at === null) return 0;
    const [x, y] = [view.x(mercatorX(this.at.lon)), view.y(mercatorY(this.at.lat))];
    ctx.beginPath();
    ctx.arc(x, y - 26, 15, Math.PI * 0.8, Math.PI * 2.2);
    ctx.lineTo(x, y);
    ctx.closePath();
    ctx.lineWidth = 4;
    ctx.strokeStyle = this.colours.paper;
    ctx.stroke();
    ctx.fillStyle = this.colours.accent;
    ctx.fill();
    ctx.beginPath();
    ctx.arc(x, y - 26, 5.5, 0, 2 * Math.PI);
    ctx.fillStyle = this.colours.paper;
    ctx.fill();
    return 0;
  }
}
