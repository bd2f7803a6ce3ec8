/** Small marks drawn once and stamped many times: a thousand stamps cost less than fifty paths. */
export class Sprites {
  private readonly drawn = new Map<string, HTMLCanvasElement>();
  private ratio = 0;

  /**
   * Stamps a mark centred on a point.
   *
   * `key` tells marks apart, their sizes included; `half` is half its side, pixels; `draw` paints it around the origin, once.
   */
  stamp(
    ctx: CanvasRenderingContext2D,
    key: string,
    x: number,
    y: number,
    half: number,
    draw: (ctx: CanvasRenderingContext2D) => void,
  ): void {
    const ratio = devicePixelRatio || 1;
    if (ratio !== this.ratio) this.drawn.clear();
    this.ratio = ratio;
    let sprite = this.drawn.get(key);
    if (sprite === undefined) {
      sprite = document.createElement("canvas");
      sprite.width = sprite.height = Math.ceil(half * 2 * ratio);
      const own = sprite.getContext("2d");
      own?.scale(ratio, ratio);
      own?.translate(half, half);
      if (own) draw(own);
      this.drawn.set(key, sprite);
    }
    ctx.drawImage(sprite, x - half, y - half, half * 2, half * 2);
  }
}
