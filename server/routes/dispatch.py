"""The plan and a person's hand in it: assign, unassign, and why."""

from domain.geo import LonLat
from domain.ids import CourierId, ZoneId
from server.api import PREFIX, Call, Endpoint, Reply
from server.policy import Action
from server.routes.common import find_courier, get_order, order_reply
from server.schemas.orders import AssignIn, ExcludeIn, HandOverIn, OrderOut, PlanOut
from server.views import plan_out


async def plan(call: Call) -> Reply:
    """Return the fleet's plan."""
    call.allow()
    return Reply(value=plan_out((await call.desk()).plan()))


async def assign(call: Call) -> Reply:
    """Give an order to a courier by hand."""
    order = await get_order(call)
    body = call.body(AssignIn)
    courier = await find_courier(call, CourierId(body.courier_id))
    desk = await call.desk()
    assigned = await desk.assign(order.id, courier.id, pin=body.pin, actor=call.actor)
    return order_reply(call, desk, assigned)


async def unassign(call: Call) -> Reply:
    """Take an order from its courier."""
    order = await get_order(call)
    desk = await call.desk()
    return order_reply(call, desk, await desk.unassign(order.id, actor=call.actor))


async def exclude(call: Call) -> Reply:
    """Keep an order from a courier."""
    order = await get_order(call)
    body = call.body(ExcludeIn)
    courier = await find_courier(call, CourierId(body.courier_id))
    desk = await call.desk()
    changed = await desk.exclude(order.id, courier.id, excluded=body.excluded, actor=call.actor)
    return order_reply(call, desk, changed)


async def hand_over(call: Call) -> Reply:
    """Give goods that are on board to another courier."""
    order = await get_order(call)
    body = call.body(HandOverIn)
    taker = await find_courier(call, CourierId(body.courier_id)) if body.courier_id else None
    desk = await call.desk()
    at = LonLat(body.at.lon, body.at.lat) if body.at else None
    hub = ZoneId(body.hub) if body.hub else None
    moved = await desk.hand_over(order.id, taker.id if taker else None, actor=call.actor, at=at, hub=hub)
    return order_reply(call, desk, moved)


async def explanation(call: Call) -> Reply:
    """Say why an order is with whom it is, in the reader's language."""
    order = await get_order(call)
    accepted = call.request.headers.get("Accept-Language", "en").lower()
    language = "es" if accepted.startswith("es") else "en"
    return Reply(value=await (await call.desk()).explanation(order.id, language))


_ORDER = f"{PREFIX}/orders/{{order_id}}"

ENDPOINTS = (
    Endpoint(
        method="GET", path=f"{PREFIX}/plan", handler=plan, tag="dispatch", action=Action.PLAN_READ,
        summary="Read the plan: every courier's stops, and the orders nobody carries", returns=PlanOut,
    ),
    Endpoint(
        method="POST", path=f"{_ORDER}/assign", handler=assign, tag="dispatch", action=Action.ORDER_ASSIGN,
        summary="Give an order to a courier by hand", body=AssignIn, returns=OrderOut,
        errors=("no_such_order", "no_such_courier", "wrong_state"),
    ),
    Endpoint(
        method="POST", path=f"{_ORDER}/unassign", handler=unassign, tag="dispatch",
        action=Action.ORDER_ASSIGN, summary="Take an order from its courier", returns=OrderOut,
        errors=("no_such_order", "wrong_state"),
    ),
    Endpoint(
        method="POST", path=f"{_ORDER}/exclude", handler=exclude, tag="dispatch",
        action=Action.ORDER_ASSIGN, summary="Keep an order from a courier, or let them be asked again",
        body=ExcludeIn, returns=OrderOut,
        errors=("no_such_order", "no_such_courier", "wrong_state", "already_picked_up"),
    ),
    Endpoint(
        method="POST", path=f"{_ORDER}/handover", handler=hand_over, tag="dispatch",
        action=Action.ORDER_ASSIGN, summary="Give goods that are on board to another courier",
        body=HandOverIn, body_optional=True, returns=OrderOut,
        errors=("no_such_order", "no_such_courier", "no_such_hub", "not_on_board", "same_courier"),
    ),
    Endpoint(
        method="GET", path=f"{_ORDER}/explanation", handler=explanation, tag="dispatch",
        action=Action.EXPLANATION_READ, returns=dict, errors=("no_such_order", "no_explanation"),
        summary="Why this courier: what it cost, who else could, which rule excluded the others",
    ),
)  # fmt: skip
