"""What a fleet chose about itself, for its owners: read, changed, and who changed it."""

from typing import Any

import msgspec
import structlog

from domain.fleet_settings import FleetSettings, changed, chosen_of, settings_of
from domain.people import Fleet
from server.api import PREFIX, Call, Endpoint, Reply
from server.clock import wall_ms
from server.policy import Action
from server.schemas.common import rfc3339
from server.schemas.fleet_settings import (
    FleetChangeOut,
    FleetChangesOut,
    FleetSettingsOut,
    FleetSettingsPatch,
)

_log = structlog.get_logger("relevo.audit")


async def settings(call: Call) -> Reply:
    """Return what counts now."""
    call.allow()
    return Reply(value=_out(call, await _fleet(call)))


async def change(call: Call) -> Reply:
    """Change settings; they count at once, and who changed them is kept."""
    call.allow()
    wanted: dict[str, Any] = msgspec.to_builtins(call.body(FleetSettingsPatch))
    fleet = await _fleet(call)
    new, told = changed(fleet, wanted, actor=call.actor, at_ms=wall_ms())
    if new != fleet:
        await call.system.stores.people.put_fleet(new, told)
        await call.system.fleets.configure(new)
    if told is not None:
        _log.info("fleet_settings_changed", fleet=fleet.id, by=call.actor, changed=told.changed)
    return Reply(value=_out(call, new))


async def changes(call: Call) -> Reply:
    """Return who changed the settings."""
    call.allow()
    kept = await call.system.stores.people.fleet_changes(call.principal.fleet)
    shown = [FleetChangeOut(at=rfc3339(c.at_ms), actor=c.actor, changed=c.changed) for c in kept]
    return Reply(value=FleetChangesOut(changes=shown))


async def _fleet(call: Call) -> Fleet:
    desk = await call.desk()
    return await call.system.stores.people.find_fleet(call.principal.fleet) or desk.fleet


def _out(call: Call, fleet: Fleet) -> FleetSettingsOut:
    return FleetSettingsOut(
        settings=settings_of(fleet),
        chosen=sorted(chosen_of(fleet)),
        usual=FleetSettings(),
        retention_days=call.system.settings.retention_days,
    )


ENDPOINTS = (
    Endpoint(
        method="GET", path=f"{PREFIX}/fleet/settings", handler=settings, tag="fleet",
        action=Action.FLEET_MANAGE, summary="What the fleet chose, and what is usual",
        returns=FleetSettingsOut,
    ),
    Endpoint(
        method="PATCH", path=f"{PREFIX}/fleet/settings", handler=change, tag="fleet",
        action=Action.FLEET_MANAGE, summary="Change settings (JSON merge patch)", body=FleetSettingsPatch,
        returns=FleetSettingsOut, errors=("invalid_setting",),
        body_media=("application/merge-patch+json", "application/json"),
    ),
    Endpoint(
        method="GET", path=f"{PREFIX}/fleet/settings/changes", handler=changes, tag="fleet",
        action=Action.FLEET_MANAGE, summary="Who changed the settings, newest first",
        returns=FleetChangesOut,
    ),
)  # fmt: skip
