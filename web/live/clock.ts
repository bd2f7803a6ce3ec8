/** The server's clock as a page knows it; with a time scale other than 1 it runs faster than the wall. */
export class ServerClock {
  scale = 1;
  private baseServerMs = Date.now();
  private baseWallMs = Date.now();

  /** Takes what a snapshot, welcome or state frame says the time is now. */
  sync(serverAtMs: number, scale: number): void {
    this.baseServerMs = serverAtMs;
    this.baseWallMs = Date.now();
    this.scale = scale;
  }

  /** Server time now, Unix milliseconds. */
  now(): number {
    return this.at(Date.now());
  }

  /** Server time at a moment of this device's own clock. */
  at(wallMs: number): number {
    return Math.round(this.baseServerMs + (wallMs - this.baseWallMs) * this.scale);
  }

  /** Seconds of wall time since a server instant; never negative. */
  wallAgeS(atMs: number): number {
    return Math.max(0, (this.now() - atMs) / this.scale / 1000);
  }
}
