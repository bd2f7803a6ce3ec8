/**
 * Two canvases over the base map: one for what stands still, one for what glides, so that moving couriers never
 * make the base map, the stops or the routes draw again.
 */
import type { Map as BaseMap } from "maplibre-gl";
import { View, type Layer } from "./view";

const SHORTEST_FRAME_MS = 33;
const LONGEST_FRAME_MS = 250;
/** Far out, couriers crawl across the screen: frames come only as often as one of them moves this far. */
const STEP_PX = 0.4;
/** Of the time between two frames, at most this share goes into drawing, however slow the device. */
const DRAWING_SHARE = 0.25;

export class Overlay {
  private readonly still: CanvasRenderingContext2D;
  private readonly moving: CanvasRenderingContext2D;
  private stillLayers: Layer[] = [];
  private movingLayers: Layer[] = [];
  private stillDirty = true;
  private frame = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastMs = 0;
  private frameMs = SHORTEST_FRAME_MS;
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

  /** Draws everything again at the next frame; for what a person did or must see at once. */
  changed(): void {
    this.stillDirty = true;
    this.soon();
  }

  /** Draws what moves at the next frame. */
  soon(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.frame === 0) this.frame = requestAnimationFrame(this.step);
  }

  /** Draws what moves when its next frame is due. */
  wake(): void {
    if (this.frame !== 0 || this.timer !== undefined) return;
    const dueMs = this.frameMs - (performance.now() - this.lastMs);
    if (dueMs < SHORTEST_FRAME_MS / 2) this.soon();
    else this.timer = setTimeout(() => this.soon(), dueMs);
  }

  view(): View {
    const { clientWidth, clientHeight } = this.map.getContainer();
    const { lng, lat } = this.map.getCenter();
    return View.of(clientWidth, clientHeight, lng, lat, this.map.getZoom());
  }

  remove(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
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
    this.paintMoving(view);
  };

  private readonly step = (): void => {
    this.frame = 0;
    const view = this.view();
    if (this.stillDirty) this.paint(this.still, this.stillLayers, view);
    this.stillDirty = false;
    this.paintMoving(view);
  };

  /** Draws what glides, and plans the next frame by how fast it glides and how long drawing takes here. */
  private paintMoving(view: View): void {
    const startedMs = performance.now();
    const pace = this.paint(this.moving, this.movingLayers, view);
    this.lastMs = performance.now();
    const slowest = this.calm.matches ? 1_000 : LONGEST_FRAME_MS;
    const enough = Math.max(SHORTEST_FRAME_MS, (this.lastMs - startedMs) / DRAWING_SHARE, this.calm.matches ? slowest : 0);
    this.frameMs = Math.max(enough, Math.min(slowest, pace === 0 ? slowest : STEP_PX / pace));
    if (pace > 0) this.wake();
  }

  private paint(ctx: CanvasRenderingContext2D, layers: Layer[], view: View): number {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (ctx.canvas.width !== width || ctx.canvas.height !== height) {
      [ctx.canvas.width, ctx.canvas.height] = [width, height];
    }
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, view.width, view.height);
    const nowMs = performance.now();
    let pace = 0;
    for (const layer of layers) pace = Math.max(pace, layer.draw(ctx, view, nowMs));
    return pace;
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
