"""Looks after what time alone changes: offers, scheduled orders, people who vanish, lateness.

Called about once a second; synchronous. It moves orders only by the book and leaves planning to the planner.
"""

from dispatcher.ahead import earliest_at_ms, promised_at_ms
from dispatcher.dispatching import Dispatching
from dispatcher.offers import EXPIRED
from dispatcher.state import FleetState
from domain.ids import CourierId, OrderId
from domain.lifecycle import CARRIED, FINAL, ON_BOARD, Trigger
from domain.order import Order, OrderStatus, StopKind
from domain.plan import UnassignedReason

SYSTEM = "system"
KEEP_ENDED_MS = 15 * 60_000
SOFTEN_AFTER_MS = 60_000


class Watch:
    """Watches one fleet's clock-driven duties."""

    def __init__(self, state: FleetState, dispatching: Dispatching) -> None:
        self._state = state
        self._dispatching = dispatching
        self._window_missed_ms: dict[OrderId, int] = {}

    def check(self) -> bool:
        """Do what is due; returns whether a new plan is needed."""
        changed = [
            self._expire_offers(),
            self._release_scheduled(),
            self._release_from_vanished(),
            self._soften_windows(),
            self._raise_alerts(),
        ]
        return any(changed)

    def forget_old(self) -> list[OrderId]:
        """Let go of orders that ended a while ago; returns which."""
        state, now_ms = self._state, self._state.now_ms()
        gone = state.book.forget_ended(now_ms - KEEP_ENDED_MS)
        for order_id in gone:
            state.forget(order_id)
            state.soft_windows.discard(order_id)
            self._window_missed_ms.pop(order_id, None)
        state.offers.forget(now_ms)
        return gone

    def release_from(self, courier_id: CourierId, kind: str, actor: str = SYSTEM) -> bool:
        """Return what a courier has not picked up yet to the pool; goods on board stay with them.

        Args:
            courier_id: who cannot carry on.
            kind: the alert to raise, once per order.
            actor: who caused it.
        """
        state = self._state
        released = False
        for offer in state.offers.of(courier_id):
            self._dispatching.withdraw(offer, actor=actor)
            released = True
        for order in list(state.book.all().values()):
            if order.courier_id != courier_id or order.status not in CARRIED:
                continue
            aboard = order.status in ON_BOARD
            state.alert(kind, order_id=order.id, courier_id=courier_id, detail={"on_board": aboard})
            if not aboard:
                state.book.move(order.id, Trigger.UNASSIGN, state.stamp(actor), courier_id=courier_id)
                state.calm(kind, order.id)
                released = True
        return released

    def _expire_offers(self) -> bool:
        overdue = self._state.offers.overdue(self._state.now_ms())
        for offer in overdue:
            self._dispatching.withdraw(offer, result=EXPIRED, actor=SYSTEM)
        return bool(overdue)

    def _release_scheduled(self) -> bool:
        state = self._state
        due = [
            order
            for order in state.book.all().values()
            if order.status == OrderStatus.SCHEDULED and not is_far(state, order)
        ]
        for order in due:
            state.book.move(order.id, Trigger.RELEASE, state.stamp(SYSTEM))
        return bool(due)

    def _release_from_vanished(self) -> bool:
        state, now_ms = self._state, self._state.now_ms()
        limit_s = state.settings.offline_release_s * state.clock.scale
        holding = {o.courier_id for o in state.book.all().values() if o.status in CARRIED and o.courier_id}
        gone = [courier for courier in holding if state.roster.offline_for_s(courier, now_ms) > limit_s]
        released = [self.release_from(courier, "courier_offline_with_orders") for courier in gone]
        return any(released)

    def _soften_windows(self) -> bool:
        """Stop insisting on a window once it has been out of reach for a minute."""
        state, now_ms = self._state, self._state.now_ms()
        softened = False
        for order_id, reason in state.board.unassigned.items():
            if reason != UnassignedReason.TIME_WINDOW:
                self._window_missed_ms.pop(order_id, None)
            elif now_ms - self._window_missed_ms.setdefault(order_id, now_ms) >= SOFTEN_AFTER_MS:
                state.soft_windows.add(order_id)
                state.alert("window_missed", order_id=order_id)
                softened = True
        return softened

    def _raise_alerts(self) -> bool:
        """Tell what a dispatcher should look at; returns whether an order is late that was not before."""
        state, now_ms, newly_late = self._state, self._state.now_ms(), False
        for order in state.book.all().values():
            if order.status in FINAL or order.status == OrderStatus.SCHEDULED:
                continue
            if order.status in (OrderStatus.PLACED, OrderStatus.OFFERED):
                self._alert_waiting(order, now_ms)
            if is_late(state, order):
                raised = state.alert("order_late", order_id=order.id, courier_id=order.courier_id)
                newly_late = newly_late or raised
        return newly_late

    def _alert_waiting(self, order: Order, now_ms: int) -> None:
        since_ms = max(
            order.placed_at_ms, earliest_at_ms(order.pickup) - round(self._state.settings.offer_lead_s * 1000)
        )
        waited_s = (now_ms - since_ms) / 1000
        if waited_s > self._state.settings.unassigned_alert_s:
            self._state.alert(
                "order_unassigned_long", order_id=order.id, detail={"reason": order.unassigned_reason}
            )


def is_far(state: FleetState, order: Order) -> bool:
    """Tell whether an order's pickup is too far in the future to plan it now."""
    earliest_ms = max(earliest_at_ms(order.pickup), order.dropoff.window.earliest_at_ms or 0)
    if not earliest_at_ms(order.pickup):
        return earliest_ms - state.now_ms() > (state.settings.schedule_lead_s + 1800) * 1000
    return earliest_ms - state.now_ms() > state.settings.schedule_lead_s * 1000


def is_late(state: FleetState, order: Order) -> bool:
    """Tell whether an order is expected, or already is, past its promise and the grace."""
    now_ms = state.now_ms()
    eta = state.board.eta(order, StopKind.DROPOFF, order.courier_id) if order.courier_id else None
    expected_ms = max(now_ms, eta.p50_at_ms) if eta else now_ms
    return expected_ms > promised_at_ms(state, order) + state.settings.late_grace_s * 1000
