"""Webhooks and their outbox in SQL.

The outbox is filled from ``order_events``, which are committed with the orders themselves: an event is never
lost between the two, and the cursor moves in the transaction that inserts the messages.
"""

from collections.abc import Sequence

from sqlalchemy import delete, func, select

from domain.ids import FleetId
from domain.order import OrderEvent
from domain.webhook import DeliveryId, DeliveryState, Webhook, WebhookDelivery, WebhookId
from storage.sql import tables as t
from storage.sql.database import Database
from storage.sql.documents import add_once, from_doc, put, to_doc


class SqlWebhooks:
    """``domain.webhook.WebhookStore`` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def webhooks(self, fleet: FleetId) -> list[Webhook]:
        query = select(t.webhooks.c.doc).where(t.webhooks.c.fleet == fleet).order_by(t.webhooks.c.id)
        async with self._database.read() as db:
            docs = await db.scalars(query)
        return [from_doc(doc, Webhook) for doc in docs]

    async def put_webhook(self, webhook: Webhook) -> None:
        mine = t.webhooks.c.fleet == webhook.fleet
        newest = select(func.max(t.order_events.c.number)).where(t.order_events.c.fleet == webhook.fleet)
        async with self._database.write() as db:
            if not await db.scalar(select(func.count()).select_from(t.webhooks).where(mine)):
                number = await db.scalar(newest) or 0
                await put(db, t.webhook_cursors, {"fleet": webhook.fleet, "number": number})
            row = {"fleet": webhook.fleet, "id": webhook.id, "doc": to_doc(webhook)}
            await put(db, t.webhooks, row)

    async def drop_webhook(self, fleet: FleetId, webhook_id: WebhookId) -> bool:
        sent = t.webhook_deliveries
        async with self._database.write() as db:
            await db.execute(delete(sent).where(sent.c.fleet == fleet, sent.c.webhook_id == webhook_id))
            result = await db.execute(
                delete(t.webhooks).where(t.webhooks.c.fleet == fleet, t.webhooks.c.id == webhook_id)
            )
        return result.rowcount == 1

    async def new_events(self, fleet: FleetId, limit: int) -> tuple[int, list[tuple[int, OrderEvent]]]:
        events = t.order_events
        async with self._database.read() as db:
            query = select(t.webhook_cursors.c.number).where(t.webhook_cursors.c.fleet == fleet)
            cursor = await db.scalar(query) or 0
            found = await db.execute(
                select(events.c.number, events.c.doc)
                .where(events.c.fleet == fleet, events.c.number > cursor)
                .order_by(events.c.number)
                .limit(limit)
            )
            numbered = [(number, from_doc(doc, OrderEvent)) for number, doc in found]
        return (numbered[-1][0] if numbered else cursor), numbered

    async def enqueue(self, fleet: FleetId, deliveries: Sequence[WebhookDelivery], cursor: int) -> None:
        async with self._database.write() as db:
            for delivery in deliveries:
                await add_once(db, t.webhook_deliveries, _row(delivery))
            await put(db, t.webhook_cursors, {"fleet": fleet, "number": cursor})

    async def due(self, now_ms: int, limit: int) -> list[WebhookDelivery]:
        sent = t.webhook_deliveries
        query = (
            select(sent.c.doc)
            .where(sent.c.state == DeliveryState.WAITING.value, sent.c.due_at_ms <= now_ms)
            .order_by(sent.c.due_at_ms, sent.c.created_at_ms)
            .limit(limit)
        )
        async with self._database.read() as db:
            docs = await db.scalars(query)
        return [from_doc(doc, WebhookDelivery) for doc in docs]

    async def put_delivery(self, delivery: WebhookDelivery) -> None:
        async with self._database.write() as db:
            await put(db, t.webhook_deliveries, _row(delivery))

    async def deliveries(
        self, fleet: FleetId, webhook_id: WebhookId, limit: int = 50
    ) -> list[WebhookDelivery]:
        sent = t.webhook_deliveries
        query = (
            select(sent.c.doc)
            .where(sent.c.fleet == fleet, sent.c.webhook_id == webhook_id)
            .order_by(sent.c.created_at_ms.desc(), sent.c.id.desc())
            .limit(limit)
        )
        async with self._database.read() as db:
            docs = await db.scalars(query)
        return [from_doc(doc, WebhookDelivery) for doc in docs]

    async def find_delivery(self, fleet: FleetId, delivery_id: DeliveryId) -> WebhookDelivery | None:
        sent = t.webhook_deliveries
        query = select(sent.c.doc).where(sent.c.fleet == fleet, sent.c.id == delivery_id)
        async with self._database.read() as db:
            doc = await db.scalar(query)
        return from_doc(doc, WebhookDelivery) if doc else None

    async def delete_done(self, before_ms: int) -> int:
        sent = t.webhook_deliveries
        ended = sent.c.state != DeliveryState.WAITING.value
        async with self._database.write() as db:
            result = await db.execute(delete(sent).where(ended, sent.c.created_at_ms < before_ms))
        return result.rowcount


def _row(delivery: WebhookDelivery) -> dict[str, str | int]:
    return {
        "id": delivery.id,
        "fleet": delivery.fleet,
        "webhook_id": delivery.webhook_id,
        "state": delivery.state.value,
        "due_at_ms": delivery.due_at_ms,
        "created_at_ms": delivery.created_at_ms,
        "doc": to_doc(delivery),
    }
