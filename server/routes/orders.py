"""Orders: place, list, read, change, cancel, history."""

import hashlib

import msgspec

from domain.errors import Forbidden, Invalid
from domain.ids import FleetId
from domain.order import Order, OrderStatus
from domain.people import Role
from server.api import PREFIX, Call, Endpoint, Param, Reply
from server.order_bodies import changed_fields, order_from_body
from server.policy import Action
from server.routes.common import expected_version, get_order, order_reply, show_order
from server.schemas.common import to_ms
from server.schemas.orders import (
    OrderEventsOut,
    OrderIn,
    OrderOut,
    OrderPage,
    OrderPatch,
    OrderQuery,
    ReasonIn,
)
from server.views import event_out

MAX_KEY_CHARS = 200


async def place(call: Call) -> Reply:
    """Place an order, once per Idempotency-Key."""
    call.allow()
    body = call.body(OrderIn)
    order = await place_order(call, body, idempotency_key(call))
    return order_reply(call, await call.desk(), order, status=201)


async def place_order(call: Call, body: OrderIn, key: str | None) -> Order:
    """Place one order for the bearer and make its tracking link."""
    desk = await call.desk()
    fleet = call.principal.fleet
    now_ms = call.system.clock.now_ms()
    placed = await desk.place(
        order_from_body(body, desk.fleet, _shop(call, body), now_ms),
        actor=call.actor,
        idempotency_key=key and f"{call.principal.subject or call.principal.role}:{key}",
        request_sha256=hashlib.sha256(msgspec.json.encode(body, order="deterministic")).hexdigest(),
    )
    await _make_link(call, fleet, placed)
    return placed


def idempotency_key(call: Call) -> str | None:
    """Return the Idempotency-Key, None when there is none.

    Raises:
        Invalid: ``invalid_idempotency_key`` when it is empty or too long.
    """
    key = call.request.headers.get("Idempotency-Key")
    if key is not None and not 0 < len(key) <= MAX_KEY_CHARS:
        raise Invalid("invalid_idempotency_key", f"Idempotency-Key must have 1 to {MAX_KEY_CHARS} characters")
    return key


async def list_orders(call: Call) -> Reply:
    """List orders, newest first; a shop sees its own."""
    call.allow()
    query = call.query(OrderQuery)
    desk = await call.desk()
    orders, cursor = await call.system.stores.orders.page(
        call.principal.fleet,
        status=_statuses(query.status),
        since_ms=to_ms(query.since, "since"),
        shop_id=call.principal.subject if call.principal.role is Role.SHOP else None,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Reply(value=OrderPage(orders=[show_order(call, desk, order) for order in orders], next=cursor))


async def get(call: Call) -> Reply:
    """Return one order."""
    order = await get_order(call)
    return order_reply(call, await call.desk(), order)


async def change(call: Call) -> Reply:
    """Change an order's facts."""
    order = await get_order(call)
    desk = await call.desk()
    fields = changed_fields(order, call.body(OrderPatch), desk.fleet)
    if not fields:
        return order_reply(call, desk, order)
    changed = await desk.change(order.id, fields, actor=call.actor, expected_version=expected_version(call))
    return order_reply(call, desk, changed)


async def ready(call: Call) -> Reply:
    """Say that an order's goods are ready."""
    order = await get_order(call)
    desk = await call.desk()
    return order_reply(call, desk, await desk.ready(order.id, actor=call.actor))


async def cancel(call: Call) -> Reply:
    """Cancel an order."""
    order = await get_order(call)
    desk = await call.desk()
    cancelled = await desk.cancel(order.id, actor=call.actor, reason=call.body(ReasonIn).reason)
    return order_reply(call, desk, cancelled)


async def events(call: Call) -> Reply:
    """Return an order's history."""
    order = await get_order(call)
    history = await call.system.stores.orders.events(call.principal.fleet, order.id)
    return Reply(value=OrderEventsOut(events=[event_out(event) for event in history]))


def _shop(call: Call, body: OrderIn) -> str | None:
    if call.principal.role is not Role.SHOP:
        return body.shop
    if call.principal.subject is None:
        raise Forbidden("shop_without_name", "this shop's token names no shop; ask for a new one")
    return call.principal.subject


def _statuses(text: str) -> tuple[str, ...]:
    wanted = tuple(part.strip() for part in text.split(",") if part.strip())
    for status in wanted:
        if status not in OrderStatus.__members__.values():
            known = ", ".join(OrderStatus)
            raise Invalid("invalid_query", f"status must be of {known}; got {status!r}")
    return wanted


async def _make_link(call: Call, fleet: FleetId, order: Order) -> None:
    token = call.system.keyring.tracking_token(fleet, order.id, call.system.clock.now_ms())
    if await call.system.stores.people.find_token(token.secret_sha256) is None:
        await call.system.stores.people.put_token(token)


_KEY = Param(name="Idempotency-Key", description="makes the order once, however often the call is repeated")
_IF_MATCH = Param(name="If-Match", description="the ETag that the change was based on")

ENDPOINTS = (
    Endpoint(
        method="POST", path=f"{PREFIX}/orders", handler=place, tag="orders", action=Action.ORDER_PLACE,
        summary="Place an order", body=OrderIn, returns=OrderOut, status=201, headers=(_KEY,),
        errors=("idempotency_key_reused", "time_out_of_range", "window_ends_before_it_begins"),
    ),
    Endpoint(
        method="GET", path=f"{PREFIX}/orders", handler=list_orders, tag="orders", action=Action.ORDER_LIST,
        summary="List orders, newest first", query=OrderQuery, returns=OrderPage,
    ),
    Endpoint(
        method="GET", path=f"{PREFIX}/orders/{{order_id}}", handler=get, tag="orders",
        action=Action.ORDER_READ, summary="Read an order", returns=OrderOut, errors=("no_such_order",),
    ),
    Endpoint(
        method="PATCH", path=f"{PREFIX}/orders/{{order_id}}", handler=change, tag="orders",
        action=Action.ORDER_CHANGE, summary="Change an order (JSON merge patch)", body=OrderPatch,
        returns=OrderOut, headers=(_IF_MATCH,), errors=("no_such_order", "stale_version"),
        body_media=("application/merge-patch+json", "application/json"),
    ),
    Endpoint(
        method="POST", path=f"{PREFIX}/orders/{{order_id}}/ready", handler=ready, tag="orders",
        action=Action.ORDER_CHANGE, summary="Say that the goods are ready now", returns=OrderOut,
        errors=("no_such_order", "wrong_state", "already_picked_up"),
    ),
    Endpoint(
        method="POST", path=f"{PREFIX}/orders/{{order_id}}/cancel", handler=cancel, tag="orders",
        action=Action.ORDER_CANCEL, summary="Cancel an order", body=ReasonIn, body_optional=True,
        returns=OrderOut, errors=("no_such_order", "wrong_state"),
    ),
    Endpoint(
        method="GET", path=f"{PREFIX}/orders/{{order_id}}/events", handler=events, tag="orders",
        action=Action.ORDER_READ, summary="Read an order's history", returns=OrderEventsOut,
        errors=("no_such_order",),
    ),
)  # fmt: skip
