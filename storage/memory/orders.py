"""Orders and their history in plain memory."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from domain.errors import RelevoError
from domain.ids import CourierId, FleetId, OrderId
from domain.lifecycle import FINAL
from domain.order import Order, OrderEvent
from domain.ports import OrderChange
from storage import refusals
from storage.pages import cursor_of, read_cursor


class MemoryOrders:
    """``domain.ports.OrderStore`` in dictionaries; ``save`` checks every change before it applies any."""

    def __init__(self) -> None:
        self._orders: dict[tuple[FleetId, OrderId], Order] = {}
        self._events: dict[tuple[FleetId, OrderId], list[OrderEvent]] = defaultdict(list)
        self._committed: dict[FleetId, list[OrderEvent]] = defaultdict(list)
        self._idempotent: dict[tuple[FleetId, str, str], tuple[OrderId, str]] = {}
        self._actions: dict[tuple[FleetId, str], dict[str, str]] = {}

    async def save(self, changes: Sequence[OrderChange]) -> None:
        newest = {(change.order.fleet, change.order.id): change.order for change in changes}
        if all(self._orders.get(key) == order for key, order in newest.items()):
            return
        before = (dict(self._orders), dict(self._idempotent), dict(self._actions))
        try:
            for change in changes:
                self._put(change)
        except RelevoError:
            self._orders, self._idempotent, self._actions = before
            raise
        for change in changes:
            self._events[change.order.fleet, change.order.id].extend(change.events)
            self._committed[change.order.fleet].extend(change.events)

    def committed(self, fleet: FleetId) -> Sequence[OrderEvent]:
        """Return all order events of a fleet in the order of their commits."""
        return self._committed[fleet]

    def _put(self, change: OrderChange) -> None:
        order = change.order
        stored = self._orders.get((order.fleet, order.id))
        if change.idempotency_key is not None and change.expected_version is None:
            self._claim_key(change, change.idempotency_key)
        if (stored.version if stored else None) != change.expected_version:
            raise refusals.stale_version(order.id)
        if change.action_id is not None:
            if (order.fleet, change.action_id) in self._actions:
                raise refusals.action_repeated(change.action_id)
            self._actions[order.fleet, change.action_id] = {"result": "ok"}
        self._orders[order.fleet, order.id] = order

    def _claim_key(self, change: OrderChange, key: str) -> None:
        order, digest = change.order, change.request_sha256 or ""
        first = self._idempotent.setdefault((order.fleet, order.shop_id or "", key), (order.id, digest))
        if first[0] != order.id:
            raise refusals.key_taken(key, first[0], same_request=first[1] == digest)

    async def find(self, fleet: FleetId, order_id: OrderId) -> Order | None:
        return self._orders.get((fleet, order_id))

    async def open_orders(self, fleet: FleetId) -> list[Order]:
        mine = (order for (owner, _), order in self._orders.items() if owner == fleet)
        return sorted((o for o in mine if o.status not in FINAL), key=lambda o: (o.placed_at_ms, o.id))

    async def page(
        self,
        fleet: FleetId,
        *,
        status: Sequence[str] = (),
        since_ms: int | None = None,
        shop_id: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> tuple[list[Order], str | None]:
        before = read_cursor(cursor) if cursor else None
        matching = [
            order
            for (owner, _), order in self._orders.items()
            if owner == fleet
            and (not status or order.status in status)
            and (since_ms is None or order.placed_at_ms >= since_ms)
            and (shop_id is None or order.shop_id == shop_id)
            and (before is None or (order.placed_at_ms, order.id) < before)
        ]
        matching.sort(key=lambda order: (order.placed_at_ms, order.id), reverse=True)
        page = matching[:limit]
        return page, cursor_of(page[-1]) if len(matching) > limit else None

    async def events(self, fleet: FleetId, order_id: OrderId) -> list[OrderEvent]:
        return list(self._events.get((fleet, order_id), ()))

    async def histories(
        self, fleet: FleetId, from_ms: int, to_ms: int, *, after: OrderId | None = None, limit: int = 100
    ) -> list[tuple[Order, list[OrderEvent]]]:
        met = sorted(
            order_id
            for (owner, order_id), events in self._events.items()
            if owner == fleet
            and (after is None or order_id > after)
            and any(from_ms <= event.at_ms < to_ms for event in events)
        )
        return [
            (self._orders[fleet, order_id], [e for e in self._events[fleet, order_id] if e.at_ms < to_ms])
            for order_id in met[:limit]
        ]

    async def find_idempotent(self, fleet: FleetId, shop: str, key: str) -> tuple[OrderId, str] | None:
        return self._idempotent.get((fleet, shop, key))

    async def find_action(self, fleet: FleetId, action_id: str) -> dict[str, str] | None:
        return self._actions.get((fleet, action_id))

    async def put_action(
        self,
        fleet: FleetId,
        action_id: str,
        courier_id: CourierId,  # noqa: ARG002 - kept by the SQL store for people who look
        at_ms: int,  # noqa: ARG002
        result: Mapping[str, str],
    ) -> None:
        self._actions[fleet, action_id] = dict(result)
