"""All zones of a fleet in an R-tree, and per courier the few that can matter for the next metres.

A courier's ``Neighbourhood`` is looked up once and stays good while the courier is within its reach: each
zone in it is listed with the distance the courier must move before that zone's edge can be crossed (the safe
distance), nearest first. A ping then costs a walk over the zones whose safe distance is used up, which is
mostly none, however many zones the fleet has.
"""

import math
from collections.abc import Iterable

from rtree import index

from domain.geo import EARTH_RADIUS_M
from domain.ids import ZoneId
from domain.zone import Zone
from tracker.geofence.fence import Fence, zone_fence
from tracker.geofence.shapes import box_distance_m

_M_PER_DEG = math.radians(EARTH_RADIUS_M)
_FEW, _MANY = 6, 24
_REACH_M_MIN, _REACH_M_MAX = 60.0, 4_000.0
_MARGIN = 0.99
"""Safe distances are cut by this much, since each shape measures on a plane of its own."""


class Near:
    """One zone around a courier: how far its edge is at least, and on which side the anchor lies."""

    __slots__ = ("fence", "gap_m", "inside")

    def __init__(self, fence: Fence, gap_m: float, *, inside: bool) -> None:
        self.fence = fence
        self.gap_m = gap_m
        self.inside = inside


class Neighbourhood:
    """Zones within ``reach_m`` of an anchor, by growing safe distance."""

    __slots__ = ("_lat", "_lon", "_m_per_deg_lon", "containing", "near", "reach_m", "sides", "version")

    def __init__(self, lon: float, lat: float, reach_m: float, near: list[Near], version: int) -> None:
        self._lon, self._lat = lon, lat
        self._m_per_deg_lon = _M_PER_DEG * math.cos(math.radians(lat))
        self.reach_m = reach_m
        self.near = near
        self.containing = [item for item in near if item.inside]
        self.sides = {item.fence.key: item for item in near}
        self.version = version

    def moved_m(self, lon: float, lat: float) -> float:
        """Return the distance from the anchor."""
        return math.hypot((lon - self._lon) * self._m_per_deg_lon, (lat - self._lat) * _M_PER_DEG)


class ZoneCatalogue:
    """The zones of one fleet. One writer: the fleet's pipeline."""

    def __init__(self, zones: Iterable[Zone] = ()) -> None:
        self._numbers: dict[ZoneId, int] = {}
        self._fences: dict[int, Fence] = {}
        self._by_key: dict[str, Fence] = {}
        self._next = 0
        self.version = 0
        zones = list(zones)
        self._tree = index.Index(self._entries(zones), interleaved=True) if zones else index.Index()

    def __len__(self) -> int:
        return len(self._fences)

    def put(self, zone: Zone) -> None:
        """Add a zone, or replace the one of the same id."""
        self.drop(zone.id)
        number = self._add(zone)
        self._tree.insert(number, self._fences[number].shape.box)
        self.version += 1

    def drop(self, zone_id: ZoneId) -> None:
        """Remove a zone if it is there."""
        number = self._numbers.pop(zone_id, None)
        if number is None:
            return
        fence = self._fences.pop(number)
        del self._by_key[fence.key]
        self._tree.delete(number, fence.shape.box)
        self.version += 1

    def find(self, key: str) -> Fence | None:
        """Return the fence of this key, None when it is gone."""
        return self._by_key.get(key)

    def around(self, lon: float, lat: float, before: Neighbourhood | None) -> Neighbourhood:
        """Return the neighbourhood of a place, no larger than needed to find a handful of zones.

        Args:
            lon: degrees east.
            lat: degrees north.
            before: the courier's last neighbourhood; its size is the first guess.
        """
        reach = _REACH_M_MAX / 4 if before is None else before.reach_m
        if before is not None and before.version == self.version:
            if len(before.near) > _MANY:
                reach = max(_REACH_M_MIN, reach / 2)
            elif len(before.near) < _FEW:
                reach = min(_REACH_M_MAX, reach * 2)
        d_lat = reach / _M_PER_DEG
        d_lon = d_lat / max(math.cos(math.radians(lat)), 1e-6)
        numbers = self._tree.intersection((lon - d_lon, lat - d_lat, lon + d_lon, lat + d_lat))
        near = [_near(self._fences[number], lon, lat) for number in numbers]
        near.sort(key=_gap)
        return Neighbourhood(lon, lat, reach, near, self.version)

    def between(self, lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> list[Fence]:
        """Return the zones whose box meets that of a straight line."""
        box = (min(lon_a, lon_b), min(lat_a, lat_b), max(lon_a, lon_b), max(lat_a, lat_b))
        return [self._fences[number] for number in self._tree.intersection(box)]

    def _entries(self, zones: Iterable[Zone]) -> Iterable[tuple[int, tuple[float, ...], None]]:
        for zone in zones:
            number = self._add(zone)
            yield number, self._fences[number].shape.box, None

    def _add(self, zone: Zone) -> int:
        number = self._next
        self._next += 1
        fence = zone_fence(zone)
        self._numbers[zone.id] = number
        self._fences[number] = fence
        self._by_key[fence.key] = fence
        return number


def _near(fence: Fence, lon: float, lat: float) -> Near:
    gap = box_distance_m(fence.shape.box, lon, lat)
    if gap > 0.0:
        return Near(fence, gap * _MARGIN, inside=False)
    signed = fence.shape.signed_distance_m(lon, lat)
    return Near(fence, abs(signed) * _MARGIN, inside=signed <= 0.0)


def _gap(item: Near) -> float:
    return item.gap_m
