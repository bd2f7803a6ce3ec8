"""Stops and trips out of a track, and distance and time per shift. Pure.

A stop is a stay within ``radius_m`` for ``stay_s`` or more (the stay points of Q. Li, Y. Zheng et al.,
"Mining user similarity based on location history", ACM SIGSPATIAL 2008, with a running centre instead of the
first point, so that drift does not split a stay). What lies between two stops is a trip. Distance counts a
step only when it is longer than the uncertainty of both its ends, so that a phone on a table does not ride.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from domain.courier import Shift
from domain.geo import LonLat, distance_m
from domain.position import TrackPoint

_UNKNOWN_M = 20.0


class TripSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What counts as a stop.

    Attributes:
        radius_m: a stay is within this distance of its centre.
        stay_s: and lasts so long.
        gap_s: a longer silence while moving ends a trip.
        accuracy_m_max: vaguer points are left out.
    """

    radius_m: Annotated[float, Meta(gt=0, le=1_000)] = 40
    stay_s: Annotated[float, Meta(gt=0, le=86_400)] = 120
    gap_s: Annotated[float, Meta(gt=0, le=86_400)] = 600
    accuracy_m_max: Annotated[float, Meta(gt=0, le=10_000)] = 65


class TrackStop(msgspec.Struct, frozen=True, kw_only=True):
    """A stay at one place."""

    at: LonLat
    from_ms: int
    to_ms: int


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """A way between two stays."""

    from_ms: int
    to_ms: int
    distance_m: float


class ShiftTotals(msgspec.Struct, frozen=True, kw_only=True):
    """What a courier did in one shift: metres, and seconds moving, standing and without any fix."""

    started_at_ms: int
    ended_at_ms: int
    distance_m: float
    moving_s: float
    standing_s: float
    unseen_s: float


def stops_and_trips(
    track: Iterable[TrackPoint], settings: TripSettings | None = None
) -> tuple[list[TrackStop], list[Trip]]:
    """Return the stays and the ways between them.

    Args:
        track: points in event-time order; vague ones are left out.
        settings: what counts as a stop.
    """
    chosen = settings or TripSettings()
    points = [p for p in track if (p.accuracy_m or _UNKNOWN_M) <= chosen.accuracy_m_max]
    stops: list[TrackStop] = []
    trips: list[Trip] = []
    way: list[TrackPoint] = []
    at = 0
    while at < len(points):
        end, center = _stay(points, at, chosen)
        stays = points[end - 1].fix_at_ms - points[at].fix_at_ms >= chosen.stay_s * 1000
        way.append(points[at])
        if stays:
            trips.extend(_trips(way, chosen))
            stops.append(TrackStop(at=center, from_ms=points[at].fix_at_ms, to_ms=points[end - 1].fix_at_ms))
            way = [points[end - 1]]
            at = end
        else:
            at += 1
    trips.extend(_trips(way, chosen))
    return stops, trips


def shift_totals(
    track: Sequence[TrackPoint], shift: Shift, now_ms: int, settings: TripSettings | None = None
) -> ShiftTotals:
    """Return distance and time of one shift; a running one counts until now.

    Args:
        track: points in event-time order; those outside the shift are left out.
        shift: the stretch of work.
        now_ms: the end of a shift that still runs.
        settings: what counts as a stop.
    """
    chosen = settings or TripSettings()
    ends = now_ms if shift.ended_at_ms is None else shift.ended_at_ms
    inside = [point for point in track if shift.started_at_ms <= point.fix_at_ms <= ends]
    stops, trips = stops_and_trips(inside, chosen)
    standing = sum(stop.to_ms - stop.from_ms for stop in stops)
    moving = sum(trip.to_ms - trip.from_ms for trip in trips)
    return ShiftTotals(
        started_at_ms=shift.started_at_ms,
        ended_at_ms=ends,
        distance_m=round(sum(trip.distance_m for trip in trips), 1),
        moving_s=moving / 1000,
        standing_s=standing / 1000,
        unseen_s=max(0, ends - shift.started_at_ms - standing - moving) / 1000,
    )


def _stay(points: Sequence[TrackPoint], start: int, settings: TripSettings) -> tuple[int, LonLat]:
    """Return the end (exclusive) of the stay that begins at ``start``, and its centre."""
    lon, lat, count = points[start].lon, points[start].lat, 1
    end = start + 1
    while end < len(points):
        point = points[end]
        if distance_m(LonLat(lon / count, lat / count), LonLat(point.lon, point.lat)) > settings.radius_m:
            break
        lon, lat, count = lon + point.lon, lat + point.lat, count + 1
        end += 1
    return end, LonLat(lon / count, lat / count)


def _trips(way: Sequence[TrackPoint], settings: TripSettings) -> Iterable[Trip]:
    """Cut a way at long silences."""
    begin = 0
    for number in range(1, len(way) + 1):
        ends = number == len(way)
        if ends or way[number].fix_at_ms - way[number - 1].fix_at_ms > settings.gap_s * 1000:
            piece = way[begin:number]
            if len(piece) > 1:
                yield Trip(from_ms=piece[0].fix_at_ms, to_ms=piece[-1].fix_at_ms, distance_m=_length_m(piece))
            begin = number


def _length_m(way: Sequence[TrackPoint]) -> float:
    total = 0.0
    last = way[0]
    for point in way[1:]:
        step = distance_m(LonLat(last.lon, last.lat), LonLat(point.lon, point.lat))
        if step > (last.accuracy_m or _UNKNOWN_M) + (point.accuracy_m or _UNKNOWN_M):
            total += step
            last = point
    return total
