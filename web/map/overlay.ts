/**
 * Two canvases over the base map: one for what stands still, one for what glides, so that moving couriers never
 * make the base map, the stops or the routes draw again.
 */
import type { Map as BaseMap } from "maplibre-gl";
import { View, type Layer } from "./view";

const FRAME_MS = 33;

export class Overlay {
  private readonly still: CanvasRenderingContext2D;
  private readonly moving: CanvasRenderingContext2D;
  private stillLayers: Layer[] = [];
  private movingLayers: Layer[] = [];
  private stillDirty = true;
  private frame = 0;
  private lastMs = 0;
  private readonly calm = matchMedia("(prefers-reduced-motion: reduce)");

  constructor(private readonly map: BaseMap) {
    this.still = this.canvas();
    this.moving = this.canvas();
    map.on("render", this.follow);
    map.on("resize", this.follow);
  }

  use(still: Layer[], moving: Layer[]): void {
    [this.stillLayers, this.movingLayers] = [still, moving];
    this.changed();
  }

  /** Draws everything again at the next frame. */
  changed(): void {
    this.stillDirty = true;
    this.wake();
  }

  /** Draws what moves at the next frame, and on while it moves. */
  wake(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(this.step);
  }

  view(): View {
    const { clientWidth, clientHeight } = this.map.getContainer();
    const { lng, lat } = this.map.getCenter();
    return View.of(clientWidth, clientHeight, lng, lat, this.map.getZoom());
  }

  remove(): void {
    cancelAnimationFrame(this.frame);
    this.map.off("render", this.follow);
    this.map.off("resize", this.follow);
    this.still.canvas.remove();
    this.moving.canvas.remove();
  }

  /** In the same frame as the base map, so that nothing swims while panning. */
  private readonly follow = (): void => {
    const view = this.view();
    this.paint(this.still, this.stillLayers, view);
    this.stillDirty = false;
    if (this.paint(this.moving, this.movingLayers, view)) this.wake();
  };

  private readonly step = (nowMs: number): void => {
    this.frame = 0;
    if (nowMs - this.lastMs < (this.calm.matches ? 1000 : FRAME_MS) && !this.stillDirty) return this.wake();
    this.lastMs = nowMs;
    const view = this.view();
    if (this.stillDirty) this.paint(this.still, this.stillLayers, view);
    this.stillDirty = false;
    if (this.paint(this.moving, this.movingLayers, view)) this.wake();
  };

  private paint(ctx: CanvasRenderingContext2D, layers: Layer[], view: View): boolean {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (ctx.canvas.width !== width || ctx.canvas.height !== height) {
      [ctx.canvas.width, ctx.canvas.height] = [width, height];
    }
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, view.width, view.height);
    const nowMs = performance.now();
    let moves = false;
    for (const layer of layers) moves = layer.draw(ctx, view, nowMs) || moves;
    return moves;
  }

  private canvas(): CanvasRenderingContext2D {
    const element = document.createElement("canvas");
    element.className = "map-overlay";
    element.setAttribute("aria-hidden", "true");
    this.map.getCanvasContainer().append(element);
    const ctx = element.getContext("2d");
    if (ctx === null) throw new Error("this browser cannot draw");
    return ctx;
  }
}
