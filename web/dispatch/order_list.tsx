/** All orders, grouped by what they ask of the dispatcher. Rows can be dragged onto couriers. */
import { useState } from "preact/hooks";
import { t, tCode } from "../i18n";
import type { OrderView } from "../wire/frames";
import { Empty, Loading } from "../ui/pieces";
import type { Desk } from "./desk";
import { startDrag } from "./drag";
import { GROUPS, endName, grouped, isOpen, orderName, type Group } from "./groups";
import { NeedChip, StatusChip, dueText } from "./status";

const SHOWN = 60;
/** States that the group's heading already says. */
const SAID_BY_GROUP = new Set(["placed", "assigned", "picked_up", "scheduled"]);

export function OrderList({ desk }: { desk: Desk }) {
  const { store } = desk;
  store.revision.orders.value;
  store.revision.couriers.value;
  if (!store.ready.value) return <Loading />;
  const groups = grouped(store.orders.values());
  if (store.orders.size === 0) {
    return (
      <Empty icon="package" title={t("orders.empty")}>
        <span>{t("orders.empty_hint")}</span>
        {desk.canEdit ? (
          <button class="button main" onClick={() => (desk.sheet.value = "new_order")}>
            {t("order.new")}
          </button>
        ) : null}
      </Empty>
    );
  }
  return (
    <div class="order-list" role="listbox" aria-label={t("orders")}>
      {GROUPS.map((group) => (
        <OrderGroup desk={desk} group={group} orders={groups.get(group) ?? []} key={group} />
      ))}
    </div>
  );
}

function OrderGroup({ desk, group, orders }: { desk: Desk; group: Group; orders: OrderView[] }) {
  const [open, setOpen] = useState(group !== "done");
  const [all, setAll] = useState(false);
  if (orders.length === 0) return null;
  const shown = all ? orders : orders.slice(0, SHOWN);
  return (
    <section class={`group group-${group}`}>
      <button class="group-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span>{t(`group.${group}`)}</span>
        <span class="count">{orders.length}</span>
      </button>
      {open ? shown.map((order) => <OrderRow desk={desk} order={order} key={order.id} />) : null}
      {open && shown.length < orders.length ? (
        <button class="button quiet small" onClick={() => setAll(true)}>
          {t("orders.more", { n: orders.length - shown.length })}
        </button>
      ) : null}
    </section>
  );
}

function OrderRow({ desk, order }: { desk: Desk; order: OrderView }) {
  const chosen = desk.selection.value?.kind === "order" && desk.selection.value.id === order.id;
  const courier = order.courier_id === null ? undefined : desk.store.couriers.get(order.courier_id);
  const asked = desk.store.asked.get(order.id);
  const askedName = asked && isOpen(order) ? desk.store.couriers.get(asked.courier_id)?.name : undefined;
  return (
    <button
      class="order-row"
      role="option"
      aria-selected={chosen}
      data-order={order.id}
      onClick={() => desk.select("order", order.id)}
      onPointerDown={(event) => desk.canEdit && isOpen(order) && startDrag(desk, order, event)}
    >
      <span class="row-top">
        <strong class="row-name">#{orderName(order)}</strong>
        <span class="row-to">{endName(order.dropoff)}</span>
        <span class="row-due">{dueText(order)}</span>
      </span>
      <span class="row-bottom">
        <NeedChip order={order} />
        {SAID_BY_GROUP.has(order.status) ? null : <StatusChip order={order} />}
        <span class="row-from">{endName(order.pickup)}</span>
        <span class="row-who">{courier?.name ?? (askedName ? t("order.asking", { courier: askedName }) : "")}</span>
      </span>
    </button>
  );
}

/** The rows in the order they are shown, for the keyboard. */
export function rowsInOrder(desk: Desk): OrderView[] {
  const groups = grouped(desk.store.orders.values());
  return GROUPS.filter((group) => group !== "done").flatMap((group) => groups.get(group) ?? []);
}

export function shiftText(shift: string): string {
  return tCode("shift", shift, shift);
}
