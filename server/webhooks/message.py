"""A webhook's message and its signature, by the Standard Webhooks specification 1.0. Pure.

``webhook-signature: v1,BASE64(HMAC-SHA256(secret, id.timestamp.body))``.
"""

import base64
import hashlib
import hmac
import secrets

import msgspec

from domain.lifecycle import Trigger
from domain.order import Order, OrderEvent, OrderStatus
from domain.webhook import DeliveryId, Webhook, WebhookDelivery
from server.schemas.common import rfc3339

SECRET_PREFIX = "whsec_"  # noqa: S105 - a prefix
UPDATED = "order.updated"
TEST = "relevo.test"
EVENT_TYPES = (*(f"order.{status}" for status in OrderStatus), UPDATED)
_MOVES = frozenset({trigger.value for trigger in Trigger} | {"place"})


def event_type(event: OrderEvent) -> str:
    """Return the type that an order event is told under: the status entered, or ``order.updated``."""
    return f"order.{event.status}" if event.trigger in _MOVES else UPDATED


def delivery_of(
    webhook: Webhook, number: int, event: OrderEvent, order: Order | None, now_ms: int
) -> WebhookDelivery:
    """Return the message about an event; its id is the same whenever it is made."""
    kind = event_type(event)
    data = {
        "order_id": event.order_id,
        "ref": order.ref if order else None,
        "status": event.status.value,
        "courier_id": event.courier_id,
        "version": event.version,
        "trigger": event.trigger,
        "at": rfc3339(event.at_ms),
    }
    body = {"type": kind, "timestamp": rfc3339(event.recorded_at_ms), "data": data}
    return WebhookDelivery(
        id=DeliveryId(f"{webhook.id}.{number}"),
        fleet=webhook.fleet,
        webhook_id=webhook.id,
        event_type=kind,
        body=msgspec.json.encode(body).decode(),
        created_at_ms=now_ms,
        due_at_ms=now_ms,
    )


def test_delivery(webhook: Webhook, now_ms: int) -> WebhookDelivery:
    """Return a message that says nothing but that it arrived."""
    body = {"type": TEST, "timestamp": rfc3339(now_ms), "data": {"webhook_id": webhook.id}}
    return WebhookDelivery(
        id=DeliveryId(f"{webhook.id}.test.{secrets.token_hex(4)}"),
        fleet=webhook.fleet,
        webhook_id=webhook.id,
        event_type=TEST,
        body=msgspec.json.encode(body).decode(),
        created_at_ms=now_ms,
        due_at_ms=now_ms,
    )


def headers(delivery: WebhookDelivery, secret: str, now_ms: int) -> dict[str, str]:
    """Return the headers of an attempt.

    Args:
        delivery: what is sent.
        secret: ``whsec_`` and the key in base64.
        now_ms: of the attempt, wall time.
    """
    timestamp = str(now_ms // 1000)
    signed = f"{delivery.id}.{timestamp}.{delivery.body}".encode()
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "user-agent": "Relevo-Webhooks/1",
        "webhook-id": delivery.id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }
