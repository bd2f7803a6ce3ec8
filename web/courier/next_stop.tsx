/** The next stop: where, what, how much, and one big action. */
import { useState } from "preact/hooks";
import { t, type Key } from "../i18n";
import { UNDO_MS, type CourierLink } from "../live/courier_link";
import type { Action, StopView } from "../wire/frames";
import { Icon } from "../ui/icon";
import { Dialog } from "../ui/pieces";
import { toast } from "../ui/toast";
import { SwipeAction } from "./swipe";
import { cashText, doNow, navigationLink, placeName, whenText } from "./words";

const REASONS: Record<"pickup" | "dropoff", readonly Key[]> = {
  pickup: ["cannot.closed", "cannot.not_ready", "cannot.wrong_address", "cannot.breakdown"],
  dropoff: ["cannot.no_answer", "cannot.wrong_address", "cannot.refused", "cannot.breakdown"],
};

export function NextStop({ link, stop }: { link: CourierLink; stop: StopView }) {
  const [asking, setAsking] = useState(false);
  const pickup = stop.kind === "pickup";
  const cash = cashText(stop);
  const here = stop.status === "at_pickup" || stop.status === "at_dropoff";
  const act = (action: Action["action"], reason?: string): void => {
    const id = link.act(stop, action, reason);
    const words = action === "picked_up" ? "done.picked_up" : action === "delivered" ? "done.delivered" : "done.failed";
    toast(t(words, { place: placeName(stop) }), { label: t("undo"), run: () => link.undo(id, stop.stop_id) }, UNDO_MS);
  };
  return (
    <section class="next" aria-live="polite">
      <p class="next-kind">
        <Icon name={pickup ? "pickup" : "dropoff"} />
        {here ? t("courier.you_are_here") : t("courier.next")}
      </p>
      <h1>{doNow(stop)}</h1>
      {stop.address !== null && stop.address !== placeName(stop) ? <p class="next-address">{stop.address}</p> : null}
      <p class="next-when">
        <Icon name="clock" />
        <span>
          {whenText(stop)} {stop.ref === null ? null : <span class="chip">#{stop.ref}</span>}
        </span>
      </p>
      {stop.notes === null ? null : <p class="next-notes">{stop.notes}</p>}
      {cash === null ? null : (
        <p class="cash">
          <Icon name="cash" /> {cash}
        </p>
      )}
      <div class="next-links">
        <a class="button big" href={navigationLink(stop)}>
          <Icon name="navigate" /> {t("courier.navigate")}
        </a>
        {stop.phone === null ? null : (
          <a class="button big" href={`tel:${stop.phone}`}>
            <Icon name="phone" /> {t("courier.call")}
          </a>
        )}
      </div>
      <SwipeAction
        key={stop.stop_id}
        label={t(pickup ? "courier.pick_up" : "courier.deliver")}
        icon={pickup ? "package" : "check"}
        onConfirm={() => act(pickup ? "picked_up" : "delivered")}
      />
      <div class="next-more">
        {here ? null : (
          <button class="button quiet big" onClick={() => link.act(stop, "arrived")}>
            {t("courier.arrived")}
          </button>
        )}
        <button class="button quiet big" onClick={() => setAsking(true)}>
          {t("courier.cannot")}
        </button>
      </div>
      {asking ? (
        <Dialog label={t("courier.cannot")} onClose={() => setAsking(false)}>
          <div class="reasons">
            <h2>{t("cannot.title")}</h2>
            {REASONS[pickup ? "pickup" : "dropoff"].map((key) => (
              <button
                class="button big"
                key={key}
                onClick={() => {
                  setAsking(false);
                  act("failed", t(key));
                }}
              >
                {t(key)}
              </button>
            ))}
            <button class="button quiet big" onClick={() => setAsking(false)}>
              {t("back")}
            </button>
          </div>
        </Dialog>
      ) : null}
    </section>
  );
}
