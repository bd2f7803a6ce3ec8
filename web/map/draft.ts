/** The ends of an order that is being written, before there is an order. */
import { mercatorX, mercatorY } from "../live/glide";
import type { Palette } from "./palette";
import type { Layer, View } from "./view";

interface Place {
  lon: number;
  lat: number;
}

export class DraftLayer implements Layer {
  ends: { pickup: Place | null; dropoff: Place | null } = { pickup: null, dropoff: null };

  constructor(private readonly colours: Palette) {}

  draw(ctx: CanvasRenderingContext2D, view: View): number {
    const { pickup, dropoff } = this.ends;
    if (pickup !== null) this.pin(ctx, view, pickup, true);
    if (dropoff !== null) this.pin(ctx, view, dropoff, false);
    return 0;
  }

  private pin(ctx: CanvasRenderingContext2D, view: View, place: Place, isPickup: boolean): void {
    const [x, y] = [view.x(mercatorX(place.lon)), view.y(mercatorY(place.lat))];
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x - 8, y - 16);
    ctx.arc(x, y - 22, 12, Math.PI * 0.8, Math.PI * 2.2);
    ctx.closePath();
    ctx.lineWidth = 3;
    ctx.strokeStyle = this.colours.paper;
    ctx.stroke();
    ctx.fillStyle = this.colours.accent;
    ctx.fill();
    ctx.fillStyle = this.colours.paper;
    ctx.beginPath();
    if (isPickup) ctx.roundRect(x - 4.5, y - 26.5, 9, 9, 1.5);
    else ctx.arc(x, y - 22, 4.8, 0, 2 * Math.PI);
    ctx.fill();
  }
}
