"""What geofences say about orders: arrivals and departures move them as the co-op chose.

Between the tracker's events and the order book. A fence never delivers and never picks up on its own unless
the co-op set that; by default the courier's own word decides, and leaving without a word becomes a
suggestion.
"""

from dispatcher.progress import moves
from dispatcher.second_thoughts import correct
from dispatcher.state import FleetState
from domain.events import FenceCorrected, FenceCrossed
from domain.fleet_settings import FencePolicy
from domain.ids import OrderId
from domain.lifecycle import CARRIED
from domain.order import Order, OrderStatus, StopKind, parse_stop_id
from domain.zone import FenceEventKind

FENCE = "fence"


class Arrivals:
    """Applies one fleet's fence events; remembers who is inside a drop-off's fence already."""

    def __init__(self, state: FleetState) -> None:
        self._state = state
        self._at_door_ms: dict[OrderId, int] = {}

    def crossed(self, event: FenceCrossed) -> bool:
        """Apply a fence event; returns whether an order moved."""
        parsed = parse_stop_id(event.stop_id) if event.stop_id else None
        order = self._state.book.find(parsed[0]) if parsed else None
        if (
            parsed is None
            or order is None
            or order.courier_id != event.courier_id
            or order.status not in CARRIED
        ):
            return False
        entered = event.kind == FenceEventKind.ENTERED
        if parsed[1] == StopKind.DROPOFF:
            self._remember(order, event, entered=entered)
        if event.kind not in (FenceEventKind.ENTERED, FenceEventKind.EXITED):
            return False
        policy, goal = self._rule(parsed[1], entered=entered)
        return self._follow(order, policy, goal, event.at_ms)

    def corrected(self, event: FenceCorrected) -> bool:
        """Apply what the tracker takes back or puts right; returns whether an order changed."""
        parsed = parse_stop_id(event.stop_id) if event.stop_id else None
        if parsed is not None and self._at_door_ms.get(parsed[0]) == event.was_at_ms:
            if event.retracted:
                del self._at_door_ms[parsed[0]]
            else:
                self._at_door_ms[parsed[0]] = event.at_ms
        return correct(self._state, event)

    def picked_up(self, order_id: OrderId) -> bool:
        """Take note that goods are on board; whoever stands at the drop-off already has arrived there."""
        order, since_ms = self._state.book.find(order_id), self._at_door_ms.get(order_id)
        if order is None or since_ms is None or order.status != OrderStatus.PICKED_UP:
            return False
        at_ms = max(since_ms, order.reached_at_ms.get(OrderStatus.PICKED_UP, since_ms))
        return self._follow(order, self._state.settings.arrive_dropoff, OrderStatus.AT_DROPOFF, at_ms)

    def forget(self, order_id: OrderId) -> None:
        """Forget an order that ended."""
        self._at_door_ms.pop(order_id, None)

    def _rule(self, kind: StopKind, *, entered: bool) -> tuple[FencePolicy, OrderStatus]:
        settings = self._state.settings
        if kind == StopKind.PICKUP:
            if entered:
                return settings.arrive_pickup, OrderStatus.AT_PICKUP
            return settings.leave_pickup, OrderStatus.PICKED_UP
        if entered:
            return settings.arrive_dropoff, OrderStatus.AT_DROPOFF
        return settings.leave_dropoff, OrderStatus.DELIVERED

    def _follow(self, order: Order, policy: FencePolicy, goal: OrderStatus, at_ms: int) -> bool:
        steps = moves(order.status, goal)
        leaving = goal in (OrderStatus.PICKED_UP, OrderStatus.DELIVERED)
        was_there = order.status in (OrderStatus.AT_PICKUP, OrderStatus.AT_DROPOFF)
        if steps is None or len(steps) > 1 or (leaving and not was_there):
            return False
        if policy == FencePolicy.SUGGEST:
            self._state.alert(f"suggest_{goal}", order_id=order.id, courier_id=order.courier_id)
        if policy != FencePolicy.AUTOMATIC:
            return False
        self._state.book.move(order.id, steps[0], self._state.stamp(FENCE, at_ms))
        return True

    def _remember(self, order: Order, event: FenceCrossed, *, entered: bool) -> None:
        if entered:
            self._at_door_ms[order.id] = event.at_ms
        elif event.kind == FenceEventKind.EXITED:
            self._at_door_ms.pop(order.id, None)
