"""Makes a track fit for matching: rides apart, and no two fixes closer than they are sure of. Pure."""

import itertools
from collections.abc import Iterable, Sequence

import msgspec

from domain.geo import LonLat, distance_m
from domain.position import TrackPoint

ACCURACY_M_MAX = 65.0
GAP_MS = 120_000
GAP_M = 200.0
"""A silence that long over that distance separates rides: any street may have been taken."""
STEP_M_MIN = 15.0
STEP_M_MAX = 40.0


class Spot(msgspec.Struct):
    """A fix that stands also for those after it that say nothing new; ``left_at_ms`` is when they end."""

    point: TrackPoint
    left_at_ms: int


def rides_of(track: Iterable[TrackPoint]) -> list[list[Spot]]:
    """Return the rides of a track as spots; vague fixes are left out.

    Args:
        track: points in event-time order.
    """
    rides: list[list[Spot]] = []
    last: TrackPoint | None = None
    for point in track:
        if (point.accuracy_m or 0.0) > ACCURACY_M_MAX:
            continue
        if last is None or _apart(last, point):
            rides.append([Spot(point, point.fix_at_ms)])
        elif apart_m(rides[-1][-1].point, point) >= _step_m(point):
            rides[-1].append(Spot(point, point.fix_at_ms))
        else:
            rides[-1][-1].left_at_ms = point.fix_at_ms
        last = point
    return rides


def length_m(spots: Sequence[Spot]) -> float:
    """Return the length of the straight lines between spots."""
    return sum(apart_m(a.point, b.point) for a, b in itertools.pairwise(spots))


def apart_m(a: TrackPoint, b: TrackPoint) -> float:
    """Return the distance of two fixes."""
    return distance_m(LonLat(a.lon, a.lat), LonLat(b.lon, b.lat))


def _apart(last: TrackPoint, point: TrackPoint) -> bool:
    return point.fix_at_ms - last.fix_at_ms > GAP_MS and apart_m(last, point) > GAP_M


def _step_m(point: TrackPoint) -> float:
    return min(STEP_M_MAX, max(STEP_M_MIN, point.accuracy_m or STEP_M_MIN))
