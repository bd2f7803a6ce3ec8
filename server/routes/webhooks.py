"""A fleet's webhooks: list, add, remove, try, and send a message again."""

import secrets

import msgspec

from domain.errors import Conflict, Invalid, NotFound
from domain.webhook import DeliveryId, DeliveryState, Webhook, WebhookDelivery, WebhookId
from server.api import PREFIX, Call, Endpoint, Reply
from server.clock import wall_ms
from server.policy import Action
from server.schemas.common import from_ms, rfc3339
from server.schemas.fleet import (
    DeliveriesOut,
    DeliveryOut,
    DeliveryQuery,
    WebhookIn,
    WebhookOut,
    WebhooksOut,
)
from server.webhooks import message
from server.webhooks.caller import check_url

MAX_WEBHOOKS = 20


async def list_webhooks(call: Call) -> Reply:
    """List the fleet's webhooks."""
    call.allow()
    hooks = await call.system.stores.webhooks.webhooks(call.principal.fleet)
    return Reply(value=WebhooksOut(webhooks=[_hook_out(hook) for hook in hooks]))


async def add(call: Call) -> Reply:
    """Add a webhook; its secret is shown this once."""
    call.allow()
    body = call.body(WebhookIn)
    check_url(body.url, allow_private=call.system.settings.webhook_private_addresses)
    unknown = sorted(set(body.events) - set(message.EVENT_TYPES))
    if unknown:
        known = ", ".join(message.EVENT_TYPES)
        raise Invalid("unknown_event", f"there is no event {unknown[0]!r}; there are {known}")
    store, fleet = call.system.stores.webhooks, call.principal.fleet
    if len(await store.webhooks(fleet)) >= MAX_WEBHOOKS:
        raise Conflict("too_many_webhooks", f"a fleet may have at most {MAX_WEBHOOKS} webhooks")
    hook = Webhook(
        id=WebhookId(f"w_{secrets.token_hex(8)}"),
        fleet=fleet,
        url=body.url,
        created_at_ms=wall_ms(),
        events=tuple(dict.fromkeys(body.events)),
    )
    await store.put_webhook(hook)
    out = _hook_out(hook)
    out.secret = call.system.keyring.webhook_secret(fleet, hook.id)
    return Reply(value=out, status=201)


async def remove(call: Call) -> Reply:
    """Remove a webhook with all its messages."""
    hook = await _find(call)
    await call.system.stores.webhooks.drop_webhook(hook.fleet, hook.id)
    return Reply(status=204)


async def test(call: Call) -> Reply:
    """Send a message that says nothing, at once, and tell what the receiver answered."""
    hook = await _find(call)
    return Reply(
        value=_delivery_out(await call.system.sender.send(hook, message.test_delivery(hook, wall_ms())))
    )


async def deliveries(call: Call) -> Reply:
    """List a webhook's messages, newest first."""
    hook = await _find(call)
    found = await call.system.stores.webhooks.deliveries(hook.fleet, hook.id, call.query(DeliveryQuery).limit)
    return Reply(value=DeliveriesOut(deliveries=[_delivery_out(delivery) for delivery in found]))


async def replay(call: Call) -> Reply:
    """Send a message again, under the same id."""
    hook = await _find(call)
    store = call.system.stores.webhooks
    delivery = await store.find_delivery(hook.fleet, DeliveryId(call.path("delivery_id")))
    if delivery is None or delivery.webhook_id != hook.id:
        raise NotFound("no_such_delivery", "there is no such message of this webhook")
    again = msgspec.structs.replace(
        delivery, state=DeliveryState.WAITING, attempts=0, due_at_ms=wall_ms(), result=None
    )
    await store.put_delivery(again)
    return Reply(value=_delivery_out(again), status=202)


async def _find(call: Call) -> Webhook:
    call.allow()
    webhook_id = call.path("webhook_id")
    for hook in await call.system.stores.webhooks.webhooks(call.principal.fleet):
        if hook.id == webhook_id:
            return hook
    raise NotFound("no_such_webhook", "there is no such webhook in this fleet")


def _hook_out(hook: Webhook) -> WebhookOut:
    return WebhookOut(
        id=hook.id,
        url=hook.url,
        events=list(hook.events),
        active=hook.active,
        created_at=rfc3339(hook.created_at_ms),
    )


def _delivery_out(delivery: WebhookDelivery) -> DeliveryOut:
    waits = delivery.state is DeliveryState.WAITING
    return DeliveryOut(
        id=delivery.id,
        type=delivery.event_type,
        state=delivery.state,
        attempts=delivery.attempts,
        result=delivery.result,
        created_at=rfc3339(delivery.created_at_ms),
        attempted_at=from_ms(delivery.attempted_at_ms),
        due_at=rfc3339(delivery.due_at_ms) if waits else None,
    )


_HOOKS = f"{PREFIX}/webhooks"
_HOOK = f"{_HOOKS}/{{webhook_id}}"
_MANAGE = Action.WEBHOOK_MANAGE

ENDPOINTS = (
    Endpoint(
        method="GET", path=_HOOKS, handler=list_webhooks, tag="webhooks", action=_MANAGE,
        summary="List webhooks", returns=WebhooksOut,
    ),
    Endpoint(
        method="POST", path=_HOOKS, handler=add, tag="webhooks", action=_MANAGE, summary="Add a webhook",
        description="Messages are signed by the Standard Webhooks specification; the secret is shown once.",
        body=WebhookIn, returns=WebhookOut, status=201,
        errors=("invalid_webhook_url", "unknown_event", "too_many_webhooks"),
    ),
    Endpoint(
        method="DELETE", path=_HOOK, handler=remove, tag="webhooks", action=_MANAGE,
        summary="Remove a webhook", status=204, errors=("no_such_webhook",),
    ),
    Endpoint(
        method="POST", path=f"{_HOOK}/test", handler=test, tag="webhooks", action=_MANAGE,
        summary="Send a test message now", returns=DeliveryOut, errors=("no_such_webhook",),
    ),
    Endpoint(
        method="GET", path=f"{_HOOK}/deliveries", handler=deliveries, tag="webhooks", action=_MANAGE,
        summary="List what was sent and what became of it", query=DeliveryQuery, returns=DeliveriesOut,
        errors=("no_such_webhook",),
    ),
    Endpoint(
        method="POST", path=f"{_HOOK}/deliveries/{{delivery_id}}/replay", handler=replay, tag="webhooks",
        action=_MANAGE, summary="Send a message again, under the same id", returns=DeliveryOut, status=202,
        errors=("no_such_webhook", "no_such_delivery"),
    ),
)  # fmt: skip
