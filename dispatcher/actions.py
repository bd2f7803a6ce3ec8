"""What couriers say they did, applied to orders: once, at the time it was done, however late.

Sits between the socket and the order book. It refuses by value (``ActionResult``), with a code that the
manual explains.
"""

import msgspec

from dispatcher.dispatching import Dispatching
from dispatcher.handover import HandOver
from dispatcher.journal import ActionRecord, Journal
from dispatcher.order_book import Stamp
from dispatcher.progress import GOALS, PROGRESS, moves, reached
from dispatcher.repeats import Done, Repeats
from dispatcher.state import FleetState
from domain.errors import Refused
from domain.ids import CourierId
from domain.lifecycle import CARRIED, FINAL, ON_BOARD, Trigger
from domain.order import Order, OrderStatus, StopKind, parse_stop_id
from domain.ports import ActionResult, CourierAction, OrderStore

KINDS = {"picked_up": StopKind.PICKUP, "delivered": StopKind.DROPOFF}
OK = ActionResult(ok=True)


class Actions:
    """Applies courier actions of one fleet."""

    def __init__(
        self, state: FleetState, store: OrderStore, journal: Journal, dispatching: Dispatching
    ) -> None:
        self._state = state
        self._dispatching = dispatching
        self._store = store
        self._journal = journal
        self._handover = HandOver(state)
        self._acting = Repeats[ActionResult]()

    async def act(self, action: CourierAction) -> ActionResult:
        """Apply an action, or return what it got when it came before."""
        return await self._acting.once(action.id, lambda: self._act_once(action))

    async def _act_once(self, action: CourierAction) -> Done[ActionResult]:
        before = await self._store.find_action(self._state.fleet.id, action.id)
        if before is not None:
            return _recorded(before), None
        parsed = parse_stop_id(action.stop_id)
        order = await self._order(action) if parsed else None
        if parsed is None or order is None:
            return _refusal("unknown_stop", f"There is no stop {action.stop_id} on your routes."), None
        carried = await self._carried_before(order, action.courier_id)
        # From here on nothing waits: what is read is what is changed.
        order = self._state.book.find(order.id) or order
        version = order.version
        try:
            result = self._apply(order, parsed[1], action, carried=carried)
        except Refused as refused:
            result = _refusal(refused.code, refused.message)
        entry = self._state.entry()
        if not result.ok or self._state.book.get(order.id).version == version:
            entry.action = ActionRecord(
                id=action.id, courier_id=action.courier_id, at_ms=action.at_ms, result=_record(result)
            )
        return result, self._journal.add(entry)

    async def _order(self, action: CourierAction) -> Order | None:
        """Return the order a stop belongs to, also one that ended long ago."""
        parsed = parse_stop_id(action.stop_id)
        if parsed is None:
            return None
        order = self._state.book.find(parsed[0])
        if order is None:
            order = await self._store.find(self._state.fleet.id, parsed[0])
            if order is not None:
                self._state.book.remember(order)
        return order

    async def _carried_before(self, order: Order, courier_id: CourierId) -> bool:
        """Tell whether a courier who is not the order's now was at some time."""
        if order.courier_id == courier_id:
            return True
        lines = await self._store.events(order.fleet, order.id)
        return any(line.courier_id == courier_id and line.status in CARRIED for line in lines)

    def _apply(self, order: Order, kind: StopKind, action: CourierAction, *, carried: bool) -> ActionResult:
        if kind == StopKind.HANDOVER:
            return self._give(order, action, carried=carried)
        refusal = _mistaken(order, kind, action, carried=carried)
        if refusal is not None:
            return refusal
        if action.action == "failed":
            return self._fail(order, action)
        goal = GOALS[action.action, kind]
        if reached(order.status, goal):
            self._correct_time(order, goal, action)
            return OK
        if order.status in FINAL:
            return self._too_late(order, action)
        return self._advance(order, goal, action)

    def _advance(self, order: Order, goal: OrderStatus, action: CourierAction) -> ActionResult:
        book, stamp = self._state.book, self._stamp(action)
        if order.courier_id != action.courier_id:
            if not _takes_back(order, goal):
                return _refusal("not_your_stop", f"Order {order.id} is carried by somebody else now.")
            # The goods are with whoever picked them up, whatever the plan says meanwhile.
            for offer in self._state.offers.for_order(order.id):
                self._dispatching.withdraw(offer)
            order = book.move(order.id, Trigger.ASSIGN, stamp, courier_id=action.courier_id)
            self._state.alert("goods_with_other_courier", order_id=order.id, courier_id=action.courier_id)
        steps = moves(order.status, goal)
        if steps is None:
            return _refusal(
                "wrong_state",
                f"Order {order.id} is {order.status}; {action.action} there needs picked_up before.",
            )
        for step in steps:
            last = step == steps[-1]
            book.move(order.id, step, stamp, action_id=action.id if last else None)
        return OK

    def _give(self, order: Order, action: CourierAction, *, carried: bool) -> ActionResult:
        """Apply what a courier says where they hand goods over to a colleague or a hub."""
        if not carried:
            return _refusal("not_your_stop", f"Order {order.id} was never yours to carry.")
        if action.action not in ("arrived", "delivered"):
            return _refusal("wrong_stop_kind", f"{action.action} is not said at a handover.")
        if action.action == "delivered":
            self._handover.given(order.id, action.courier_id, self._stamp(action), action.id)
        return OK

    def _fail(self, order: Order, action: CourierAction) -> ActionResult:
        if order.status == OrderStatus.FAILED:
            return OK
        if order.status in FINAL:
            return self._too_late(order, action)
        if order.courier_id != action.courier_id:
            return _refusal("not_your_stop", f"Order {order.id} is not yours now.")
        self._state.book.move(
            order.id,
            Trigger.FAIL,
            self._stamp(action),
            reason=action.reason or "unspecified",
            action_id=action.id,
        )
        self._state.alert("order_failed", order_id=order.id, courier_id=action.courier_id)
        return OK

    def _too_late(self, order: Order, action: CourierAction) -> ActionResult:
        self._state.alert("action_after_end", order_id=order.id, courier_id=action.courier_id)
        return _refusal(
            "wrong_state", f"Order {order.id} is {order.status} already; {action.action} came too late."
        )

    def _correct_time(self, order: Order, goal: OrderStatus, action: CourierAction) -> None:
        """Keep the earlier time when a queued action overtook the one before it."""
        known_ms = order.reached_at_ms.get(goal)
        at_ms = max(order.placed_at_ms, min(action.at_ms, self._state.now_ms()))
        if goal == order.status or (known_ms is not None and known_ms <= at_ms):
            return
        self._state.book.edit(
            order.id,
            {"reached_at_ms": {**order.reached_at_ms, goal: at_ms}},
            self._stamp(action),
            trigger=action.action,
            action_id=action.id,
        )

    def _stamp(self, action: CourierAction) -> Stamp:
        stamp = self._state.stamp(f"courier:{action.courier_id}", action.at_ms)
        return msgspec.structs.replace(stamp, detail=dict(action.proof))


