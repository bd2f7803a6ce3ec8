"""A past day of the whole fleet, or of one courier, in pages: who rode where, and what became of the orders.

Tracks are simplified in place and time, so that forty couriers for eight hours stay small; who looked is
logged. A day that is over hardly changes, so its pages may rest in the reader's browser for a while.
"""

import asyncio
import datetime as dt
import zoneinfo

import structlog

from domain.ids import CourierId, OrderId
from domain.order import Order, OrderEvent, OrderPlace
from domain.position import TrackPoint
from server.api import PREFIX, Call, Endpoint, Reply
from server.policy import Action
from server.routes.common import find_courier
from server.schemas.common import rfc3339, to_ms
from server.schemas.replay import (
    ReplayCourier,
    ReplayDayOut,
    ReplayEnd,
    ReplayMove,
    ReplayOrder,
    ReplayOrdersOut,
    ReplayOrdersQuery,
    ReplayQuery,
    ReplayTrack,
    ReplayTracksOut,
    ReplayTracksQuery,
)
from server.track_matching import how_much, pieces_of
from server.track_points import kept_from_ms, track_points
from tracker.history.simplify import simplified_in_time

TOLERANCE_M = 8.0
"""How far from the truth a replayed courier may be drawn; about what a phone's GPS is off in a city."""
GAP_S = 420.0
"""A longer silence is shown as one; a phone that saves power sends every five minutes."""
SETTLES_MS = 6 * 3_600_000
"""A phone's backlog may still come in after midnight; later, pages may be cached."""
CACHED_S = 600
MATCHING_S = 6.0
"""How long a courier's day may take to be put onto streets; the rest of it stays as it was sent."""
_log = structlog.get_logger("relevo.privacy")


async def day(call: Call) -> Reply:
    """Return where a day begins and ends, and whose tracks there may be."""
    call.allow()
    date = call.query(ReplayQuery).date
    from_ms, to_ms_ = await bounds_of(call, date)
    desk = await call.desk()
    couriers = await call.system.stores.people.couriers(call.principal.fleet)
    out = ReplayDayOut(
        date=date.isoformat(),
        time_zone=desk.fleet.time_zone,
        from_at=rfc3339(from_ms),
        to_at=rfc3339(to_ms_),
        now=rfc3339(call.system.clock.now_ms()),
        tracks_kept_from=rfc3339(kept_from_ms(call.system)),
        couriers=[ReplayCourier(id=c.id, name=c.name, vehicle=c.vehicle) for c in couriers],
    )
    return Reply(value=out)


async def tracks(call: Call) -> Reply:
    """Return a page of the day's tracks; who looked is logged."""
    call.allow()
    query = call.query(ReplayTracksQuery)
    from_ms, to_ms_ = await bounds_of(call, query.date)
    ids, more = await _page_of_couriers(call, query)
    _log.info("replay_read", couriers=ids, by=call.actor, from_ms=from_ms, to_ms=to_ms_)
    points = await track_points(call.system, call.principal.fleet, ids, from_ms, to_ms_ - 1)
    shown = [
        ReplayTrack(courier_id=courier_id, stretches=await asyncio.to_thread(_stretches, own, from_ms))
        for courier_id, own in points.items()
        if own
    ]
    if query.courier_id is not None:
        shown = [
            await _along_streets(call, track, points[CourierId(track.courier_id)], from_ms) for track in shown
        ]
    out = ReplayTracksOut(tracks=shown, next=ids[-1] if more else None)
    if query.courier_id is not None and call.system.streets is not None:
        return Reply(value=out)  # a street server that is away now may be back soon
    return _reply(call, out, to_ms_)


async def orders(call: Call) -> Reply:
    """Return a page of the orders to which something happened on the day."""
    call.allow()
    query = call.query(ReplayOrdersQuery)
    from_ms, to_ms_ = await bounds_of(call, query.date)
    found = await call.system.stores.orders.histories(
        call.principal.fleet,
        from_ms,
        to_ms_,
        after=None if query.after is None else OrderId(query.after),
        limit=query.limit + 1,
    )
    page = found[: query.limit]
    last = page[-1][0].id if len(found) > len(page) else None
    return _reply(call, ReplayOrdersOut(orders=[_order(*one) for one in page], next=last), to_ms_)


