"""Owns the state of one fleet's orders: the only code that moves an order.

Synchronous and in memory. Every move follows ``domain.lifecycle`` and leaves an ``OrderChange`` for the
store and an ``OrderChanged`` for everybody; ``dispatcher.desk`` takes both and hands them to
``dispatcher.journal``. It does not decide who carries what, and it never waits.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from dispatcher.metrics import DispatchMetrics, NoMetrics
from domain.errors import Conflict, NotFound, PreconditionFailed
from domain.events import OrderChanged
from domain.ids import CourierId, OrderId
from domain.lifecycle import CARRIED, FINAL, ON_BOARD, TRANSITIONS, Trigger, next_status
from domain.order import Order, OrderEvent
from domain.ports import OrderChange

Detail = dict[str, str | int | float | bool | None]


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """Who did something and when.

    Attributes:
        at_ms: event time.
        now_ms: time of recording.
        actor: ``courier:c_..``, ``user:u_..``, ``shop:..``, ``fence``, ``planner`` or ``system``.
        detail: further facts for the order's history.
    """

    at_ms: int
    now_ms: int
    actor: str
    detail: Detail = {}


class Outcome(msgspec.Struct, kw_only=True):
    """What the book did since it was last asked."""

    changes: list[OrderChange] = []
    events: list[OrderChanged] = []


class OrderBook:
    """All open orders of a fleet, and those that ended a moment ago."""

    def __init__(self, orders: Iterable[Order] = (), metrics: DispatchMetrics | None = None) -> None:
        self._orders = {order.id: order for order in orders}
        self._metrics = metrics or NoMetrics()
        self._outcome = Outcome()
        self._touched: set[OrderId] = set()
        self.revision = 0
        """Grows with every change, so that others can tell whether anything happened."""

    def all(self) -> Mapping[OrderId, Order]:
        """Return a live, read-only view of every order held."""
        return MappingProxyType(self._orders)

    def held(self) -> list[Order]:
        """Return the orders whose goods somebody holds until another takes them over."""
        return [order for order in self._orders.values() if order.held_by is not None]

    def find(self, order_id: OrderId) -> Order | None:
        """Return an order, or None when it is not held."""
        return self._orders.get(order_id)

    def get(self, order_id: OrderId) -> Order:
        """Return an order.

        Raises:
            NotFound: ``no_such_order``.
        """
        order = self._orders.get(order_id)
        if order is None:
            raise NotFound("no_such_order", f"There is no open order {order_id}.", order_id=order_id)
        return order

    def insert(
        self, order: Order, stamp: Stamp, *, key: str | None = None, request_sha256: str | None = None
    ) -> Order:
        """Record a new order as it is."""
        new = msgspec.structs.replace(order, version=1, reached_at_ms={order.status: stamp.at_ms})
        change = OrderChange(
            order=new,
            events=(_line(new, "place", stamp),),
            idempotency_key=key,
            request_sha256=request_sha256,
        )
        self._record(new, change, "place", stamp)
        self._metrics.order_entered(new.fleet, new.status)
        return new

    def move(
        self,
        order_id: OrderId,
        trigger: Trigger,
        stamp: Stamp,
        *,
        courier_id: CourierId | None = None,
        pinned: bool | None = None,
        exclude: CourierId | None = None,
        reason: str | None = None,
        action_id: str | None = None,
    ) -> Order:
        """Move an order along the lifecycle.

        Args:
            order_id: which one.
            trigger: what happened.
            stamp: who did it and when; ``at_ms`` is kept within the order's life.
            courier_id: who carries it from now on (accept, assign) or whom it is about (offer, decline,
                expire).
            pinned: set when a person decided.
            exclude: a courier who is not asked again.
            reason: why it failed or was cancelled.
            action_id: the courier's action that this records.

        Raises:
            NotFound: ``no_such_order``.
            Conflict: ``wrong_state``.
        """
        old = self.get(order_id)
        status = next_status(old.status, trigger)
        if status is None:
            raise wrong_state(old, trigger)
        at_ms = max(old.placed_at_ms, min(stamp.at_ms, stamp.now_ms))
        carrier = courier_id if trigger in _TAKES else old.courier_id if status in CARRIED | FINAL else None
        new = msgspec.structs.replace(
            old,
            status=status,
            courier_id=carrier,
            held_by=None if status in ON_BOARD | FINAL or carrier == old.held_by else old.held_by,
            pinned=old.pinned if pinned is None and carrier == old.courier_id else bool(pinned),
            excluded=old.excluded | {exclude} if exclude else old.excluded,
            reached_at_ms=old.reached_at_ms
            if status in old.reached_at_ms
            else {**old.reached_at_ms, status: at_ms},
            unassigned_reason=None if status in CARRIED | FINAL else old.unassigned_reason,
            failed_reason=reason if status in FINAL else old.failed_reason,
            version=old.version + 1,
        )
        stamp = msgspec.structs.replace(stamp, at_ms=at_ms, detail=_with_reason(stamp.detail, reason))
        about = courier_id or new.courier_id or old.courier_id
        self._change(old, new, trigger, stamp, courier_id=about, action_id=action_id)
        if status != old.status:
            self._metrics.order_entered(new.fleet, new.status)
        return new

    def edit(
        self,
        order_id: OrderId,
        fields: Mapping[str, object],
        stamp: Stamp,
        *,
        trigger: str = "change",
        expected_version: int | None = None,
        action_id: str | None = None,
    ) -> Order:
        """Change facts of an order without moving it.

        Raises:
            NotFound: ``no_such_order``.
            PreconditionFailed: ``stale_version`` when ``expected_version`` is not the newest.
        """
        old = self.get(order_id)
        if expected_version is not None and expected_version != old.version:
            raise PreconditionFailed(
                "stale_version",
                f"Order {order_id} is at version {old.version}, not {expected_version}.",
                version=old.version,
            )
        new = msgspec.structs.replace(old, **dict(fields), version=old.version + 1)
        self._change(old, new, trigger, stamp, courier_id=new.courier_id, action_id=action_id)
        return new

    def note(self, order_id: OrderId, reason: str | None) -> Order | None:
        """Set why nobody carries an order; returns it when that is news. Stored with its next change."""
        old = self._orders.get(order_id)
        if old is None or old.unassigned_reason == reason:
            return None
        self._orders[order_id] = msgspec.structs.replace(old, unassigned_reason=reason)
        return self._orders[order_id]

    def remember(self, order: Order) -> None:
        """Hold an order that was loaded from the store again."""
        self._orders[order.id] = order

    def forget_ended(self, before_ms: int) -> list[OrderId]:
        """Let go of orders that ended before ``before_ms``; returns which."""
        gone = [o.id for o in self._orders.values() if o.status in FINAL and ended_at_ms(o) < before_ms]
        for order_id in gone:
            del self._orders[order_id]
        return gone

    def take(self) -> Outcome:
        """Return what happened since the last call, in order, once."""
        outcome, self._outcome = self._outcome, Outcome()
        return outcome

    def take_touched(self) -> set[OrderId]:
        """Return which orders changed since the last call, once."""
        touched, self._touched = self._touched, set()
        return touched

    def _change(
        self,
        old: Order,
        new: Order,
        trigger: str,
        stamp: Stamp,
        *,
        courier_id: CourierId | None,
        action_id: str | None,
    ) -> None:
        line = msgspec.structs.replace(_line(new, trigger, stamp), courier_id=courier_id)
        change = OrderChange(order=new, events=(line,), expected_version=old.version, action_id=action_id)
        self._record(new, change, trigger, stamp)

    def _record(self, order: Order, change: OrderChange, trigger: str, stamp: Stamp) -> None:
        self.revision += 1
        self._touched.add(order.id)
        self._orders[order.id] = order
        self._outcome.changes.append(change)
        self._outcome.events.append(
            OrderChanged(fleet=order.fleet, at_ms=stamp.at_ms, order=order, trigger=str(trigger))
        )


_TAKES = frozenset({Trigger.ACCEPT, Trigger.ASSIGN})


def ended_at_ms(order: Order) -> int:
    """Return the event time at which a final order ended."""
    return order.reached_at_ms.get(order.status, order.placed_at_ms)


def wrong_state(order: Order, trigger: str) -> Conflict:
    """Return the refusal of a move the lifecycle does not allow, saying what was expected and what came."""
    expected = sorted({state.value for state, known in TRANSITIONS if known == trigger})
    return Conflict(
        "wrong_state",
        f"Order {order.id} is {order.status}; {trigger} needs it to be one of: {', '.join(expected)}.",
        status=order.status.value,
        expected=expected,
    )


def _with_reason(detail: Detail, reason: str | None) -> Detail:
    return {**detail, "reason": reason} if reason else detail


def _line(order: Order, trigger: str, stamp: Stamp) -> OrderEvent:
    return OrderEvent(
        order_id=order.id,
        version=order.version,
        trigger=str(trigger),
        status=order.status,
        at_ms=stamp.at_ms,
        recorded_at_ms=stamp.now_ms,
        actor=stamp.actor,
        courier_id=order.courier_id,
        detail=stamp.detail,
    )
