"""Couriers: list, add, change, shift, token, who is near."""

import msgspec
from msgspec import UNSET

from domain.courier import Capacity, Courier, ShiftState
from domain.errors import Invalid, NotFound
from domain.geo import LonLat
from domain.ids import CourierId, new_courier_id, new_token_id
from domain.people import Role, Token
from domain.ports import OrderDesk
from server import tokens
from server.api import PREFIX, Call, Endpoint, Param, Reply
from server.clock import wall_ms
from server.policy import Action
from server.routes.common import etag, expected_version, get_courier
from server.schemas.common import from_ms, to_ms
from server.schemas.couriers import (
    CapacityBody,
    CourierIn,
    CourierOut,
    CourierPatch,
    CouriersOut,
    NearOut,
    NearQuery,
    ShiftIn,
    TokenIn,
    TokenOut,
)
from server.schemas.orders import ReasonIn
from server.views import courier_out, near_out
from tracker.diagnosis import Diagnosis


async def list_couriers(call: Call) -> Reply:
    """List the fleet's couriers by name."""
    call.allow()
    await call.system.fleets.refresh_couriers(call.principal.fleet)
    desk = await call.desk()
    couriers = sorted(desk.couriers().values(), key=lambda courier: courier.name)
    return Reply(value=CouriersOut(couriers=[_show(call, desk, courier) for courier in couriers]))


async def get(call: Call) -> Reply:
    """Return one courier."""
    return await _reply(call, await get_courier(call))


async def add(call: Call) -> Reply:
    """Add a courier."""
    call.allow()
    body = call.body(CourierIn)
    courier = Courier(
        id=new_courier_id(),
        fleet=call.principal.fleet,
        name=body.name,
        vehicle=body.vehicle,
        capacity=_capacity(body.capacity),
        trailer=_capacity(body.trailer),
        skills=frozenset(body.skills),
        phone=body.phone,
        auto_accept=body.auto_accept,
    )
    return await _reply(call, await (await call.desk()).put_courier(courier), status=201)


async def change(call: Call) -> Reply:
    """Change a courier's facts."""
    courier = await get_courier(call)
    patch = call.body(CourierPatch)
    fields = {
        name: value for name in CourierPatch.__struct_fields__ if (value := getattr(patch, name)) is not UNSET
    }
    for name in {"capacity", "trailer"} & fields.keys():
        fields[name] = _capacity(fields[name])
    if "skills" in fields:
        fields["skills"] = frozenset(fields["skills"])
    changed = msgspec.structs.replace(courier, **fields)
    expected = expected_version(call)
    desk = await call.desk()
    return await _reply(
        call,
        await desk.put_courier(changed, expected_version=courier.version if expected is None else expected),
    )


async def shift(call: Call) -> Reply:
    """Start, pause or end a courier's work."""
    courier = await get_courier(call)
    body = call.body(ShiftIn)
    ends_at_ms = to_ms(body.ends_at, "ends_at")
    if ends_at_ms is not None and body.state == "on" and ends_at_ms <= call.system.clock.now_ms():
        raise Invalid("shift_ends_in_the_past", "ends_at must lie in the future")
    desk = await call.desk()
    return await _reply(call, await desk.set_shift(courier.id, ShiftState(body.state), ends_at_ms=ends_at_ms))


async def out(call: Call) -> Reply:
    """Take a courier who cannot carry on off shift; others get their orders."""
    courier = await get_courier(call)
    desk = await call.desk()
    reason = call.body(ReasonIn).reason
    return await _reply(call, await desk.courier_out(courier.id, actor=call.actor, reason=reason))


async def diagnosis(call: Call) -> Reply:
    """Say why a courier is or is not seen."""
    courier = await get_courier(call)
    found = call.system.tracker.diagnosis(courier.fleet, courier.id)
    if found is None:
        raise NotFound("no_such_courier", "there is no such courier in this fleet")
    return Reply(value=found)


async def token(call: Call) -> Reply:
    """Make a token for a courier's phone."""
    courier = await get_courier(call)
    body = call.body(TokenIn)
    made, secret = await make_courier_token(
        call, courier.id, body.label, to_ms(body.expires_at, "expires_at")
    )
    out = TokenOut(
        token=secret,
        token_id=made.id,
        role=made.role,
        fleet=made.fleet,
        courier_id=courier.id,
        expires_at=from_ms(made.expires_at_ms),
    )
    return Reply(value=out, status=201)


