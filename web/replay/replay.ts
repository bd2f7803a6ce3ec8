/** The replay as state: which day, of whom, how far it is loaded, and the moment that is shown. */
import { batch, computed, signal } from "@preact/signals";
import { timeZone } from "../i18n";
import { type Api, ApiError } from "../wire/rest";
import { ReplayDay } from "./day";
import { loadDay } from "./load";
import { Player } from "./player";

export type ReplayState = "loading" | "ready" | "empty" | "failed";

export class Replay {
  readonly date = signal("");
  /** Whose day it is; null for the whole fleet's. */
  readonly courierId = signal<string | null>(null);
  readonly state = signal<ReplayState>("loading");
  readonly fault = signal<ApiError | null>(null);
  readonly loaded = signal(0);
  readonly day = signal<ReplayDay | null>(null);
  readonly player = signal<Player | null>(null);
  /** Positions older than this are deleted. */
  readonly keptFrom = signal<string | null>(null);
  readonly atMs = computed(() => this.player.value?.atMs.value ?? 0);
  readonly today: string;
  private loading = new AbortController();

  constructor(
    private readonly api: Api,
    nowMs: number,
  ) {
    this.today = dayOf(nowMs);
  }

  open(date: string, courierId: string | null): void {
    this.stop();
    this.loading = new AbortController();
    batch(() => {
      this.date.value = date;
      this.courierId.value = courierId;
      this.state.value = "loading";
      this.loaded.value = 0;
      this.day.value = null;
      this.player.value = null;
    });
    void this.load(date, courierId, this.loading.signal);
  }

  /** Ends the loading and the playing. */
  stop(): void {
    this.loading.abort();
    this.player.value?.pause();
  }

  private async load(date: string, courierId: string | null, aborted: AbortSignal): Promise<void> {
    try {
      const [day, doc] = await loadDay(this.api, date, courierId, aborted, (share) => {
        if (!aborted.aborted) this.loaded.value = share;
      });
      if (aborted.aborted) return;
      batch(() => {
        this.keptFrom.value = dayOf(Date.parse(doc.tracks_kept_from));
        this.day.value = day;
        this.player.value = day.isEmpty ? null : new Player(day.firstMs, day.lastMs);
        this.state.value = day.isEmpty ? "empty" : "ready";
      });
    } catch (fault) {
      if (aborted.aborted) return;
      if (!(fault instanceof ApiError)) throw fault;
      batch(() => {
        this.fault.value = fault;
        this.state.value = "failed";
      });
    }
  }
}

/** The day of a moment in the fleet's time zone, as YYYY-MM-DD. */
export function dayOf(atMs: number): string {
  const zone = timeZone.value ? { timeZone: timeZone.value } : {};
  return new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", ...zone }).format(atMs);
}

/** The day before or after. */
export function dayBeside(date: string, by: number): string {
  const noon = new Date(`${date}T12:00:00Z`);
  noon.setUTCDate(noon.getUTCDate() + by);
  return noon.toISOString().slice(0, 10);
}
