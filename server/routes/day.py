"""A day in figures: service beside fairness, for those who run the co-op."""

import asyncio
import datetime as dt
import zoneinfo
from collections import defaultdict

import msgspec

from dispatcher.day_report import History, Report, day_report
from dispatcher.work import STEP_M
from domain.courier import Courier, Shift
from domain.fleet_settings import settings_of
from domain.geo import LonLat, distance_m
from domain.ids import CourierId
from domain.position import TrackPoint
from server.api import PREFIX, Call, Endpoint, Reply
from server.policy import Action
from server.routes.replay import bounds_of
from server.schemas.common import rfc3339
from server.schemas.day import DayCourierOut, DayOut, DayQuery
from server.track_points import track_points

ORDERS_AT_ONCE = 500


async def day(call: Call) -> Reply:
    """Return a day's figures; a day that still runs counts until now."""
    call.allow()
    desk, now_ms = await call.desk(), call.system.clock.now_ms()
    zone = zoneinfo.ZoneInfo(desk.fleet.time_zone)
    date = call.query(DayQuery).date or dt.datetime.fromtimestamp(now_ms / 1000, zone).date()
    from_ms, ends_ms = await bounds_of(call, date)
    to_ms = max(from_ms, min(ends_ms, now_ms))
    people = call.system.stores.people
    couriers = await people.couriers(call.principal.fleet)
    shifts = [
        shift
        for courier in couriers
        for shift in await people.shifts(courier.fleet, courier.id, from_ms)
        if shift.started_at_ms < to_ms
    ]
    chosen = settings_of(await people.find_fleet(call.principal.fleet) or desk.fleet)
    report = day_report(
        await _histories(call, from_ms, to_ms),
        shifts,
        await _ridden_m(call, shifts, from_ms, to_ms),
        from_ms,
        to_ms,
        chosen.promise_s,
    )
    out = _out(report, couriers)
    out.date, out.from_at, out.to_at = date.isoformat(), rfc3339(from_ms), rfc3339(to_ms)
    out.fairness = chosen.fairness
    return Reply(value=out)


async def _histories(call: Call, from_ms: int, to_ms: int) -> list[History]:
    """Return the day's orders; what began the evening before comes whole."""
    store, fleet = call.system.stores.orders, call.principal.fleet
    found: list[History] = []
    while True:
        after = found[-1][0].id if found else None
        page = await store.histories(fleet, from_ms, to_ms, after=after, limit=ORDERS_AT_ONCE)
        found += page
        if len(page) < ORDERS_AT_ONCE:
            return found


async def _ridden_m(call: Call, shifts: list[Shift], from_ms: int, to_ms: int) -> dict[CourierId, float]:
    """Return metres on shift of whoever has a track, one courier after the other: a day is many points."""
    spans: defaultdict[CourierId, list[tuple[int, int]]] = defaultdict(list)
    for shift in shifts:
        spans[shift.courier_id].append((shift.started_at_ms, shift.ended_at_ms or to_ms))
    ridden: dict[CourierId, float] = {}
    for courier_id, own in spans.items():
        found = await track_points(call.system, call.principal.fleet, [courier_id], from_ms, to_ms - 1)
        points = found[courier_id]
        if points:
            ridden[courier_id] = await asyncio.to_thread(_metres, points, own)
    return ridden


def _metres(points: list[TrackPoint], spans: list[tuple[int, int]]) -> float:
    """Return how far a track leads within some spans; moves under ``STEP_M`` may be a wavering phone."""
    metres = 0.0
    for start_ms, end_ms in spans:
        at: LonLat | None = None
        for point in points:
            if start_ms <= point.fix_at_ms <= end_ms:
                here = LonLat(point.lon, point.lat)
                step_m = STEP_M if at is None else distance_m(at, here)
                if step_m >= STEP_M:
                    metres += 0.0 if at is None else step_m
                    at = here
    return metres


def _out(report: Report, couriers: list[Courier]) -> DayOut:
    names = {courier.id: courier.name for courier in couriers}
    rows = [
        DayCourierOut(name=names.get(one.courier_id, one.courier_id), **msgspec.structs.asdict(one))
        for one in report.couriers
    ]
    figures = msgspec.structs.asdict(report) | {"couriers": rows}
    return DayOut(date="", from_at="", to_at="", fairness="", **figures)


ENDPOINTS = (
    Endpoint(
        method="GET", path=f"{PREFIX}/fleet/day", handler=day, tag="fleet", action=Action.REPLAY_READ,
        summary="A day in figures: what customers got, and how evenly work was shared", query=DayQuery,
        returns=DayOut, errors=("time_out_of_range",),
    ),
)  # fmt: skip
