/** Everything about one order, and what a dispatcher can do with it. */
import { useEffect, useState } from "preact/hooks";
import { clockRange, clockTime, money, t } from "../i18n";
import type { OrderView } from "../wire/frames";
import { ApiError } from "../wire/rest";
import { Icon } from "../ui/icon";
import { ruleText } from "./assign_sheet";
import type { Desk } from "./desk";
import { readExplanation, type Told, type ToldCandidate } from "./explanation";
import { endName, isOnBoard, isOver, orderName } from "./groups";
import { NeedChip, StatusChip } from "./status";

export function OrderPanel({ desk, order }: { desk: Desk; order: OrderView }) {
  const courier = order.courier_id === null ? undefined : desk.store.couriers.get(order.courier_id);
  return (
    <article class="panel" aria-label={t("order.title", { order: orderName(order) })}>
      <header class="panel-head">
        <h2>#{orderName(order)}</h2>
        <StatusChip order={order} />
        <button class="button quiet small" aria-label={t("close")} onClick={() => (desk.selection.value = null)}>
          <Icon name="close" />
        </button>
      </header>
      <div class="panel-body">
        <NeedChip order={order} />
        <End order={order} which="pickup" />
        <End order={order} which="dropoff" />
        <dl class="facts">
          <dt>{t("courier")}</dt>
          <dd>
            {courier ? (
              <button class="linkish" onClick={() => desk.select("courier", courier.id)}>
                {courier.name}
                {order.pinned ? <Icon name="pin" label={t("order.pinned")} /> : null}
              </button>
            ) : (
              t("order.nobody")
            )}
          </dd>
          {order.payment !== null ? (
            <>
              <dt>{t("payment")}</dt>
              <dd>
                {order.payment.method === "cash" ? t("payment.collect") : t("payment.prepaid")}{" "}
                {order.payment.amount_cents > 0 ? money(order.payment.amount_cents, order.payment.currency) : ""}
              </dd>
            </>
          ) : null}
          <dt>{t("order.placed_at")}</dt>
          <dd>{clockTime(order.placed_at_ms)}</dd>
        </dl>
        {desk.canEdit && !isOver(order) ? <Actions desk={desk} order={order} /> : null}
        <Why desk={desk} order={order} />
      </div>
    </article>
  );
}

function End({ order, which }: { order: OrderView; which: "pickup" | "dropoff" }) {
  const end = order[which];
  const eta = order.eta[which];
  const done = isOver(order) || (which === "pickup" && isOnBoard(order));
  const expected = done || order.status === `at_${which}` ? null : eta;
  return (
    <section class={`end ${done ? "done" : ""}`}>
      <Icon name={which} label={t(`stop.${which}`)} />
      <div>
        <strong>{endName(end)}</strong>
        {end.name && end.address ? <div>{end.address}</div> : null}
        {end.notes ? <div class="muted">{end.notes}</div> : null}
        {end.phone ? <a href={`tel:${end.phone}`}>{end.phone}</a> : null}
        {expected !== null ? <div class="muted">{t("order.between", { range: clockRange(expected.p10_at_ms, expected.p90_at_ms) })}</div> : null}
        {which === "pickup" && end.ready_at_ms !== null && !done ? (
          <div class="muted">{t("order.ready_at", { time: clockTime(end.ready_at_ms) })}</div>
        ) : null}
      </div>
      {expected !== null ? <time class="end-eta">{clockTime(expected.p50_at_ms)}</time> : null}
    </section>
  );
}

function Actions({ desk, order }: { desk: Desk; order: OrderView }) {
  return (
    <div class="actions">
      <button class="button main" onClick={() => (desk.sheet.value = "assign")}>
        {t(order.courier_id === null ? "order.assign" : "order.reassign")} <kbd>A</kbd>
      </button>
      {order.courier_id !== null && !isOnBoard(order) ? (
        <button class="button" onClick={() => void desk.unassign(order)}>
          {t("order.unassign")} <kbd>U</kbd>
        </button>
      ) : null}
      <button class="button danger" onClick={() => desk.cancel(order)}>
        {t("order.cancel")} <kbd>X</kbd>
      </button>
    </div>
  );
}

/** Why this courier, or why nobody yet. */
function Why({ desk, order }: { desk: Desk; order: OrderView }) {
  const [told, setTold] = useState<Told | "none" | null>(null);
  useEffect(() => {
    let current = true;
    setTold(null);
    desk.api.explanation(order.id).then(
      (doc) => current && setTold(readExplanation(doc)),
      (fault: unknown) => current && setTold(fault instanceof ApiError ? "none" : null),
    );
    return () => {
      current = false;
    };
  }, [order.id, order.courier_id, order.status]);
  if (told === null || told === "none") return null;
  if (told.text === null && told.candidates.length === 0) return null;
  const name = (one: ToldCandidate): string => one.name ?? desk.store.couriers.get(one.courierId)?.name ?? one.courierId;
  return (
    <section class="why" aria-label={t("why")}>
      <h3>
        <Icon name="why" /> {t("why")}
      </h3>
      {told.chosen !== null || told.next.length > 0 ? (
        <ol class="why-list">
          {told.chosen === null ? null : (
            <li class="why-chosen">
              <CourierLink desk={desk} one={told.chosen} name={name(told.chosen)} />
              <span>{told.byHand ? t("why.by_hand") : told.chosen.costMin === null ? "" : t("why.adds", { n: Math.round(told.chosen.costMin) })}</span>
            </li>
          )}
          {told.next.map((one) => (
            <li key={one.courierId}>
              <CourierLink desk={desk} one={one} name={name(one)} />
              <span>{extraText(one)}</span>
            </li>
          ))}
        </ol>
      ) : null}
      {told.excluded.length > 0 ? (
        <dl class="why-out">
          {told.excluded.map(([rule, who]) => (
            <div key={rule}>
              <dt>{ruleText(rule) ?? rule}</dt>
              <dd>{listed(who.map(name))}</dd>
            </div>
          ))}
        </dl>
      ) : null}
      {told.text === null ? null : told.chosen === null ? (
        <p>{told.text}</p>
      ) : (
        <details>
          <summary>{t("why.in_words")}</summary>
          <p>{told.text}</p>
        </details>
      )}
    </section>
  );
}

function CourierLink({ desk, one, name }: { desk: Desk; one: ToldCandidate; name: string }) {
  return (
    <button class="linkish" onClick={() => desk.select("courier", one.courierId)}>
      {name}
    </button>
  );
}

/** What it would have cost with somebody else, against whom it went to. */
function extraText({ extraMin, costMin }: { extraMin: number | null; costMin: number | null }): string {
  if (extraMin === null) return costMin === null ? "" : t("why.adds", { n: Math.round(costMin) });
  const whole = Math.round(extraMin);
  return whole === 0 ? t("why.same") : t(whole > 0 ? "why.more" : "why.less", { n: Math.abs(whole) });
}

const NAMES_MOST = 6;

function listed(names: readonly string[]): string {
  const rest = names.length - NAMES_MOST;
  const shown = names.slice(0, NAMES_MOST).join(", ");
  return rest > 0 ? t("why.and_more", { names: shown, n: rest }) : shown;
}
