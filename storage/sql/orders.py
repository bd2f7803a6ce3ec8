"""Orders and their history in SQL. ``save`` is the only way an order changes, and it is all or nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import Conflict
from domain.ids import CourierId, FleetId, OrderId
from domain.lifecycle import FINAL
from domain.order import Order, OrderEvent
from domain.ports import OrderChange
from storage import refusals
from storage.pages import cursor_of, read_cursor
from storage.sql import tables as t
from storage.sql.database import Database
from storage.sql.documents import add_once, from_doc, put, to_doc


class SqlOrders:
    """``domain.ports.OrderStore`` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, changes: Sequence[OrderChange]) -> None:
        """Commit all changes in one transaction.

        The same changes saved again, because the reply to their commit was lost, change nothing.

        Raises:
            Conflict: ``stale_version`` when an order moved on meanwhile (or is there already);
                ``idempotency_key_reused`` or ``order_already_placed`` (detail ``order_id``) when the key
                was taken by another or by the same request; ``action_repeated`` when it was applied before.
        """
        if not changes:
            return
        try:
            async with self._database.write() as db:
                for change in changes:
                    await _save(db, change)
                events = [(change.order.fleet, event) for change in changes for event in change.events]
                if events:
                    await db.execute(insert(t.order_events), [_event_row(*pair) for pair in events])
        except Conflict:
            if not await self._is_saved(changes):
                raise

    async def _is_saved(self, changes: Sequence[OrderChange]) -> bool:
        newest = {(change.order.fleet, change.order.id): change.order for change in changes}
        return all([await self.find(*key) == order for key, order in newest.items()])

    async def find(self, fleet: FleetId, order_id: OrderId) -> Order | None:
        query = select(t.orders.c.doc).where(t.orders.c.fleet == fleet, t.orders.c.id == order_id)
        async with self._database.read() as db:
            doc = await db.scalar(query)
        return from_doc(doc, Order) if doc else None

    async def open_orders(self, fleet: FleetId) -> list[Order]:
        query = (
            select(t.orders.c.doc)
            .where(t.orders.c.fleet == fleet, t.orders.c.status.not_in(sorted(FINAL)))
            .order_by(t.orders.c.placed_at_ms, t.orders.c.id)
        )
        async with self._database.read() as db:
            docs = await db.scalars(query)
        return [from_doc(doc, Order) for doc in docs]

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
        orders = t.orders.c
        query = select(orders.doc).where(orders.fleet == fleet)
        if status:
            query = query.where(orders.status.in_(status))
        if since_ms is not None:
            query = query.where(orders.placed_at_ms >= since_ms)
        if shop_id is not None:
            query = query.where(orders.shop_id == shop_id)
        if cursor is not None:
            query = query.where(tuple_(orders.placed_at_ms, orders.id) < read_cursor(cursor))
        newest_first = query.order_by(orders.placed_at_ms.desc(), orders.id.desc()).limit(limit + 1)
        async with self._database.read() as db:
            docs = (await db.scalars(newest_first)).all()
        page = [from_doc(doc, Order) for doc in docs[:limit]]
        return page, cursor_of(page[-1]) if len(docs) > limit else None

    async def events(self, fleet: FleetId, order_id: OrderId) -> list[OrderEvent]:
        events = t.order_events.c
        query = select(events.doc).where(events.fleet == fleet, events.order_id == order_id)
        async with self._database.read() as db:
            docs = await db.scalars(query.order_by(events.number))
        return [from_doc(doc, OrderEvent) for doc in docs]

    async def histories(
        self, fleet: FleetId, from_ms: int, to_ms: int, *, after: OrderId | None = None, limit: int = 100
    ) -> list[tuple[Order, list[OrderEvent]]]:
        events = t.order_events.c
        met = select(events.order_id).where(
            events.fleet == fleet, events.at_ms >= from_ms, events.at_ms < to_ms
        )
        if after is not None:
            met = met.where(events.order_id > after)
        ids = met.distinct().order_by(events.order_id).limit(limit)
        async with self._database.read() as db:
            wanted = list(await db.scalars(ids))
            query = select(t.orders.c.doc).where(t.orders.c.fleet == fleet, t.orders.c.id.in_(wanted))
            docs = await db.scalars(query.order_by(t.orders.c.id))
            lines = await db.execute(
                select(events.order_id, events.doc)
                .where(events.fleet == fleet, events.order_id.in_(wanted), events.at_ms < to_ms)
                .order_by(events.number)
            )
        history: dict[OrderId, list[OrderEvent]] = {}
        for order_id, doc in lines:
            history.setdefault(OrderId(order_id), []).append(from_doc(doc, OrderEvent))
        orders = [from_doc(doc, Order) for doc in docs]
        return [(order, history.get(order.id, [])) for order in orders]

    async def find_idempotent(self, fleet: FleetId, shop: str, key: str) -> tuple[OrderId, str] | None:
        async with self._database.read() as db:
            return await _find_key(db, fleet, shop, key)

    async def find_action(self, fleet: FleetId, action_id: str) -> dict[str, str] | None:
        query = select(t.actions.c.result)
        query = query.where(t.actions.c.fleet == fleet, t.actions.c.action_id == action_id)
        async with self._database.read() as db:
            doc = await db.scalar(query)
        return from_doc(doc, dict[str, str]) if doc else None

    async def put_action(
        self,
        fleet: FleetId,
        action_id: str,
        courier_id: CourierId,
        at_ms: int,
        result: Mapping[str, str],
    ) -> None:
        row = {
            "fleet": fleet,
            "action_id": action_id,
            "courier_id": courier_id,
            "at_ms": at_ms,
            "result": to_doc(dict(result)),
        }
        async with self._database.write() as db:
            await put(db, t.actions, row)


