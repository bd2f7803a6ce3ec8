"""What a courier's track tells: stops, trips, and distance and time per shift."""

import structlog

from domain.errors import Invalid
from server.api import PREFIX, Call, Endpoint, Reply
from server.policy import Action
from server.routes.common import get_courier
from server.routes.tracks import MAX_SPAN_MS
from server.schemas.common import rfc3339, to_ms
from server.schemas.couriers import (
    ShiftTotalsOut,
    SummaryOut,
    SummaryQuery,
    TrackStopOut,
    TripOut,
)
from server.track_matching import shift_street_m
from server.track_points import DAY_MS, track_points
from tracker.history.trips import ShiftTotals, shift_totals, stops_and_trips

_log = structlog.get_logger("relevo.privacy")


async def summary(call: Call) -> Reply:
    """Return where a courier stopped, the trips between, and totals per shift; who looked is logged."""
    courier = await get_courier(call)
    query = call.query(SummaryQuery)
    now_ms = call.system.clock.now_ms()
    to = to_ms(query.to, "to") or now_ms
    since = to_ms(query.from_, "from")
    since = to - DAY_MS if since is None else since
    if not 0 <= to - since <= MAX_SPAN_MS:
        raise Invalid("invalid_query", "from must lie before to, by at most 31 days")
    _log.info("track_read", courier_id=courier.id, by=call.actor, from_ms=since, to_ms=to)
    points = (await track_points(call.system, courier.fleet, [courier.id], since, to))[courier.id]
    stops, trips = stops_and_trips(points)
    shifts = await call.system.stores.people.shifts(courier.fleet, courier.id, since)
    ends = min(now_ms, to)
    worked = [shift for shift in shifts if shift.started_at_ms < to]
    street_m = [
        await shift_street_m(call.system, courier, points, shift, ends) if query.matched else None
        for shift in worked
    ]
    out = SummaryOut(
        stops=[
            TrackStopOut(lon=s.at.lon, lat=s.at.lat, from_at=rfc3339(s.from_ms), to_at=rfc3339(s.to_ms))
            for s in stops
        ],
        trips=[
            TripOut(from_at=rfc3339(t.from_ms), to_at=rfc3339(t.to_ms), distance_m=round(t.distance_m, 1))
            for t in trips
        ],
        shifts=[
            _totals_out(shift_totals(points, shift, ends), metres)
            for shift, metres in zip(worked, street_m, strict=True)
        ],
    )
    return Reply(value=out)


def _totals_out(totals: ShiftTotals, street_m: float | None) -> ShiftTotalsOut:
    return ShiftTotalsOut(
        started_at=rfc3339(totals.started_at_ms),
        ended_at=rfc3339(totals.ended_at_ms),
        distance_m=totals.distance_m,
        moving_s=totals.moving_s,
        standing_s=totals.standing_s,
        unseen_s=totals.unseen_s,
        street_distance_m=street_m,
    )


ENDPOINTS = (
    Endpoint(
        method="GET", path=f"{PREFIX}/couriers/{{courier_id}}/summary", handler=summary, tag="couriers",
        action=Action.TRACK_READ, summary="A courier's stops, trips, and distance and time per shift",
        query=SummaryQuery, returns=SummaryOut, errors=("no_such_courier",),
    ),
)  # fmt: skip
