"""What shops and dispatchers do to orders: place, change, cancel, assign, unassign.

Checks the request against the order's state and moves the book; the desk commits and plans. Refusals say
what was expected and what came.
"""

import asyncio
from collections.abc import Mapping

import msgspec

from dispatcher.dispatching import Dispatching
from dispatcher.journal import Journal, in_time
from dispatcher.learning import READY
from dispatcher.order_book import wrong_state
from dispatcher.repeats import Done, Repeats
from dispatcher.state import FleetState
from dispatcher.watch import is_far
from dispatcher.who_was_out import Because
from domain.courier import Courier
from domain.errors import Conflict, Invalid
from domain.ids import CourierId, OrderId
from domain.lifecycle import FINAL, ON_BOARD, Trigger
from domain.order import Order, OrderStatus
from domain.ports import OrderStore

EDITABLE = frozenset(
    {
        "pickup",
        "dropoff",
        "size",
        "requires",
        "payment",
        "ref",
        "group",
        "priority",
        "excluded",
        "on_board_max_s",
    }
)
SETTLED_AT_PICKUP = frozenset({"pickup", "size", "requires", "group"})


class Intake:
    """The orders' way in, for one fleet."""

    def __init__(
        self, state: FleetState, store: OrderStore, journal: Journal, dispatching: Dispatching
    ) -> None:
        self._state = state
        self._store = store
        self._journal = journal
        self._dispatching = dispatching
        self._placing = Repeats[tuple[OrderId, str]]()

    async def place(self, order: Order, actor: str, key: str | None, request_sha256: str | None) -> Order:
        """Record a new order once per key.

        Raises:
            Conflict: ``idempotency_key_reused``, ``order_exists``.
        """
        self._journal.check()
        if key is None:
            placed, durable = self._record(order, actor, None, None)
            await in_time(durable)
            return placed
        slot = (order.shop_id or "", key)

        async def do() -> Done[tuple[OrderId, str]]:
            found = await self._store.find_idempotent(self._state.fleet.id, *slot)
            if found is not None:
                return found, None
            placed, durable = self._record(order, actor, key, request_sha256)
            return (placed.id, request_sha256 or ""), durable

        return await self._same(await self._placing.once(slot, do), request_sha256, key)

    def change(
        self, order_id: OrderId, fields: Mapping[str, object], actor: str, expected_version: int | None
    ) -> Order:
        """Change facts of an order.

        Raises:
            Invalid: ``unknown_field``.
            Conflict: ``wrong_state`` when it ended, ``already_picked_up`` when the goods are on board.
        """
        order = self._state.book.get(order_id)
        unknown = sorted(set(fields) - EDITABLE)
        if unknown:
            raise Invalid("unknown_field", f"These cannot be changed: {', '.join(unknown)}.", fields=unknown)
        if order.status in FINAL:
            raise wrong_state(order, Trigger.CANCEL)
        settled = sorted(set(fields) & SETTLED_AT_PICKUP)
        if settled and order.status in ON_BOARD:
            raise Conflict(
                "already_picked_up",
                f"Order {order_id} is {order.status}; {', '.join(settled)} cannot change any more.",
                status=order.status.value,
            )
        changed = self._state.book.edit(
            order_id, fields, self._state.stamp(actor), expected_version=expected_version
        )
        self._state.soft_windows.discard(order_id)
        return changed

    def ready(self, order_id: OrderId, actor: str) -> Order:
        """Take note that an order's goods are ready.

        Raises:
            Conflict: ``wrong_state`` when it ended, ``already_picked_up``.
        """
        order = self._state.book.get(order_id)
        if order.ready_told_at_ms is not None:
            return order
        if order.status in FINAL:
            raise wrong_state(order, Trigger.PICK_UP)
        if order.status in ON_BOARD:
            raise Conflict(
                "already_picked_up", f"Order {order_id} is {order.status}.", status=order.status.value
            )
        told = {"ready_told_at_ms": self._state.now_ms()}
        return self._state.book.edit(order_id, told, self._state.stamp(actor), trigger=READY)

    def cancel(self, order_id: OrderId, actor: str, reason: str | None) -> Order:
        """Cancel an order; a second time changes nothing."""
        order = self._state.book.get(order_id)
        if order.status == OrderStatus.CANCELLED:
            return order
        self._end_offers(order)
        return self._state.book.move(order_id, Trigger.CANCEL, self._state.stamp(actor), reason=reason)

    def assign(self, order_id: OrderId, courier_id: CourierId, actor: str, *, pin: bool) -> Order:
        """Give an order to a courier.

        Raises:
            NotFound: ``no_such_order``, ``no_such_courier``.
            Conflict: ``courier_not_on_shift``, ``does_not_fit``, ``wrong_state``.
        """
        order, courier = self._state.book.get(order_id), self._state.roster.get(courier_id)
        self._must_fit(order, courier)
        if order.courier_id == courier_id and order.status not in (OrderStatus.PLACED, OrderStatus.OFFERED):
            if order.pinned == pin or order.status in FINAL:
                return order
            return self._state.book.edit(order_id, {"pinned": pin}, self._state.stamp(actor), trigger="pin")
        self._end_offers(order)
        self._state.board.take_off(order_id)
        moved = self._state.book.move(
            order_id, Trigger.ASSIGN, self._state.stamp(actor), courier_id=courier_id, pinned=pin
        )
        if courier_id in moved.excluded:
            moved = self._state.book.edit(
                order_id,
                {"excluded": moved.excluded - {courier_id}},
                self._state.stamp(actor),
                trigger="include",
            )
        return moved

    def unassign(self, order_id: OrderId, actor: str) -> Order:
        """Return an order to the pool; an order that nobody has stays as it is."""
        order = self._state.book.get(order_id)
        if order.status in (OrderStatus.PLACED, OrderStatus.SCHEDULED):
            return order
        if order.status == OrderStatus.OFFERED:
            asked = self._state.offers.for_order(order_id)
            self._end_offers(order)
            exclude = frozenset(offer.courier_id for offer in asked)
        else:
            exclude = frozenset({order.courier_id} if order.courier_id else ())
            self._state.book.move(order_id, Trigger.UNASSIGN, self._state.stamp(actor))
        self._state.board.take_off(order_id)
        order = self._state.book.get(order_id)
        for courier_id in exclude:
            own = actor == f"courier:{courier_id}"
            self._state.left_out[order_id, courier_id] = Because.DECLINED if own else Because.KEPT_OFF
        if exclude <= order.excluded:
            return order
        return self._state.book.edit(
            order_id, {"excluded": order.excluded | exclude}, self._state.stamp(actor), trigger="exclude"
        )

    def exclude(self, order_id: OrderId, courier_id: CourierId, actor: str, *, excluded: bool) -> Order:
        """Keep an order from a courier, or let them be asked again; what is on board stays.

        Raises:
            Conflict: ``wrong_state`` when it ended, ``already_picked_up`` when that courier has the goods.
        """
        order = self._state.book.get(order_id)
        if order.status in FINAL:
            raise wrong_state(order, Trigger.ASSIGN)
        if excluded == (courier_id in order.excluded):
            return order
        if excluded and order.courier_id == courier_id:
            if order.status in ON_BOARD:
                raise Conflict(
                    "already_picked_up",
                    f"Order {order_id} is {order.status} with them; hand the goods over instead.",
                    status=order.status.value,
                )
            return self.unassign(order_id, actor)
        for offer in self._state.offers.for_order(order_id) if excluded else ():
            if offer.courier_id == courier_id:
                self._dispatching.withdraw(offer)
        if excluded:
            self._state.left_out.setdefault((order_id, courier_id), Because.KEPT_OFF)
        else:
            self._state.left_out.pop((order_id, courier_id), None)
        kept = order.excluded | {courier_id} if excluded else order.excluded - {courier_id}
        trigger = "exclude" if excluded else "include"
        return self._state.book.edit(order_id, {"excluded": kept}, self._state.stamp(actor), trigger=trigger)

    def _end_offers(self, order: Order) -> None:
        for offer in self._state.offers.for_order(order.id):
            self._dispatching.withdraw(offer)

    def _must_fit(self, order: Order, courier: Courier) -> None:
        if not self._state.roster.on_shift(courier.id):
            raise Conflict(
                "courier_not_on_shift",
                f"{courier.name} is not on shift; put them on shift first.",
                shift=courier.shift.value,
            )
        limit, missing = courier.load_limit(), sorted(order.requires - courier.skills)
        heavy = order.size.weight_g > limit.weight_g or order.size.volume_l > limit.volume_l
        if missing or heavy:
            raise Conflict(
                "does_not_fit",
                f"{courier.name} cannot carry order {order.id}: "
                + (f"it needs {', '.join(missing)}." if missing else "it is too big for the vehicle."),
                missing=missing,
            )

    def _record(
        self, order: Order, actor: str, key: str | None, request_sha256: str | None
    ) -> tuple[Order, asyncio.Future[None]]:
        if self._state.book.find(order.id) is not None:
            raise Conflict("order_exists", f"There is an order {order.id} already.", order_id=order.id)
        status = OrderStatus.SCHEDULED if is_far(self._state, order) else OrderStatus.PLACED
        new = msgspec.structs.replace(order, status=status, courier_id=None, pinned=False)
        placed = self._state.book.insert(
            new, self._state.stamp(actor, order.placed_at_ms), key=key, request_sha256=request_sha256
        )
        return placed, self._journal.add(self._state.entry())

    async def _same(self, found: tuple[OrderId, str], request_sha256: str | None, key: str) -> Order:
        if found[1] != (request_sha256 or ""):
            raise Conflict(
                "idempotency_key_reused",
                f"Idempotency-Key {key!r} came before with another request.",
                order_id=found[0],
            )
        order = self._state.book.find(found[0]) or await self._store.find(self._state.fleet.id, found[0])
        if order is None:
            raise Conflict("idempotency_key_reused", f"The order of Idempotency-Key {key!r} is gone.")
        return order
