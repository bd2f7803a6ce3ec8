/** What to do now, in one line, as a rider would say it. */
import { clockTime, money, t } from "../i18n";
import type { PaymentView, StopView } from "../wire/frames";

export function placeName(stop: StopView): string {
  return stop.name ?? stop.address ?? t(stop.kind === "pickup" ? "courier.the_shop" : "courier.the_customer");
}

export function doNow(stop: StopView): string {
  return t(stop.kind === "pickup" ? "courier.go_pickup" : "courier.go_dropoff", { place: placeName(stop) });
}

/** The cash to take at this stop; null when there is none. */
export function cashText(stop: StopView): string | null {
  const due = cashAt(stop);
  return due === null ? null : t("courier.collect", { amount: money(due.amount_cents, due.currency) });
}

export function cashAt(stop: StopView): PaymentView | null {
  const { payment } = stop;
  return stop.kind === "dropoff" && payment?.method === "cash" && payment.amount_cents > 0 ? payment : null;
}

export function whenText(stop: StopView): string {
  const latest = stop.window.latest_at_ms;
  const eta = clockTime(stop.eta_at_ms);
  return latest === null ? t("courier.eta", { time: eta }) : t("courier.eta_before", { time: eta, latest: clockTime(latest) });
}

/** Opens the phone's own map app; other systems than Android know Apple's and the plain one. */
export function navigationLink(stop: StopView): string {
  const place = `${stop.lat.toFixed(6)},${stop.lon.toFixed(6)}`;
  if (/iPhone|iPad|Macintosh/.test(navigator.userAgent)) return `maps://?daddr=${place}&dirflg=b`;
  return `geo:${place}?q=${place}(${encodeURIComponent(placeName(stop))})`;
}
