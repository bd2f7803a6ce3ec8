"""Webhooks: who wants to hear of which order events, and what became of each attempt to tell them."""

import enum
from collections.abc import Sequence
from typing import NewType, Protocol

import msgspec

from domain.ids import FleetId
from domain.order import OrderEvent

WebhookId = NewType("WebhookId", str)
DeliveryId = NewType("DeliveryId", str)
"""Stays the same however often a message is sent; the receiver's key against duplicates."""


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """An address that is told of events.

    Attributes:
        events: event types such as ``order.delivered``; empty means all.
        active: False once the receiver answered 410 Gone.
    """

    id: WebhookId
    fleet: FleetId
    url: str
    created_at_ms: int
    events: tuple[str, ...] = ()
    active: bool = True

    def wants(self, event_type: str) -> bool:
        """Tell whether this webhook is told of such an event."""
        return self.active and (not self.events or event_type in self.events)


class DeliveryState(enum.StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    DONE = "done"
    GIVEN_UP = "given_up"


class WebhookDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one webhook.

    Attributes:
        due_at_ms: when the next attempt is due, wall time.
        attempts: how many were made.
        result: of the last attempt: an HTTP status or a word such as ``timeout``.
    """

    id: DeliveryId
    fleet: FleetId
    webhook_id: WebhookId
    event_type: str
    body: str
    created_at_ms: int
    due_at_ms: int
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    attempted_at_ms: int | None = None
    result: str | None = None


class WebhookStore(Protocol):
    """Webhooks and their outbox in SQL."""

    async def webhooks(self, fleet: FleetId) -> list[Webhook]: ...

    async def put_webhook(self, webhook: Webhook) -> None:
        """Insert or replace. A fleet's first webhook hears of what happens from now on, not of the past."""
        ...

    async def drop_webhook(self, fleet: FleetId, webhook_id: WebhookId) -> bool:
        """Remove a webhook with all its messages."""
        ...

    async def new_events(self, fleet: FleetId, limit: int) -> tuple[int, list[tuple[int, OrderEvent]]]:
        """Return the fleet's order events after its cursor, numbered, and the cursor to store next."""
        ...

    async def enqueue(self, fleet: FleetId, deliveries: Sequence[WebhookDelivery], cursor: int) -> None:
        """Insert messages once each and move the cursor, in one transaction."""
        ...

    async def due(self, now_ms: int, limit: int) -> list[WebhookDelivery]:
        """Return waiting messages of all fleets that are due, oldest first."""
        ...

    async def put_delivery(self, delivery: WebhookDelivery) -> None: ...

    async def deliveries(
        self, fleet: FleetId, webhook_id: WebhookId, limit: int = 50
    ) -> list[WebhookDelivery]:
        """Return a webhook's messages, newest first."""
        ...

    async def find_delivery(self, fleet: FleetId, delivery_id: DeliveryId) -> WebhookDelivery | None: ...

    async def delete_done(self, before_ms: int) -> int:
        """Delete messages that ended before ``before_ms``; returns how many."""
        ...
