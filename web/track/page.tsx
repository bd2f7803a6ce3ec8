/** One question, answered: when does it arrive? The map comes once there is a courier to see. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ago, t, type Key } from "../i18n";
import type { TrackLink } from "../live/track_link";
import type { TrackState } from "../wire/frames";
import { Icon } from "../ui/icon";
import { LanguageSwitch } from "../ui/language";
import { Empty, Loading, ScaleBadge, useTick } from "../ui/pieces";
import { arrival, stepOf } from "./arrival";

const STEPS: readonly Key[] = ["track.step.finding", "track.step.to_shop", "track.step.on_the_way", "track.step.delivered"];
const STALE_S = 45;
const OVER = new Set(["delivered", "cancelled", "failed"]);

export function TrackPage({ link }: { link: TrackLink }) {
  useTick(1_000);
  const over = link.over.value;
  const state = link.delivery.value;
  if (over !== null && state === null) {
    return (
      <Shell>
        <Empty icon="link" title={t(`track.${over}`)}>
          <span>{t(`track.${over}_hint`)}</span>
        </Empty>
      </Shell>
    );
  }
  if (state === null) {
    return (
      <Shell>
        {link.state.value === "waiting" ? (
          <Empty icon="offline" title={t("link.lost")} />
        ) : (
          <Loading />
        )}
      </Shell>
    );
  }
  return (
    <Shell fleet={state.fleet_name} scale={state.time_scale}>
      {link.state.value === "waiting" ? (
        <p class="bar-note" role="alert">
          <Icon name="offline" /> {t("link.lost")}
        </p>
      ) : null}
      <Answer link={link} state={state} />
      <Steps status={state.status} />
      <CourierLine link={link} state={state} />
      {OVER.has(state.status) ? null : <CourierMap link={link} state={state} />}
    </Shell>
  );
}

function Shell({ fleet, scale, children }: { fleet?: string; scale?: number; children: preact.ComponentChildren }) {
  return (
    <div class="track">
      <header class="track-top">
        <img src="/icon.svg" alt="" width="24" height="24" />
        <strong>{fleet ?? "Relevo"}</strong>
        <ScaleBadge scale={scale ?? 1} />
        <LanguageSwitch />
      </header>
      <main>{children}</main>
    </div>
  );
}

function Answer({ link, state }: { link: TrackLink; state: TrackState }) {
  const { headline, detail } = arrival(state, link.clock.now());
  const address = state.dropoff["address"] ?? state.dropoff["name"];
  return (
    <section class="answer" aria-live="polite">
      {state.eta !== null && !OVER.has(state.status) && state.status !== "at_dropoff" ? <p class="answer-lead">{t("track.arrives")}</p> : null}
      <h1>{headline}</h1>
      {detail === "" ? null : <p>{detail}</p>}
      {typeof address === "string" ? (
        <p class="muted answer-where">
          <Icon name="dropoff" /> {address}
        </p>
      ) : null}
    </section>
  );
}

function Steps({ status }: { status: string }) {
  const at = stepOf(status);
  if (status === "cancelled" || status === "failed") return null;
  return (
    <ol class="steps">
      {STEPS.map((key, index) => (
        <li key={key} class={index < at || at === 3 ? "done" : index === at ? "now" : ""} aria-current={index === at ? "step" : undefined}>
          <span class="step-mark">{index < at || at === 3 ? <Icon name="check" /> : null}</span>
          {t(key)}
        </li>
      ))}
    </ol>
  );
}

function CourierLine({ link, state }: { link: TrackLink; state: TrackState }) {
  const { courier } = state;
  // Until it is picked up, the shop itself is one of the stops; the customer counts only other people's.
  const onTheWay = stepOf(state.status) >= 2;
  const before = state.stops_before === null ? null : state.stops_before - (onTheWay ? 0 : 1);
  if (OVER.has(state.status)) return null;
  if (courier === null) {
    return before !== null && before > 0 ? <p class="who">{t("track.stops_before", { n: before })}</p> : null;
  }
  const age = link.clock.wallAgeS(courier.fix_at_ms);
  return (
    <p class="who">
      <Icon name="courier" />
      <span>
        {t("track.brings", { name: courier.name })}
        {before !== null && before > 0 ? ` ${t("track.stops_before", { n: before })}` : ""}
        {age > STALE_S ? <small class="muted"> {t("track.last_seen", { ago: ago(age) })}</small> : null}
      </span>
    </p>
  );
}

/** The map's code is fetched only once there is a courier to show, and never delays the answer. */
function CourierMap({ link, state }: { link: TrackLink; state: TrackState }) {
  const holder = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  const wanted = state.courier !== null;
  const [ever, setEver] = useState(wanted);
  useEffect(() => {
    if (wanted) setEver(true);
  }, [wanted]);
  useEffect(() => {
    if (!ever || holder.current === null) return;
    let map: { remove: () => void } | undefined;
    let gone = false;
    import("./delivery_map")
      .then(async ({ createDeliveryMap }) => {
        if (!gone && holder.current !== null) map = await createDeliveryMap(holder.current, link);
      })
      .catch((fault: unknown) => {
        console.error(fault);
        setFailed(true);
      });
    return () => {
      gone = true;
      map?.remove();
    };
  }, [ever]);
  if (!ever || failed) return null;
  return (
    <figure class="track-map">
      <div class="map" ref={holder} />
    </figure>
  );
}