async def make_courier_token(
    call: Call, courier_id: CourierId, label: str, expires_at_ms: int | None
) -> tuple[Token, str]:
    """Make and store a courier's token; returns it with its secret, which is shown once."""
    secret = tokens.new_secret()
    made = Token(
        id=new_token_id(),
        fleet=call.principal.fleet,
        role=Role.COURIER,
        secret_sha256=tokens.digest(secret),
        created_at_ms=wall_ms(),
        label=label,
        courier_id=courier_id,
        expires_at_ms=expires_at_ms,
    )
    await call.system.stores.people.put_token(made)
    return made, secret


async def near(call: Call) -> Reply:
    """Return couriers near a place, nearest first, from the live index."""
    call.allow()
    query = call.query(NearQuery)
    fleet = call.principal.fleet
    found = await call.system.live.near(fleet, LonLat(query.lon, query.lat), query.radius_m, query.limit)
    couriers = (await call.desk()).couriers()
    positions = call.system.tracker.positions(fleet)
    now_ms = call.system.clock.now_ms()
    rows = [
        near_out(
            couriers[courier_id],
            distance_m,
            positions.get(courier_id),
            call.system.tracker.presence(fleet, courier_id),
            now_ms,
        )
        for courier_id, distance_m in found
        if courier_id in couriers
    ]
    return Reply(value=NearOut(couriers=rows))


def _show(call: Call, desk: OrderDesk, courier: Courier) -> CourierOut:
    tracker = call.system.tracker
    position = tracker.positions(courier.fleet).get(courier.id)
    presence = tracker.presence(courier.fleet, courier.id)
    return courier_out(courier, position, presence, desk.work(courier.id), call.system.clock.now_ms())


async def _reply(call: Call, courier: Courier, status: int = 200) -> Reply:
    return Reply(
        value=_show(call, await call.desk(), courier), status=status, headers={"ETag": etag(courier.version)}
    )


def _capacity(body: CapacityBody | None) -> Capacity | None:
    if body is None:
        return None
    return Capacity(weight_g=body.weight_g, volume_l=body.volume_l, orders=body.orders)


_COURIERS = f"{PREFIX}/couriers"
_COURIER = f"{_COURIERS}/{{courier_id}}"
_IF_MATCH = Param(name="If-Match", description="the ETag that the change was based on")

ENDPOINTS = (
    Endpoint(
        method="GET", path=_COURIERS, handler=list_couriers, tag="couriers", action=Action.COURIER_LIST,
        summary="List couriers with presence and position", returns=CouriersOut,
    ),
    Endpoint(
        method="POST", path=_COURIERS, handler=add, tag="couriers", action=Action.COURIER_WRITE,
        summary="Add a courier", body=CourierIn, returns=CourierOut, status=201,
    ),
    Endpoint(
        method="GET", path=f"{_COURIERS}/near", handler=near, tag="couriers", action=Action.COURIER_LIST,
        summary="Find couriers near a place, nearest first", query=NearQuery, returns=NearOut,
    ),
    Endpoint(
        method="GET", path=_COURIER, handler=get, tag="couriers", action=Action.COURIER_READ,
        summary="Read a courier", returns=CourierOut, errors=("no_such_courier",),
    ),
    Endpoint(
        method="PATCH", path=_COURIER, handler=change, tag="couriers", action=Action.COURIER_WRITE,
        summary="Change a courier", body=CourierPatch, returns=CourierOut, headers=(_IF_MATCH,),
        errors=("no_such_courier", "stale_version"),
    ),
    Endpoint(
        method="POST", path=f"{_COURIER}/shift", handler=shift, tag="couriers", action=Action.SHIFT_SET,
        summary="Start, pause or end a courier's work", body=ShiftIn, returns=CourierOut,
        errors=("no_such_courier", "shift_ends_in_the_past"),
    ),
    Endpoint(
        method="POST", path=f"{_COURIER}/out", handler=out, tag="couriers", action=Action.SHIFT_SET,
        summary="A courier cannot carry on: off shift, and others get their orders", body=ReasonIn,
        body_optional=True, returns=CourierOut, errors=("no_such_courier",),
    ),
    Endpoint(
        method="GET", path=f"{_COURIER}/diagnosis", handler=diagnosis, tag="couriers",
        action=Action.DIAGNOSIS_READ, summary="Why a courier is or is not seen", returns=Diagnosis,
        errors=("no_such_courier",),
    ),
    Endpoint(
        method="POST", path=f"{_COURIER}/token", handler=token, tag="couriers", action=Action.COURIER_ENROL,
        summary="Make a token for a courier's phone", body=TokenIn, body_optional=True, returns=TokenOut,
        status=201, errors=("no_such_courier",),
    ),
)  # fmt: skip
