"""Bodies of the replay of a day."""

import datetime as dt
from typing import Annotated, Literal

from msgspec import Meta, Struct

from domain.order import OrderStatus
from server.schemas.common import Id

Day = Annotated[dt.date, Meta(description="a day of the fleet's time zone, YYYY-MM-DD")]
Moment = Annotated[
    tuple[float, float, float],
    Meta(description="seconds since the day began, degrees east, degrees north (rounded to about a metre)"),
]


class ReplayQuery(Struct, kw_only=True):
    """Which day."""

    date: Day


class ReplayCourier(Struct, kw_only=True):
    """A courier of the fleet."""

    id: str
    name: str
    vehicle: str


class ReplayDayOut(Struct, kw_only=True):
    """A day: from its midnight to the next, both in the fleet's time zone, and the couriers by id.

    ``now`` is the server's time; ``tracks_kept_from`` the oldest moment of which positions are kept.
    """

    date: str
    time_zone: str
    from_at: str
    to_at: str
    now: str
    tracks_kept_from: str
    couriers: list[ReplayCourier]


class ReplayTracksQuery(Struct, kw_only=True):
    """Which part of a day's tracks: one courier's, or a page of the fleet's."""

    date: Day
    courier_id: Id | None = None
    after: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=50, description="couriers looked at")] = 10


class ReplayTrack(Struct, kw_only=True):
    """Where a courier was: stretches without a silence, each ridden at even speed from point to point.

    A single courier's stretches follow the streets where the server knows them: ``matched`` is all, partly or
    none. The whole fleet's come as they were sent.
    """

    courier_id: str
    stretches: list[list[Moment]]
    matched: Literal["all", "partly", "none"] = "none"


class ReplayTracksOut(Struct, kw_only=True):
    """Tracks of those who have any, by courier id. ``next``: ``after`` of the next page, null at the end."""

    tracks: list[ReplayTrack]
    next: str | None


class ReplayOrdersQuery(Struct, kw_only=True):
    """Which part of a day's orders."""

    date: Day
    after: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 200


class ReplayEnd(Struct, kw_only=True):
    """One end of an order."""

    lon: float
    lat: float
    name: str | None
    address: str | None


class ReplayMove(Struct, kw_only=True):
    """What happened to an order: what moved it, where it stood then, and with whom."""

    at: str
    trigger: str
    status: OrderStatus
    courier_id: str | None


class ReplayOrder(Struct, kw_only=True):
    """An order to which something happened on the day, with its history up to the day's end."""

    id: str
    ref: str | None
    pickup: ReplayEnd
    dropoff: ReplayEnd
    history: list[ReplayMove]


class ReplayOrdersOut(Struct, kw_only=True):
    """Orders by id. ``next``: ``after`` of the next page, null at the end."""

    orders: list[ReplayOrder]
    next: str | None
