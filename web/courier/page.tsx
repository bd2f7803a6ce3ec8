/** The rider's page: an offer when there is one, else the next stop, then the rest of the round. */
import { ago, clockTime, t, tCode } from "../i18n";
import type { Signal } from "@preact/signals";
import type { CourierLink, Shift } from "../live/courier_link";
import { Icon } from "../ui/icon";
import { LanguageSwitch } from "../ui/language";
import { Empty, Loading, ScaleBadge, useTick } from "../ui/pieces";
import type { Api } from "../wire/rest";
import { MyDay } from "./my_day";
import type { GpsState } from "./geolocation";
import { NextStop } from "./next_stop";
import { OfferCard } from "./offer";
import { placeName } from "./words";

interface Props {
  api: Api;
  link: CourierLink;
  gps: Signal<GpsState>;
  lastFixMs: Signal<number | null>;
}

export function CourierPage({ api, link, gps, lastFixMs }: Props) {
  const [next, ...rest] = link.route.value;
  return (
    <div class="courier">
      <TopBar link={link} />
      <StateNote link={link} gps={gps.value} />
      <main>
        {link.offers.value.map((offer) => (
          <OfferCard link={link} offer={offer} key={offer.offer_id} />
        ))}
        {link.shift.value === "on" || next !== undefined ? (
          <Work link={link} />
        ) : link.offers.value.length === 0 ? (
          <OffShift link={link} />
        ) : null}
        {rest.length > 0 ? (
          <section class="rest">
            <h2>{t("courier.then", { n: rest.length })}</h2>
            <ol>
              {rest.map((stop) => (
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
          </section>
        ) : null}
        {link.welcome.value === null ? null : <MyDay api={api} courierId={link.welcome.value.courier_id} />}
      </main>
      <footer class="shift-bar">
        <GpsLine gps={gps.value} lastFixMs={lastFixMs.value} shift={link.shift.value} />
        <ShiftButtons link={link} />
        <LanguageSwitch />
      </footer>
    </div>
  );
}

function Work({ link }: { link: CourierLink }) {
  const [next] = link.route.value;
  if (next !== undefined) return <NextStop link={link} stop={next} />;
  if (link.offers.value.length > 0) return null;
  if (link.welcome.value === null && link.state.value === "connecting") return <Loading />;
  return (
    <Empty icon="courier" title={t("courier.no_stops")}>
      <span>{t("courier.no_stops_hint")}</span>
    </Empty>
  );
}

function OffShift({ link }: { link: CourierLink }) {
  const paused = link.shift.value === "break";
  return (
    <Empty icon={paused ? "pause" : "courier"} title={t(paused ? "courier.on_break" : "courier.off_shift")}>
      <span>{t("courier.off_shift_hint")}</span>
      <button class="button main big wide" onClick={() => link.setShift("on")}>
        <Icon name="play" /> {t(paused ? "shift.resume" : "shift.start")}
      </button>
    </Empty>
  );
}

function TopBar({ link }: { link: CourierLink }) {
  const { fixes, actions } = link.waiting.value;
  const offline = link.state.value !== "open";
  const count = offline ? actions + fixes : actions;
  return (
    <header class="courier-top">
      <strong>{link.welcome.value?.name ?? "Relevo"}</strong>
      <ScaleBadge scale={link.welcome.value?.time_scale ?? 1} />
      {offline || count > 0 ? (
        <span class="chip" title={t("waiting.title")} data-waiting={count}>
          <Icon name={offline ? "offline" : "waiting"} label={t(offline ? "link.offline" : "waiting.title")} />
          {t("waiting", { n: count })}
        </span>
      ) : null}
      <span class={`chip ${link.shift.value === "on" ? "good" : ""}`}>{tCode("shift", link.shift.value, link.shift.value)}</span>
    </header>
  );
}

function StateNote({ link, gps }: { link: CourierLink; gps: GpsState }) {
  if (link.state.value === "refused") {
    const moved = link.closeCode.value === 4504;
    return (
      <div class="bar-note" role="alert">
        <Icon name="key" />
        <span>{t(moved ? "courier.elsewhere" : "courier.refused")}</span>
        <button class="button small" onClick={() => link.reconnect()}>
          {t("link.retry")}
        </button>
      </div>
    );
  }
  if (link.shift.value === "on" && (gps === "denied" || gps === "missing")) {
    return (
      <div class="bar-note" role="alert">
        <Icon name="alert" />
        {t(`gps.${gps}`)}
      </div>
    );
  }
  return null;
}

/** One quiet line: whether the phone is being followed, and since when it said nothing. */
function GpsLine({ gps, lastFixMs, shift }: { gps: GpsState; lastFixMs: number | null; shift: Shift }) {
  useTick(5_000);
  if (shift !== "on") return <p class="gps muted">{t("gps.off")}</p>;
  const age = lastFixMs === null ? null : (Date.now() - lastFixMs) / 1000;
  const words = gps === "asking" || age === null ? t("gps.asking") : t(gps === "vague" ? "gps.vague" : "gps.good", { ago: ago(age) });
  return <p class="gps muted">{words}</p>;
}

function ShiftButtons({ link }: { link: CourierLink }) {
  const carrying = link.route.value.length > 0;
  if (link.shift.value === "off") return null;
  return (
    <div class="shift-buttons">
      {link.shift.value === "on" ? (
        <button class="button quiet big" onClick={() => link.setShift("break")}>
          <Icon name="pause" /> {t("shift.pause")}
        </button>
      ) : null}
      <button class="button quiet big" onClick={() => (!carrying || confirm(t("shift.end_carrying"))) && link.setShift("off")}>
        <Icon name="stop" /> {t("shift.end")}
      </button>
    </div>
  );
}
