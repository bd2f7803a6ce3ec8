"""One fleet's no-go zones, as its operators drew them: what they keep out of whom, live.

Knows the exact outlines, for the question whether a stop lies inside; the planner gets simplified ones, for
the ways around. Single writer: the desk, on ``ZoneChanged``.
"""

import itertools
import math
from collections.abc import Iterable

from dispatcher.model import NoGoArea
from dispatcher.travel_times.obstacles import CORNERS_MAX
from domain.courier import Vehicle
from domain.geo import LonLat, distance_m, moved
from domain.ids import ZoneId
from domain.order import Order
from domain.zone import Area, Circle, Zone, ZoneKind

Ring = tuple[tuple[float, float], ...]

CORNERS_MIN = 8
"""Of one outline, however many there are."""

LEAN_DEG = 2e-5
"""The first simplification drops corners nearer than this to the line without them: about two metres."""

SAMPLED_MAX = 1_000
"""Finer outlines are read in steps."""


class NoGo:
    """The no-go zones of one fleet."""

    def __init__(self, zones: Iterable[Zone] = ()) -> None:
        self._zones = {zone.id: zone for zone in zones if zone.kind is ZoneKind.NO_GO}
        self._known: dict[LonLat, tuple[Zone, ...]] = {}
        self._areas: tuple[NoGoArea, ...] | None = None

    def put(self, zone_id: ZoneId, zone: Zone | None) -> bool:
        """Take a zone that was drawn, edited or removed (None); returns whether it matters here."""
        known = self._zones.pop(zone_id, None)
        forbids = zone is not None and zone.kind is ZoneKind.NO_GO
        if zone is not None and forbids:
            self._zones[zone_id] = zone
        if known is None and not forbids:
            return False
        self._known.clear()
        self._areas = None
        return True

    def areas(self) -> tuple[NoGoArea, ...]:
        """Return what ways lead around, with no more corners than the planner can look at."""
        if self._areas is None:
            outlines = [(zone, rings) for zone in self._zones.values() for rings in _outlines(zone)]
            most = max(CORNERS_MIN, CORNERS_MAX // (2 * max(1, sum(len(rings) for _, rings in outlines))))
            self._areas = tuple(
                NoGoArea(tuple(simplified(ring, most) for ring in rings), zone.vehicles)
                for zone, rings in outlines
            )
        return self._areas

    def zone_at(self, at: LonLat, vehicle: Vehicle | None = None) -> Zone | None:
        """Return a zone that a place lies in; with ``vehicle`` one that keeps that vehicle out."""
        return next(
            (zone for zone in self._around(at) if vehicle is None or keeps_out(zone, vehicle)),
            None,
        )

    def keeps_from(self, order: Order) -> frozenset[Vehicle]:
        """Return the vehicles that may not reach the pickup or the drop-off."""
        zones = (*self._around(order.pickup.at), *self._around(order.dropoff.at)) if self._zones else ()
        if not zones:
            return frozenset()
        return frozenset(vehicle for vehicle in Vehicle if any(keeps_out(zone, vehicle) for zone in zones))

    def _around(self, at: LonLat) -> tuple[Zone, ...]:
        known = self._known.get(at)
        if known is None:
            known = tuple(zone for zone in self._zones.values() if _contains(zone, at))
            if len(self._known) > 10_000:
                self._known.clear()
            self._known[at] = known
        return known


def keeps_out(zone: Zone, vehicle: Vehicle) -> bool:
    """Tell whether a no-go zone is meant for a vehicle."""
    return not zone.vehicles or vehicle in zone.vehicles


def simplified(ring: Ring, corners: int) -> Ring:
    """Return a closed ring with at most ``corners`` corners (Douglas and Peucker 1973, coarser as needed)."""
    if len(ring) - 1 <= corners:
        return ring
    ring = (*ring[: -1 : max(1, len(ring) // SAMPLED_MAX)], ring[0])
    far = max(range(len(ring)), key=lambda i: math.dist(ring[0], ring[i]))
    lean, kept = LEAN_DEG, ring
    while len(kept) - 1 > corners:
        kept = (*_thinned(ring[: far + 1], lean)[:-1], *_thinned(ring[far:], lean))
        lean *= 1.6
    return kept if len(kept) > 3 else (*ring[: -1 : max(1, len(ring) // 3)], ring[0])


def _thinned(line: Ring, lean: float) -> Ring:
    keep, waiting = {0, len(line) - 1}, [(0, len(line) - 1)]
    while waiting:
        first, last = waiting.pop()
        aside = [(_aside(line[first], line[last], line[i]), i) for i in range(first + 1, last)]
        worst, i = max(aside, default=(0.0, 0))
        if worst > lean:
            keep.add(i)
            waiting += [(first, i), (i, last)]
    return tuple(line[i] for i in sorted(keep))


def _aside(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    """Return how far c lies from the segment ab, degrees."""
    (ax, ay), (bx, by), (cx, cy) = a, b, c
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    share = 0.0 if length2 == 0 else max(0.0, min(1.0, ((cx - ax) * dx + (cy - ay) * dy) / length2))
    return math.hypot(cx - ax - share * dx, cy - ay - share * dy)


def _outlines(zone: Zone) -> list[tuple[Ring, ...]]:
    shape = zone.shape
    if isinstance(shape, Area):
        return [polygon for polygon in shape.polygons if polygon]
    turns = [2 * math.pi * i / 16 for i in range(16)]
    reach_m = shape.radius_m / math.cos(math.pi / 16)  # around the disc, not within it
    round_ = [moved(shape.center, reach_m * math.cos(turn), reach_m * math.sin(turn)) for turn in turns]
    ring = tuple((at.lon, at.lat) for at in round_)
    return [((*ring, ring[0]),)]


def _contains(zone: Zone, at: LonLat) -> bool:
    shape = zone.shape
    if isinstance(shape, Circle):
        return distance_m(shape.center, at) <= shape.radius_m
    return any(
        bool(rings) and _in_ring(rings[0], at) and not any(_in_ring(hole, at) for hole in rings[1:])
        for rings in shape.polygons
    )


def _in_ring(ring: Ring, at: LonLat) -> bool:
    """Tell whether a place lies in a ring (even-odd rule)."""
    inside = False
    for (x1, y1), (x2, y2) in itertools.pairwise(ring):
        if (y1 > at.lat) != (y2 > at.lat) and at.lon < x1 + (at.lat - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside
