/** A grid of round distances where there is no base map, so that the plain ground still says how far things are. */
import { unitsPerMetre } from "../live/glide";
import { distance } from "../i18n";
import type { Palette } from "./palette";
import type { Layer, View } from "./view";

const WANTED_PX = 110;

export class GridLayer implements Layer {
  constructor(private readonly colours: Palette) {}

  draw(ctx: CanvasRenderingContext2D, view: View): number {
    const stepM = roundDistance(view.metresPerPixel() * WANTED_PX);
    const { lat } = view.lonLatAt(0, view.height / 2);
    const step = stepM * unitsPerMetre(Math.round(lat));
    ctx.strokeStyle = this.colours.grid;
    ctx.lineWidth = 1;
    ctx.beginPath();
    const spacing = step * view.worldSize;
    for (let x = firstLine(view.x(0), spacing); x < view.width; x += spacing) line(ctx, x, 0, x, view.height);
    for (let y = firstLine(view.y(0), spacing); y < view.height; y += spacing) line(ctx, 0, y, view.width, y);
    ctx.stroke();
    this.label(ctx, view, stepM);
    return 0;
  }

  private label(ctx: CanvasRenderingContext2D, view: View, stepM: number): void {
    ctx.fillStyle = this.colours.gridLabel;
    ctx.font = "11px system-ui, sans-serif";
    ctx.textAlign = "left";
    ctx.textBaseline = "bottom";
    ctx.fillText(`▦ ${distance(stepM)}`, 10, view.height - 36);
  }
}

/** The nearest of 1, 2, 5 times a power of ten. */
export function roundDistance(metres: number): number {
  const power = 10 ** Math.floor(Math.log10(metres));
  const lead = metres / power;
  return (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10) * power;
}

function firstLine(originPx: number, spacing: number): number {
  return originPx - Math.floor(originPx / spacing) * spacing;
}

function line(ctx: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  ctx.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
  ctx.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
}
