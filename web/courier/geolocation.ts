/** The phone's own GPS as fixes in the server's time. Runs only while it is told to: off shift means off. */
import type { ServerClock } from "../live/clock";
import type { Fix } from "../wire/frames";

export type GpsState = "off" | "asking" | "good" | "vague" | "denied" | "missing";

/** A standing phone may say nothing for long; then it is asked, so that it does not seem lost. */
const ASK_AGAIN_MS = 20_000;
const LEAST_APART_MS = 900;
const VAGUE_M = 60;

interface BatteryManager {
  level: number;
}

export class Gps {
  private watch: number | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;
  private lastAtMs = 0;
  private battery: BatteryManager | null = null;

  constructor(
    private readonly clock: ServerClock,
    private readonly onFix: (fix: Fix, place: GeolocationCoordinates) => void,
    private readonly onState: (state: GpsState) => void,
  ) {}

  start(): void {
    if (this.watch !== null) return;
    if (!("geolocation" in navigator)) return this.onState("missing");
    this.onState("asking");
    void this.findBattery();
    const options: PositionOptions = { enableHighAccuracy: true, maximumAge: 0, timeout: 30_000 };
    this.watch = navigator.geolocation.watchPosition((position) => this.take(position), this.failed, options);
    this.timer = setInterval(() => {
      if (Date.now() - this.lastAtMs < ASK_AGAIN_MS) return;
      navigator.geolocation.getCurrentPosition((position) => this.take(position), this.failed, options);
    }, ASK_AGAIN_MS / 2);
  }

  stop(): void {
    if (this.watch !== null) navigator.geolocation.clearWatch(this.watch);
    this.watch = null;
    clearInterval(this.timer);
    this.onState("off");
  }

  private take(position: GeolocationPosition): void {
    if (position.timestamp - this.lastAtMs < LEAST_APART_MS) return;
    this.lastAtMs = position.timestamp;
    this.onState(position.coords.accuracy > VAGUE_M ? "vague" : "good");
    this.onFix(fixOf(position, this.clock, this.battery?.level ?? null), position.coords);
  }

  private readonly failed = (error: GeolocationPositionError): void => {
    if (error.code === error.PERMISSION_DENIED) this.onState("denied");
  };

  private async findBattery(): Promise<void> {
    const phone = navigator as Navigator & { getBattery?: () => Promise<BatteryManager> };
    this.battery = (await phone.getBattery?.().catch(() => null)) ?? null;
  }
}

/** A browser's position as a fix: figures rounded to what they can mean, trailing unknowns left out. */
export function fixOf(position: GeolocationPosition, clock: ServerClock, batteryLevel: number | null): Fix {
  const { longitude, latitude, accuracy, speed, heading } = position.coords;
  const fix: (number | null)[] = [
    clock.at(position.timestamp),
    round(longitude, 7),
    round(latitude, 7),
    round(accuracy, 1),
    speed === null || Number.isNaN(speed) ? null : round(speed, 2),
    heading === null || Number.isNaN(heading) ? null : round(heading, 1),
    batteryLevel === null ? null : Math.round(batteryLevel * 100),
  ];
  while (fix.at(-1) === null) fix.pop();
  return fix as Fix;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
