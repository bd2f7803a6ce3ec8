"""Zones that an operator draws."""

import asyncio

from domain.errors import NotFound
from domain.events import ZoneChanged
from domain.ids import ZoneId, new_zone_id
from domain.zone import Zone
from server.api import PREFIX, Call, Endpoint, Reply
from server.policy import Action
from server.schemas.fleet import ZoneIn, ZoneOut, ZonesOut
from server.views import zone_out
from server.zone_bodies import zone_from_body


async def list_zones(call: Call) -> Reply:
    """List the fleet's zones."""
    call.allow()
    zones = await call.system.stores.zones.zones(call.principal.fleet)
    return Reply(value=ZonesOut(zones=[zone_out(zone) for zone in zones]))


async def get(call: Call) -> Reply:
    """Return one zone."""
    call.allow()
    return Reply(value=zone_out(await _find(call)))


async def add(call: Call) -> Reply:
    """Draw a zone."""
    call.allow()
    return await _keep(call, await _drawn(call, new_zone_id(), version=1), status=201)


async def replace(call: Call) -> Reply:
    """Redraw a zone."""
    call.allow()
    before = await _find(call)
    return await _keep(call, await _drawn(call, before.id, version=before.version + 1), status=200)


async def remove(call: Call) -> Reply:
    """Remove a zone."""
    call.allow()
    zone_id = ZoneId(call.path("zone_id"))
    desk = await call.desk()
    if not await call.system.stores.zones.drop_zone(call.principal.fleet, zone_id):
        raise NotFound("no_such_zone", "there is no such zone in this fleet")
    at_ms = call.system.clock.now_ms()
    call.system.bus([ZoneChanged(fleet=desk.fleet.id, at_ms=at_ms, zone_id=zone_id, zone=None)])
    return Reply(status=204)


async def _find(call: Call) -> Zone:
    zone_id = call.path("zone_id")
    for zone in await call.system.stores.zones.zones(call.principal.fleet):
        if zone.id == zone_id:
            return zone
    raise NotFound("no_such_zone", "there is no such zone in this fleet")


async def _drawn(call: Call, zone_id: ZoneId, version: int) -> Zone:
    fleet = (await call.desk()).fleet
    return await asyncio.to_thread(
        zone_from_body, call.body(ZoneIn), fleet.id, zone_id, version, fleet.center
    )


async def _keep(call: Call, zone: Zone, status: int) -> Reply:
    desk = await call.desk()
    await call.system.stores.zones.put_zone(zone)
    at_ms = call.system.clock.now_ms()
    call.system.bus([ZoneChanged(fleet=desk.fleet.id, at_ms=at_ms, zone_id=zone.id, zone=zone)])
    return Reply(value=zone_out(zone), status=status)


_ZONES = f"{PREFIX}/zones"
_ZONE = f"{_ZONES}/{{zone_id}}"

ENDPOINTS = (
    Endpoint(
        method="GET", path=_ZONES, handler=list_zones, tag="zones", action=Action.ZONE_READ,
        summary="List zones", returns=ZonesOut,
    ),
    Endpoint(
        method="POST", path=_ZONES, handler=add, tag="zones", action=Action.ZONE_WRITE, summary="Draw a zone",
        body=ZoneIn, returns=ZoneOut, status=201, errors=("invalid_zone",),
    ),
    Endpoint(
        method="GET", path=_ZONE, handler=get, tag="zones", action=Action.ZONE_READ, summary="Read a zone",
        returns=ZoneOut, errors=("no_such_zone",),
    ),
    Endpoint(
        method="PUT", path=_ZONE, handler=replace, tag="zones", action=Action.ZONE_WRITE,
        summary="Redraw a zone", body=ZoneIn, returns=ZoneOut, errors=("no_such_zone", "invalid_zone"),
    ),
    Endpoint(
        method="DELETE", path=_ZONE, handler=remove, tag="zones", action=Action.ZONE_WRITE,
        summary="Remove a zone", status=204, errors=("no_such_zone",),
    ),
)  # fmt: skip
