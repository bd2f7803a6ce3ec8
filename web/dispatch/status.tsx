/** How an order's state is said: words and a shape, never colour alone. */
import { t, tCode, clockTime } from "../i18n";
import type { OrderView } from "../wire/frames";
import { Icon } from "../ui/icon";
import { isOpen, isOver } from "./groups";

export function StatusChip({ order }: { order: OrderView }) {
  const tone = order.status === "delivered" ? "chip good" : order.status === "failed" ? "chip needs" : "chip";
  return <span class={tone}>{tCode("status", order.status, order.status)}</span>;
}

/** Why an order needs a person, in a few words; null when it does not. */
export function needText(order: OrderView): string | null {
  if (isOver(order)) return null;
  if (isOpen(order) && order.unassigned_reason !== null) {
    return tCode("reason", order.unassigned_reason, order.unassigned_reason);
  }
  return order.late ? t("order.late") : null;
}

export function NeedChip({ order }: { order: OrderView }) {
  const text = needText(order);
  if (text === null) return null;
  return (
    <span class={order.late || order.unassigned_reason !== "not_yet" ? "chip needs" : "chip"}>
      <Icon name="alert" />
      {text}
    </span>
  );
}

/** When it is expected at the door, or when it ended. */
export function dueText(order: OrderView): string {
  const eta = order.eta.dropoff;
  if (isOver(order)) return "";
  return eta === null ? "–" : clockTime(eta.p50_at_ms);
}
