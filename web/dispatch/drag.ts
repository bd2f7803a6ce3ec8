/**
 * Dragging an unassigned order over the map: the courier under it lights up with what it would add for them, and
 * letting go gives them the order.
 */
import type { OrderView } from "../wire/frames";
import { candidatesOf } from "./candidates";
import type { Desk } from "./desk";

const FAR_ENOUGH_PX = 8;

export function startDrag(desk: Desk, order: OrderView, down: PointerEvent): void {
  if (down.button !== 0 || down.pointerType === "touch") return;
  let dragging = false;
  const move = (event: PointerEvent): void => {
    if (!dragging && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < FAR_ENOUGH_PX) return;
    if (!dragging) {
      dragging = true;
      desk.select("order", order.id);
      desk.drag.value = { orderId: order.id, x: 0, y: 0, overId: null, candidates: new Map() };
      void candidatesOf(desk.api, desk.store, order).then((list) => {
        if (desk.drag.value === null) return;
        desk.drag.value = { ...desk.drag.value, candidates: new Map(list.map((one) => [one.courierId, one])) };
      });
    }
    const now = desk.drag.value;
    if (now === null) return;
    const overId = desk.courierAt(event.clientX, event.clientY);
    desk.drag.value = { ...now, x: event.clientX, y: event.clientY, overId };
  };
  const stop = (): void => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", up);
    removeEventListener("keydown", escape, true);
    desk.drag.value = null;
  };
  const up = (): void => {
    const over = desk.drag.value?.overId ?? null;
    stop();
    if (dragging && over !== null) void desk.assign(order, over);
  };
  const escape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    stop();
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", up);
  addEventListener("keydown", escape, true);
}
