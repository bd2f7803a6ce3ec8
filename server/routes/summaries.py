"""What a courier's track tells: stops, trips, and distance and time per shift."""

import msgspec

from domain.courier import Shift
from server.api import PREFIX, Call, Endpoint, Reply
from server.asked_track import asked_track
from server.policy import Action
from server.schemas.common import rfc3339
from server.schemas.couriers import (
    ShiftTotalsOut,
    SummaryOut,
    SummaryQuery,
    TrackStopOut,
    TripOut,
)
from server.track_matching import shift_street_m
from tracker.history.trips import ShiftTotals, shift_totals, stops_and_trips


async def summary(call: Call) -> Reply:
    """Return where a courier stopped, the trips between, and totals per shift; who looked is logged."""
    query = call.query(SummaryQuery)
    asked = await asked_track(call, query.from_, query.to)
    courier, points = asked.courier, asked.points
    stops, trips = stops_and_trips(points)
    shifts = await call.system.stores.people.shifts(courier.fleet, courier.id, asked.since)
    ends = min(call.system.clock.now_ms(), asked.to)
    worked = [_within(shift, asked.since, ends) for shift in shifts if shift.started_at_ms < ends]
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


def _within(shift: Shift, since: int, to: int) -> Shift:
    """Return the part of a shift that was asked for, so that what lies outside does not count as unseen."""
    ended = to if shift.ended_at_ms is None else min(shift.ended_at_ms, to)
    return msgspec.structs.replace(shift, started_at_ms=max(shift.started_at_ms, since), ended_at_ms=ended)


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
