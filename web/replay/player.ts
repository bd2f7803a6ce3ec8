/** A moment that moves: plays, pauses, jumps. Knows nothing of what is shown. */
import { signal } from "@preact/signals";

export const SPEEDS = [1, 10, 30, 60, 120, 300] as const;
const FRAME_MS = 33;

export class Player {
  readonly atMs = signal(0);
  readonly playing = signal(false);
  readonly speed = signal<number>(60);
  private frame = 0;
  private lastMs = 0;

  constructor(
    readonly firstMs: number,
    readonly lastMomentMs: number,
  ) {
    this.atMs.value = firstMs;
  }

  toggle(): void {
    if (this.playing.value) return this.pause();
    if (this.atMs.value >= this.lastMomentMs) this.atMs.value = this.firstMs;
    this.playing.value = true;
    this.lastMs = performance.now();
    this.frame = requestAnimationFrame(this.step);
  }

  pause(): void {
    this.playing.value = false;
    cancelAnimationFrame(this.frame);
  }

  seek(atMs: number): void {
    this.atMs.value = Math.min(this.lastMomentMs, Math.max(this.firstMs, atMs));
  }

  /** The next quicker or slower speed. */
  shift(by: 1 | -1): void {
    const now = SPEEDS.findIndex((speed) => speed === this.speed.value);
    this.speed.value = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, now + by))] ?? this.speed.value;
  }

  private readonly step = (nowMs: number): void => {
    if (!this.playing.value) return;
    this.frame = requestAnimationFrame(this.step);
    const passedMs = nowMs - this.lastMs;
    if (passedMs < FRAME_MS) return;
    this.lastMs = nowMs;
    // A tab that slept does not leap ahead.
    this.seek(this.atMs.value + Math.min(passedMs, 250) * this.speed.value);
    if (this.atMs.value >= this.lastMomentMs) this.pause();
  };
}
