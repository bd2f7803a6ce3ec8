"""Webhooks and their outbox in plain memory."""

from collections.abc import Callable, Sequence

from domain.ids import FleetId
from domain.order import OrderEvent
from domain.webhook import DeliveryId, DeliveryState, Webhook, WebhookDelivery, WebhookId

NumberedEvents = Callable[[FleetId], Sequence[OrderEvent]]


class MemoryWebhooks:
    """``domain.webhook.WebhookStore`` in dictionaries.

    Args:
        history: returns all order events of a fleet in the order of their commits.
    """

    def __init__(self, history: NumberedEvents) -> None:
        self._history = history
        self._webhooks: dict[tuple[FleetId, WebhookId], Webhook] = {}
        self._cursors: dict[FleetId, int] = {}
        self._deliveries: dict[DeliveryId, WebhookDelivery] = {}

    async def webhooks(self, fleet: FleetId) -> list[Webhook]:
        mine = (webhook for (owner, _), webhook in self._webhooks.items() if owner == fleet)
        return sorted(mine, key=lambda webhook: webhook.id)

    async def put_webhook(self, webhook: Webhook) -> None:
        if not any(owner == webhook.fleet for owner, _ in self._webhooks):
            self._cursors[webhook.fleet] = len(self._history(webhook.fleet))
        self._webhooks[webhook.fleet, webhook.id] = webhook

    async def drop_webhook(self, fleet: FleetId, webhook_id: WebhookId) -> bool:
        for delivery in await self.deliveries(fleet, webhook_id, len(self._deliveries)):
            del self._deliveries[delivery.id]
        return self._webhooks.pop((fleet, webhook_id), None) is not None

    async def new_events(self, fleet: FleetId, limit: int) -> tuple[int, list[tuple[int, OrderEvent]]]:
        cursor = self._cursors.get(fleet, 0)
        events = list(enumerate(self._history(fleet), start=1))[cursor : cursor + limit]
        return cursor + len(events), events

    async def enqueue(self, fleet: FleetId, deliveries: Sequence[WebhookDelivery], cursor: int) -> None:
        for delivery in deliveries:
            self._deliveries.setdefault(delivery.id, delivery)
        self._cursors[fleet] = cursor

    async def due(self, now_ms: int, limit: int) -> list[WebhookDelivery]:
        waiting = (d for d in self._deliveries.values() if d.state is DeliveryState.WAITING)
        due = sorted(
            (d for d in waiting if d.due_at_ms <= now_ms), key=lambda d: (d.due_at_ms, d.created_at_ms)
        )
        return due[:limit]

    async def put_delivery(self, delivery: WebhookDelivery) -> None:
        self._deliveries[delivery.id] = delivery

    async def deliveries(
        self, fleet: FleetId, webhook_id: WebhookId, limit: int = 50
    ) -> list[WebhookDelivery]:
        mine = [d for d in self._deliveries.values() if (d.fleet, d.webhook_id) == (fleet, webhook_id)]
        return sorted(mine, key=lambda d: (d.created_at_ms, d.id), reverse=True)[:limit]

    async def find_delivery(self, fleet: FleetId, delivery_id: DeliveryId) -> WebhookDelivery | None:
        delivery = self._deliveries.get(delivery_id)
        return delivery if delivery is not None and delivery.fleet == fleet else None

    async def delete_done(self, before_ms: int) -> int:
        old = [
            d.id
            for d in self._deliveries.values()
            if d.state is not DeliveryState.WAITING and d.created_at_ms < before_ms
        ]
        for delivery_id in old:
            del self._deliveries[delivery_id]
        return len(old)