def _mistaken(order: Order, kind: StopKind, action: CourierAction, *, carried: bool) -> ActionResult | None:
    """Return the refusal of an action that no state of the order would allow."""
    expected = KINDS.get(action.action, kind)
    if kind != expected:
        return _refusal(
            "wrong_stop_kind", f"{action.action} is said at a {expected}; {action.stop_id} is a {kind}."
        )
    if not carried:
        return _refusal("not_your_stop", f"Order {order.id} was never yours to carry.")
    if action.action != "failed" and (action.action, kind) not in GOALS:
        known = "arrived, picked_up, delivered, failed"
        return _refusal("unknown_action", f"{action.action!r} is none of {known}.")
    return None


def _takes_back(order: Order, goal: OrderStatus) -> bool:
    """Tell whether a former courier's word that the goods are on board (or delivered) overrules the plan."""
    return order.status not in ON_BOARD and PROGRESS[goal] >= PROGRESS[OrderStatus.PICKED_UP]


def _refusal(code: str, message: str) -> ActionResult:
    return ActionResult(ok=False, code=code, message=message)


def _record(result: ActionResult) -> dict[str, str]:
    if result.ok:
        return {"result": "ok"}
    return {"result": "refused", "code": result.code or "", "message": result.message or ""}


def _recorded(record: dict[str, str]) -> ActionResult:
    if record.get("result") == "ok":
        return OK
    return _refusal(record.get("code", "refused"), record.get("message", ""))
