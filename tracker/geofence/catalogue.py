"""All zones of a fleet in an R-tree, and per courier the few that can matter for the next metres.

A courier's ``Neighbourhood`` is looked up once and stays good while the courier is within its reach. Each
zone in it waits in a queue until the courier has covered the distance to that zone's edge (its safe
distance); only then its distance is measured again. A ping then costs a look at the head of the queue,
however many zones there are.
"""

import heapq
import math
from collections.abc import Iterable

from rtree import index

from domain.geo import EARTH_RADIUS_M
from domain.ids import ZoneId
from domain.zone import Zone
from tracker.geofence.fence import Fence, zone_fence
from tracker.geofence.shapes import apart_m

_M_PER_DEG = math.radians(EARTH_RADIUS_M)
_FEW, _MANY = 6, 24
_REACH_M_MIN, _REACH_M_MAX = 60.0, 4_000.0
_BOX_M = 15.0
"""Farther than this from a zone's box, the distance to the box is a good enough bound."""
_MARGIN = 0.99
"""Safe distances are cut by this much, since each shape measures on a plane of its own."""


class Near:
    """One zone around a courier, and on which side of its edge the courier was when it was measured last."""

    __slots__ = ("_m_per_deg_lon", "fence", "inside", "number")

    def __init__(self, number: int, fence: Fence, m_per_deg_lon: float) -> None:
        self._m_per_deg_lon = m_per_deg_lon
        self.number = number
        self.fence = fence
        self.inside = False

    def measure(self, lon: float, lat: float) -> float:
        """Return how far the edge is at least, and note on which side of it the place lies."""
        west, south, east, north = self.fence.shape.box
        d_lon = west - lon if lon < west else (lon - east if lon > east else 0.0)
        d_lat = south - lat if lat < south else (lat - north if lat > north else 0.0)
        if d_lon or d_lat:
            gap = math.hypot(d_lon * self._m_per_deg_lon, d_lat * _M_PER_DEG)
            if gap > _BOX_M:
                self.inside = False
                return gap * _MARGIN
        signed = self.fence.shape.signed_distance_m(lon, lat)
        self.inside = signed <= 0.0
        return abs(signed) * _MARGIN


class Neighbourhood:
    """Zones within ``reach_m`` of an anchor, each with the way after which it must be measured again.

    ``holding`` has those of them that hold the place looked at last.

    The courier's way is the sum of all that was looked at, there and back, so that looking at the past again
    (for a late fix) is as safe as going on.
    """

    __slots__ = (
        "_anchor_lat",
        "_anchor_lon",
        "_due",
        "_lat",
        "_lon",
        "_way_m",
        "holding",
        "near",
        "reach_m",
        "version",
    )

    def __init__(self, lon: float, lat: float, reach_m: float, near: list[Near], version: int) -> None:
        self._anchor_lon, self._anchor_lat = lon, lat
        self._lon, self._lat = lon, lat
        self._way_m = 0.0
        self.reach_m = reach_m
        self.near = {item.fence.key: item for item in near}
        self.version = version
        self.holding: dict[str, Near] = {}
        self._due = [(self._measure(item), item.number, item) for item in near]
        heapq.heapify(self._due)

    def holds(self, lon: float, lat: float) -> bool:
        """Tell whether a place is so near the anchor that every zone it could touch is known here."""
        return apart_m(self._anchor_lon, self._anchor_lat, lon, lat) < self.reach_m

    def is_at(self, lon: float, lat: float) -> bool:
        """Tell whether this is the place looked at last."""
        return lon == self._lon and lat == self._lat

    def go(self, lon: float, lat: float) -> list[Fence]:
        """Move on to a place; return the zones whose edge may lie between it and the last."""
        self._way_m += apart_m(self._lon, self._lat, lon, lat)
        self._lon, self._lat = lon, lat
        due, way_m = self._due, self._way_m
        if not due or due[0][0] > way_m:
            return []
        touched: list[Near] = []
        while due and due[0][0] <= way_m:
            touched.append(heapq.heappop(due)[2])
        for item in touched:
            heapq.heappush(due, (way_m + self._measure(item), item.number, item))
        return [item.fence for item in touched]

    def _measure(self, item: Near) -> float:
        gap = item.measure(self._lon, self._lat)
        if item.inside:
            self.holding[item.fence.key] = item
        else:
            self.holding.pop(item.fence.key, None)
        return gap


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
                reach = max(_REACH_M_MIN, reach * 0.7)
            elif len(before.near) < _FEW:
                reach = min(_REACH_M_MAX, reach * 2)
        d_lat = reach / _M_PER_DEG
        d_lon = d_lat / max(math.cos(math.radians(lat)), 1e-6)
        numbers = self._tree.intersection((lon - d_lon, lat - d_lat, lon + d_lon, lat + d_lat))
        m_per_deg_lon = _M_PER_DEG * math.cos(math.radians(min(abs(lat) + d_lat, 89.9)))
        near = [Near(number, self._fences[number], m_per_deg_lon) for number in numbers]
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
