/** When it arrives, as honestly as it is known, and how far along it is. */
import { honestRange, t } from "../i18n";
import type { EtaView, TrackState } from "../wire/frames";

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
  return { headline: honestRange(eta.p10_at_ms, eta.p90_at_ms), detail: remaining(eta, nowMs) };
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
