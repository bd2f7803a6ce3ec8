/** Starts the rider's page: token, durable queue, link, GPS, screen kept awake, shell kept for offline. */
import { effect, signal } from "@preact/signals";
import { t, tCode, timeZone } from "../i18n";
import { CourierLink, type Notice } from "../live/courier_link";
import { CourierQueue, ownerOf } from "../live/courier_queue";
import { socketUrl } from "../live/socket";
import { apiFor } from "../ui/api";
import { Gate } from "../ui/gate";
import { Empty } from "../ui/pieces";
import { start } from "../ui/start";
import { toast } from "../ui/toast";
import { takeToken } from "../wire/session";
import "./courier.css";
import { Gps, type GpsState } from "./geolocation";
import { CourierPage } from "./page";
import { keepAwake } from "./wake";

async function main(): Promise<void> {
  const token = takeToken("courier");
  if (token === null) return start(<Gate reason="missing" />);
  if (!(await onlyHere())) return start(<Empty icon="courier" title={t("courier.other_tab")} />);
  const queue = await CourierQueue.open(ownerOf(token));
  const link = new CourierLink(socketUrl("/ws/courier"), token, queue);
  const gps = signal<GpsState>("off");
  const lastFixMs = signal<number | null>(null);
  link.onNotice = tell;
  const receiver = new Gps(
    link.clock,
    (fix) => {
      lastFixMs.value = Date.now();
      link.addFix(fix);
    },
    (state) => (gps.value = state),
  );
  await link.start();
  effect(() => void (timeZone.value = link.welcome.value?.time_zone));
  effect(() => (link.shift.value === "on" ? receiver.start() : receiver.stop()));
  effect(() => keepAwake(link.shift.value === "on"));
  start(<CourierPage api={apiFor(token)} link={link} gps={gps} lastFixMs={lastFixMs} />);
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register("/sw.js", { scope: "/courier" }).catch((fault: unknown) => console.warn(fault));
  }
  void navigator.storage?.persist?.();
}

function tell(notice: Notice): void {
  if (notice.kind === "offer_over") {
    if (notice.result !== "accepted" && notice.result !== "declined") toast(tCode("offer.over", notice.result, notice.result));
    return;
  }
  toast(tCode("error", notice.code, notice.message), undefined, 6_000);
}

/** Two tabs would count the same phone's frames twice; the first one keeps the job. */
function onlyHere(): Promise<boolean> {
  if (!("locks" in navigator)) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks.request("relevo-courier", { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise<void>(() => {});
    });
  });
}

void main();
