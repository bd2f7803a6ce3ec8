/** An offer: what it is, what it adds, how long there is to say. */
import { clockTime, language, money, t } from "../i18n";
import type { CourierLink } from "../live/courier_link";
import type { Offer } from "../wire/frames";
import { Icon } from "../ui/icon";
import { useTick } from "../ui/pieces";
import { toast } from "../ui/toast";
import { cashAt, placeName } from "./words";

export function OfferCard({ link, offer }: { link: CourierLink; offer: Offer }) {
  useTick(500);
  const leftS = Math.max(0, Math.ceil((offer.expires_at_ms - link.clock.now()) / link.clock.scale / 1000));
  const offline = link.state.value !== "open";
  const reply = (accept: boolean): void => {
    if (!link.reply(offer, accept)) toast(t("offer.offline"));
    else if (accept) navigator.vibrate?.(40);
  };
  const why = whyLine(offer.why);
  const whole = whyText(offer.why);
  return (
    <section class="offer" role="alertdialog" aria-label={t("offer.title")}>
      <header>
        <h2>{t("offer.title")}</h2>
        <span class="countdown" aria-label={t("offer.left", { n: leftS })}>
          <Icon name="clock" /> {leftS} s
        </span>
      </header>
      <ol>
        {offer.stops.map((stop) => (
          <li key={stop.stop_id}>
            <Icon name={stop.kind === "pickup" ? "pickup" : "dropoff"} label={t(stop.kind === "pickup" ? "stop.pickup" : "stop.dropoff")} />
            <span>
              <strong>{placeName(stop)}</strong>
              {stop.address !== null && stop.address !== placeName(stop) ? <small class="muted">{stop.address}</small> : null}
            </span>
            <time>{clockTime(stop.eta_at_ms)}</time>
          </li>
        ))}
      </ol>
      <OfferCash offer={offer} />
      {why === null ? null : <p class="offer-why">{why}</p>}
      {whole === "" ? null : (
        <details class="offer-why">
          <summary>{t("offer.why_more")}</summary>
          {whole}
        </details>
      )}
      <div class="offer-reply">
        <button class="button big" disabled={offline} onClick={() => reply(false)}>
          {t("offer.decline")}
        </button>
        <button class="button accent big" disabled={offline} onClick={() => reply(true)}>
          {t("offer.accept")}
        </button>
      </div>
    </section>
  );
}

function OfferCash({ offer }: { offer: Offer }) {
  const due = offer.stops.map(cashAt).find((payment) => payment !== null);
  if (due === undefined || due === null) return null;
  return (
    <p class="cash">
      <Icon name="cash" /> {t("courier.collect", { amount: money(due.amount_cents, due.currency) })}
    </p>
  );
}

/** Why me, in one line, from the facts that the planner kept. */
export function whyLine(why: Record<string, unknown>): string | null {
  if (why["kind"] === "by_hand") return t("offer.why_by_hand");
  const others = why["alternatives"];
  if (!Array.isArray(others)) return null;
  const [next] = others as { name?: string; extra_min?: number | null }[];
  if (next === undefined) return t("offer.why_only");
  if (next.name === undefined || typeof next.extra_min !== "number" || next.extra_min < 0.5) return null;
  return t("offer.why_best", { name: next.name, n: Math.round(next.extra_min) });
}

/** The server's whole explanation in the page's language; empty when there is none. */
export function whyText(why: Record<string, unknown>): string {
  const words = why["words"] as Record<string, string> | undefined;
  return words?.[language.value] ?? "";
}
