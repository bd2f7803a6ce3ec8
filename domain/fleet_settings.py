"""What a co-op chooses about itself, typed. The fleet's record holds only what was chosen; the rest is usual.

``dispatcher.settings`` turns it into what the dispatcher does, ``server.routes.fleet`` and ``relevo fleet
settings`` change it.
"""

import enum
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from domain.errors import Invalid
from domain.people import Fleet, FleetChange

Scalar = str | int | float | bool | None


class OfferMode(enum.StrEnum):
    """How work comes to couriers: asked one after the other, several at once, or given without a question."""

    ONE_AT_A_TIME = "one_at_a_time"
    BROADCAST = "broadcast"
    AUTOMATIC = "automatic"


class FencePolicy(enum.StrEnum):
    """What a fence event does to an order."""

    AUTOMATIC = "automatic"
    SUGGEST = "suggest"
    OFF = "off"


class Fairness(enum.StrEnum):
    """How much paid work is evened out between couriers."""

    OFF = "off"
    LIGHT = "light"
    MEDIUM = "medium"
    STRONG = "strong"


class Calm(enum.StrEnum):
    """How much a better plan must gain before a courier's next stops change."""

    LOW = "low"
    USUAL = "usual"
    HIGH = "high"


class FleetSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One fleet's choices.

    Attributes:
        currency: ISO 4217 code of what orders cost.
        offers: how work comes to couriers.
        broadcast_size: couriers asked at once with ``broadcast``; the first yes wins.
        offer_expiry_s: how long a courier may think about an offer.
        arrive_pickup: what coming near the pickup does.
        leave_pickup: what leaving the pickup does while the goods are not marked as picked up.
        arrive_dropoff: what coming near the drop-off does.
        leave_dropoff: what leaving the drop-off does while the order is not marked as delivered.
        fairness: how much paid work is evened out.
        calm: how reluctant the plan is to change what couriers were told.
        ready_quantile: the plan counts on goods being ready this share of the times, by each shop's past;
            higher: couriers wait less at counters and customers a little longer.
        nudges: couriers with nothing to do are told where the next orders are likely; never an order.
        move_accepted: a much better plan may take back what a courier accepted and has not set out for.
        promise_s: an order without a window is late when it arrives more than this after it was placed or
            ready.
        service_s: how long a courier usually spends at a stop.
        owntracks_friends: couriers with OwnTracks see colleagues who are on shift on its map.
        embed_origins: sites that may show the fleet's embedded pages in a frame, separated by spaces; none
            when empty.
    """

    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "MXN"
    offers: OfferMode = OfferMode.ONE_AT_A_TIME
    broadcast_size: Annotated[int, Meta(ge=2, le=20)] = 3
    offer_expiry_s: Annotated[int, Meta(ge=15, le=900)] = 60
    arrive_pickup: FencePolicy = FencePolicy.AUTOMATIC
    leave_pickup: FencePolicy = FencePolicy.SUGGEST
    arrive_dropoff: FencePolicy = FencePolicy.AUTOMATIC
    leave_dropoff: FencePolicy = FencePolicy.SUGGEST
    fairness: Fairness = Fairness.OFF
    calm: Calm = Calm.USUAL
    ready_quantile: Annotated[float, Meta(ge=0.3, le=0.95)] = 0.6
    nudges: bool = False
    move_accepted: bool = False
    promise_s: Annotated[int, Meta(ge=300, le=86_400)] = 2_700
    service_s: Annotated[int, Meta(ge=0, le=3_600)] = 120
    owntracks_friends: bool = False
    embed_origins: Annotated[
        str, Meta(max_length=1_000, pattern=r"^(https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?( (?!$)|$))*$")
    ] = ""


def chosen_of(fleet: Fleet) -> dict[str, Scalar]:
    """Return what the fleet chose itself, by setting; what this version does not know is left out."""
    return {
        name: value
        for name, value in fleet.settings.items()
        if name in FleetSettings.__struct_fields__ and value is not None
    }


def settings_of(fleet: Fleet) -> FleetSettings:
    """Return a fleet's settings, the usual ones where it chose nothing.

    Raises:
        msgspec.ValidationError: the record holds a value that no setting may have.
    """
    return msgspec.convert(chosen_of(fleet), FleetSettings)


def changed(
    fleet: Fleet, wanted: Mapping[str, Any], *, actor: str, at_ms: int
) -> tuple[Fleet, FleetChange | None]:
    """Return the fleet with new settings and who changed what; no change when all stay the same.

    Args:
        fleet: as it is.
        wanted: values by setting; None goes back to the usual value.
        actor: who wants it.
        at_ms: when.

    Raises:
        Invalid: ``invalid_setting`` for a name or a value that is none.
    """
    unknown = sorted(set(wanted) - set(FleetSettings.__struct_fields__))
    if unknown:
        known = ", ".join(FleetSettings.__struct_fields__)
        raise Invalid("invalid_setting", f"{unknown[0]} is no setting of a fleet; there are {known}")
    kept: dict[str, Scalar] = {k: v for k, v in {**fleet.settings, **wanted}.items() if v is not None}
    new = msgspec.structs.replace(fleet, settings=kept)
    try:
        after = msgspec.to_builtins(settings_of(new))
    except msgspec.ValidationError as error:
        raise Invalid("invalid_setting", str(error)) from None
    before = msgspec.to_builtins(settings_of(fleet))
    moved = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    return new, FleetChange(at_ms=at_ms, actor=actor, changed=moved) if moved else None
