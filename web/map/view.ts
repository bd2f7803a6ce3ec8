/** From the ground to the screen while the map looks straight down, north up. */
import { latOf, lonOf, mercatorX, mercatorY } from "../live/glide";

export class View {
  private constructor(
    readonly width: number,
    readonly height: number,
    readonly zoom: number,
    readonly worldSize: number,
    private readonly left: number,
    private readonly top: number,
  ) {}

  static of(width: number, height: number, centerLon: number, centerLat: number, zoom: number): View {
    const worldSize = 512 * 2 ** zoom;
    const left = mercatorX(centerLon) - width / 2 / worldSize;
    const top = mercatorY(centerLat) - height / 2 / worldSize;
    return new View(width, height, zoom, worldSize, left, top);
  }

  /** Pixels from the left of a Mercator x. */
  x(mercator: number): number {
    return (mercator - this.left) * this.worldSize;
  }

  /** Pixels from the top of a Mercator y. */
  y(mercator: number): number {
    return (mercator - this.top) * this.worldSize;
  }

  sees(x: number, y: number, margin: number): boolean {
    return x >= -margin && y >= -margin && x <= this.width + margin && y <= this.height + margin;
  }

  lonLatAt(x: number, y: number): { lon: number; lat: number } {
    return { lon: lonOf(this.left + x / this.worldSize), lat: latOf(this.top + y / this.worldSize) };
  }

  /** Metres on the ground per pixel at the middle of the view. */
  metresPerPixel(): number {
    const { lat } = this.lonLatAt(0, this.height / 2);
    return (40_075_016.686 * Math.cos((lat * Math.PI) / 180)) / this.worldSize;
  }
}

/** Something drawn over the base map. */
export interface Layer {
  /** Draws; returns how fast it moves by itself, pixels per millisecond, 0 when it stands still. */
  draw(ctx: CanvasRenderingContext2D, view: View, nowMs: number): number;
}
