"""What the tracker takes back: arrivals that turn out to have been at another time, or not at all.

The counterpart of ``dispatcher.arrivals``. The courier's own word is never touched: an order goes back only
from the very arrival that a fence noted, a suggestion is withdrawn, and a noted time is put right.
"""

from dispatcher.state import FleetState
from domain.events import FenceCorrected
from domain.lifecycle import CARRIED, Trigger
from domain.order import Order, OrderStatus, StopKind, parse_stop_id
from domain.zone import FenceEventKind

FENCE = "fence"
_ARRIVED = {StopKind.PICKUP: OrderStatus.AT_PICKUP, StopKind.DROPOFF: OrderStatus.AT_DROPOFF}
_LEFT = {StopKind.PICKUP: OrderStatus.PICKED_UP, StopKind.DROPOFF: OrderStatus.DELIVERED}


def correct(state: FleetState, event: FenceCorrected) -> bool:
    """Apply a correction to the order that it concerns; returns whether an order changed."""
    parsed = parse_stop_id(event.stop_id) if event.stop_id else None
    order = state.book.find(parsed[0]) if parsed else None
    if parsed is None or order is None or order.courier_id != event.courier_id or order.status not in CARRIED:
        return False
    if event.kind is FenceEventKind.ENTERED:
        return _correct_arrival(state, order, _ARRIVED[parsed[1]], event)
    if event.kind is FenceEventKind.EXITED and event.retracted:
        state.withdraw(f"suggest_{_LEFT[parsed[1]]}", order_id=order.id, courier_id=order.courier_id)
    return False


def _correct_arrival(state: FleetState, order: Order, arrived: OrderStatus, event: FenceCorrected) -> bool:
    if event.retracted:
        state.withdraw(f"suggest_{arrived}", order_id=order.id, courier_id=order.courier_id)
    noted_ms = order.reached_at_ms.get(arrived)
    if noted_ms is None or noted_ms != max(order.placed_at_ms, event.was_at_ms):
        return False
    stamp = state.stamp(FENCE, event.at_ms)
    reached = {status: at_ms for status, at_ms in order.reached_at_ms.items() if status is not arrived}
    if not event.retracted:
        reached[arrived] = max(order.placed_at_ms, min(event.at_ms, stamp.now_ms))
    elif order.status is arrived:
        state.book.move(order.id, Trigger.NOT_ARRIVED, stamp)
    state.book.edit(order.id, {"reached_at_ms": reached}, stamp, trigger="correct_arrival")
    return True
