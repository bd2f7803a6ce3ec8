/** When it arrives, as honestly as it is known: a range rounded outward to five minutes. */
import { clockTime, t } from "../i18n";
import type { EtaView, TrackState } from "../wire/frames";

const STEP_MS = 5 * 60_000;

export interface Arrival {
  /** The big line. */
  headline: string;
  /** The small line under it; empty when there is nothing to add. */
  detail: string;
}

export function arrival(state: TrackState, nowMs: number): Arrival {
  const { status, eta } = state;
  if (status === "delivered") return { headline: t("track.delivered"), detail: t("track.delivered_hint") };
  if (status === "cancelled") return { headline: t("track.cancelled"), detail: t("track.ask_shop") };
  if (status === "failed") return { headline: t("track.failed"), detail: t("track.ask_shop") };
  if (status === "at_dropoff") return { headline: t("track.here"), detail: t("track.here_hint") };
  if (eta === null) return { headline: t("track.preparing"), detail: t("track.preparing_hint") };
  return { headline: span(eta), detail: remaining(eta, nowMs) };
}

/** "1:35 – 1:45", wide enough that most deliveries fall within it. */
export function span(eta: EtaView): string {
  const from = Math.floor(eta.p10_at_ms / STEP_MS) * STEP_MS;
  const to = Math.max(Math.ceil(eta.p90_at_ms / STEP_MS) * STEP_MS, from + STEP_MS);
  return `${clockTime(from)} – ${clockTime(to)}`;
}

function remaining(eta: EtaView, nowMs: number): string {
  const minutes = Math.round((eta.p50_at_ms - nowMs) / 60_000);
  return minutes <= 1 ? t("track.any_minute") : t("track.about", { n: minutes });
}

/** How far along, for the four steps on the page: 0 being found, 1 to the shop, 2 on the way, 3 delivered. */
export function stepOf(status: string): number {
  if (status === "delivered") return 3;
  if (status === "picked_up" || status === "at_dropoff") return 2;
  if (status === "assigned" || status === "at_pickup") return 1;
  return 0;
}