async def bounds_of(call: Call, date: dt.date) -> tuple[int, int]:
    """Return the day's midnight and the next one of the fleet's time zone; 23 to 25 hours apart."""
    zone = zoneinfo.ZoneInfo((await call.desk()).fleet.time_zone)
    starts = dt.datetime.combine(date, dt.time(), tzinfo=zone)
    from_ms = to_ms(starts, "date")
    assert from_ms is not None  # noqa: S101 - a date came
    ends = dt.datetime.combine(date + dt.timedelta(days=1), dt.time(), tzinfo=zone)
    return from_ms, round(ends.timestamp() * 1000)


async def _page_of_couriers(call: Call, query: ReplayTracksQuery) -> tuple[list[CourierId], bool]:
    if query.courier_id is not None:
        return [(await find_courier(call, CourierId(query.courier_id))).id], False
    couriers = await call.system.stores.people.couriers(call.principal.fleet)
    rest = [courier.id for courier in couriers if query.after is None or courier.id > query.after]
    return rest[: query.limit], len(rest) > query.limit


async def _along_streets(
    call: Call, track: ReplayTrack, points: list[TrackPoint], from_ms: int
) -> ReplayTrack:
    """Return a track that follows the streets, the same one where there are none."""
    courier = await find_courier(call, CourierId(track.courier_id))
    pieces = await pieces_of(call.system, courier, points, MATCHING_S)
    if how_much(pieces) == "none":
        return track
    lines = [
        [
            ((at_ms - from_ms) / 1000, round(lon, 5), round(lat, 5))
            for (lon, lat), at_ms in zip(piece.line, piece.at_ms, strict=True)
        ]
        for piece in pieces
    ]
    return ReplayTrack(courier_id=track.courier_id, stretches=lines, matched=how_much(pieces))


def _stretches(points: list[TrackPoint], from_ms: int) -> list[list[tuple[float, float, float]]]:
    return [
        [((p.fix_at_ms - from_ms) / 1000, round(p.lon, 5), round(p.lat, 5)) for p in stretch]
        for stretch in simplified_in_time(points, TOLERANCE_M, GAP_S)
    ]


def _order(order: Order, events: list[OrderEvent]) -> ReplayOrder:
    return ReplayOrder(
        id=order.id,
        ref=order.ref,
        pickup=_end(order.pickup),
        dropoff=_end(order.dropoff),
        history=[
            ReplayMove(at=rfc3339(e.at_ms), trigger=e.trigger, status=e.status, courier_id=e.courier_id)
            for e in events
        ],
    )


def _end(place: OrderPlace) -> ReplayEnd:
    return ReplayEnd(lon=place.at.lon, lat=place.at.lat, name=place.name, address=place.address)


def _reply(call: Call, value: object, ended_ms: int) -> Reply:
    if call.system.clock.now_ms() < ended_ms + SETTLES_MS:
        return Reply(value=value)
    cached = {"Cache-Control": f"private, max-age={CACHED_S}", "Vary": "Authorization, Cookie"}
    return Reply(value=value, headers=cached)


ENDPOINTS = (
    Endpoint(
        method="GET", path=f"{PREFIX}/replay", handler=day, tag="replay", action=Action.REPLAY_READ,
        summary="A day to replay: where it begins and ends, and the couriers", query=ReplayQuery,
        returns=ReplayDayOut, errors=("time_out_of_range",),
    ),
    Endpoint(
        method="GET", path=f"{PREFIX}/replay/tracks", handler=tracks, tag="replay",
        action=Action.REPLAY_READ, summary="Where couriers were on a day, in pages of couriers",
        query=ReplayTracksQuery, returns=ReplayTracksOut, errors=("no_such_courier", "time_out_of_range"),
    ),
    Endpoint(
        method="GET", path=f"{PREFIX}/replay/orders", handler=orders, tag="replay",
        action=Action.REPLAY_READ, summary="What became of orders on a day, in pages",
        query=ReplayOrdersQuery, returns=ReplayOrdersOut, errors=("time_out_of_range",),
    ),
)  # fmt: skip