async def _save(db: AsyncConnection, change: OrderChange) -> None:
    order = change.order
    if change.expected_version is None:
        if change.idempotency_key is not None:
            await _claim_key(db, change, change.idempotency_key)
        saved = await add_once(db, t.orders, _row(order))
    else:
        result = await db.execute(
            update(t.orders)
            .where(t.orders.c.fleet == order.fleet, t.orders.c.id == order.id)
            .where(t.orders.c.version == change.expected_version)
            .values(_row(order))
        )
        saved = result.rowcount == 1
    if not saved:
        raise refusals.stale_version(order.id)
    if change.action_id is not None:
        await _record_action(db, change, change.action_id)


async def _claim_key(db: AsyncConnection, change: OrderChange, key: str) -> None:
    order, digest = change.order, change.request_sha256 or ""
    row = {
        "fleet": order.fleet,
        "shop": order.shop_id or "",
        "key": key,
        "order_id": order.id,
        "request_sha256": digest,
    }
    if not await add_once(db, t.idempotency_keys, row):
        first = await _find_key(db, order.fleet, order.shop_id or "", key)
        if first is not None and first[0] != order.id:
            raise refusals.key_taken(key, first[0], same_request=first[1] == digest)


async def _find_key(db: AsyncConnection, fleet: FleetId, shop: str, key: str) -> tuple[OrderId, str] | None:
    keys = t.idempotency_keys.c
    query = select(keys.order_id, keys.request_sha256)
    found = (await db.execute(query.where(keys.fleet == fleet, keys.shop == shop, keys.key == key))).first()
    return (OrderId(found.order_id), found.request_sha256) if found else None


async def _record_action(db: AsyncConnection, change: OrderChange, action_id: str) -> None:
    order = change.order
    row = {
        "fleet": order.fleet,
        "action_id": action_id,
        "courier_id": order.courier_id,
        "at_ms": change.events[-1].at_ms if change.events else order.placed_at_ms,
        "result": to_doc({"result": "ok"}),
    }
    if not await add_once(db, t.actions, row):
        raise refusals.action_repeated(action_id)


def _row(order: Order) -> dict[str, Any]:
    return {
        "fleet": order.fleet,
        "id": order.id,
        "version": order.version,
        "status": order.status.value,
        "placed_at_ms": order.placed_at_ms,
        "shop_id": order.shop_id,
        "courier_id": order.courier_id,
        "doc": to_doc(order),
    }


def _event_row(fleet: FleetId, event: OrderEvent) -> dict[str, Any]:
    return {
        "fleet": fleet,
        "order_id": event.order_id,
        "version": event.version,
        "at_ms": event.at_ms,
        "doc": to_doc(event),
    }
