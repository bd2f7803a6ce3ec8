/** The shop's page: today's orders, and a new one. */
import { useEffect, useRef, useState } from "preact/hooks";
import { clockTime, honestRange, money, t, tCode } from "../i18n";
import { Icon } from "../ui/icon";
import { LanguageSwitch } from "../ui/language";
import { OrderForm } from "../ui/order_form";
import { Empty, Loading, ScaleBadge } from "../ui/pieces";
import { toast } from "../ui/toast";
import type { Me, OrderDoc } from "../wire/rest";
import type { ShopBoard } from "./board";

const OVER = new Set(["delivered", "cancelled", "failed"]);
/** Until the goods are with a courier, the shop may call it off. */
const MAY_CANCEL = new Set(["scheduled", "placed", "offered", "assigned", "at_pickup"]);

export function ShopPage({ board, me, nowMs }: { board: ShopBoard; me: Me; nowMs: () => number }) {
  return (
    <div class="shop">
      <header class="shop-top">
        <img src="/icon.svg" alt="" width="26" height="26" />
        <strong>{me.name ?? t("shop")}</strong>
        <span class="muted">{me.fleet.name}</span>
        <ScaleBadge scale={me.time_scale} />
        <LanguageSwitch />
      </header>
      {board.offline.value ? (
        <p class="bar-note" role="alert">
          <Icon name="offline" /> {t("link.lost")}
        </p>
      ) : null}
      <main class="shop-columns">
        <section class="shop-new" aria-label={t("order.new")}>
          <h2>{t("order.new")}</h2>
          <PickMap board={board} me={me} />
          <OrderForm
            ends={board.ends.value}
            picking={board.picking.value}
            onPick={(end) => (board.picking.value = end)}
            onPlace={(end, place) => (board.ends.value = { ...board.ends.value, [end]: place })}
            onSubmit={(body) => board.place(body)}
            usual={me.name === null ? {} : { name: me.name }}
            currency={me.fleet.currency}
            nowMs={nowMs}
          />
        </section>
        <section class="shop-orders" aria-label={t("shop.today")}>
          <h2>{t("shop.today")}</h2>
          <Orders board={board} />
        </section>
      </main>
    </div>
  );
}

function Orders({ board }: { board: ShopBoard }) {
  const orders = board.orders.value;
  if (orders === null) return board.offline.value ? null : <Loading />;
  if (orders.length === 0) {
    return (
      <Empty icon="package" title={t("shop.empty")}>
        <span>{t("shop.empty_hint")}</span>
      </Empty>
    );
  }
  const open = orders.filter((order) => !OVER.has(order.status));
  const over = orders.filter((order) => OVER.has(order.status));
  return (
    <ul class="shop-list">
      {[...open, ...over].map((order) => (
        <OrderCard board={board} order={order} key={order.id} />
      ))}
    </ul>
  );
}

function OrderCard({ board, order }: { board: ShopBoard; order: OrderDoc }) {
  const over = OVER.has(order.status);
  const to = order.dropoff.name ?? order.dropoff.address ?? `${order.dropoff.lat.toFixed(4)}, ${order.dropoff.lon.toFixed(4)}`;
  return (
    <li class={`shop-order ${over ? "over" : ""}`} data-order={order.id} data-status={order.status}>
      <div class="shop-order-top">
        <strong>#{order.ref ?? order.id.slice(-5)}</strong>
        <span>{to}</span>
        <span class={`chip ${order.status === "delivered" ? "good" : order.status === "failed" ? "needs" : ""}`}>
          {tCode("status", order.status, order.status)}
        </span>
      </div>
      <p class="shop-when">{whenText(order)}</p>
      {order.payment !== null && order.payment.method === "cash" && order.payment.amount_cents > 0 ? (
        <p class="muted">
          {t("payment.collect")} {money(order.payment.amount_cents, order.payment.currency)}
        </p>
      ) : null}
      {over ? null : (
        <div class="shop-actions">
          {order.tracking_url === null ? null : (
            <button class="button small" onClick={() => void copy(order.tracking_url ?? "")}>
              <Icon name="link" /> {t("shop.copy_link")}
            </button>
          )}
          {MAY_CANCEL.has(order.status) ? <CancelButton board={board} order={order} /> : null}
        </div>
      )}
    </li>
  );
}

/** The shop's question while it waits is when the courier comes; after that, when it is delivered. */
export function whenText(order: OrderDoc): string {
  const { pickup, dropoff } = order.eta;
  if (OVER.has(order.status)) {
    const at = order.reached_at[order.status];
    return at === undefined ? "" : clockTime(Date.parse(at));
  }
  const parts: string[] = [];
  if (pickup !== null && order.status !== "at_pickup" && MAY_CANCEL.has(order.status)) {
    parts.push(t("shop.pickup_at", { time: clockTime(Date.parse(pickup.p50_at)) }));
  }
  if (dropoff !== null) {
    parts.push(t("shop.dropoff_at", { range: honestRange(Date.parse(dropoff.p10_at), Date.parse(dropoff.p90_at)) }));
  }
  if (parts.length > 0) return parts.join(" · ");
  return order.unassigned_reason === null ? t("shop.finding") : tCode("reason", order.unassigned_reason, t("shop.finding"));
}

function CancelButton({ board, order }: { board: ShopBoard; order: OrderDoc }) {
  const [sure, setSure] = useState(false);
  useEffect(() => {
    if (!sure) return;
    const timer = setTimeout(() => setSure(false), 3_000);
    return () => clearTimeout(timer);
  }, [sure]);
  return (
    <button class={`button small ${sure ? "accent" : "danger"}`} onClick={() => (sure ? void board.cancel(order) : setSure(true))}>
      {t(sure ? "shop.cancel_sure" : "order.cancel")}
    </button>
  );
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("shop.copied"));
  } catch {
    prompt(t("shop.copy_link"), text);
  }
}

/** The map the two ends are picked on; its code comes after the rest of the page. */
function PickMap({ board, me }: { board: ShopBoard; me: Me }) {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let map: { remove: () => void } | undefined;
    let gone = false;
    void import("./pick_map").then(async ({ createPickMap }) => {
      if (gone || holder.current === null) return;
      map = await createPickMap(holder.current, board, me.fleet);
    });
    return () => {
      gone = true;
      map?.remove();
    };
  }, []);
  const wanted = board.wanted();
  return (
    <figure class="pick-map">
      <div class="map" ref={holder} />
      {wanted !== null ? <figcaption class="map-hint">{t(`form.click_${wanted}`)}</figcaption> : null}
    </figure>
  );
}
