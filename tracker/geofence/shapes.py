"""Shapes that can tell how far a place is from their edge.

Every shape measures on a flat plane of its own, so that a fleet may work anywhere and over any distance.
Signed distances are metres, negative inside.
"""

import math
from itertools import pairwise
from typing import Protocol

import shapely
from shapely.geometry import MultiPolygon, Polygon

from domain.geo import EARTH_RADIUS_M, LonLat
from domain.zone import Area, Circle

_M_PER_DEG = math.radians(EARTH_RADIUS_M)

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


class Shape(Protocol):
    """What the fences need to know of a place with an edge."""

    box: Box

    def signed_distance_m(self, lon: float, lat: float) -> float:
        """Return the distance to the edge, negative inside."""
        ...

    def depth_m(self, lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
        """Return how deep the straight line from a to b goes inside, 0 when it stays outside."""
        ...


class Disc:
    """A circle."""

    __slots__ = ("_lat", "_lon", "_m_per_deg_lon", "_radius_m", "box")

    def __init__(self, center: LonLat, radius_m: float) -> None:
        self._lon, self._lat, self._radius_m = center.lon, center.lat, radius_m
        self._m_per_deg_lon = _M_PER_DEG * max(math.cos(math.radians(center.lat)), 1e-6)
        d_lon, d_lat = radius_m / self._m_per_deg_lon, radius_m / _M_PER_DEG
        self.box: Box = (center.lon - d_lon, center.lat - d_lat, center.lon + d_lon, center.lat + d_lat)

    def signed_distance_m(self, lon: float, lat: float) -> float:
        """Return the distance to the circle, negative inside."""
        return (
            math.hypot((lon - self._lon) * self._m_per_deg_lon, (lat - self._lat) * _M_PER_DEG)
            - self._radius_m
        )

    def depth_m(self, lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
        """Return how deep a chord goes: the radius less its distance from the center."""
        ax, ay = (lon_a - self._lon) * self._m_per_deg_lon, (lat_a - self._lat) * _M_PER_DEG
        bx, by = (lon_b - self._lon) * self._m_per_deg_lon, (lat_b - self._lat) * _M_PER_DEG
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        along = 0.0 if length2 == 0.0 else min(1.0, max(0.0, -(ax * dx + ay * dy) / length2))
        return max(0.0, self._radius_m - math.hypot(ax + along * dx, ay + along * dy))


_PLAIN_EDGES = 40
"""Up to so many edges a plain loop is quicker than making a point for shapely."""


class Region:
    """Polygons with holes."""

    __slots__ = ("_edge", "_edges", "_inside", "_lat", "_lon", "_m_per_deg_lon", "box")

    def __init__(self, area: Area) -> None:
        shells = [ring for polygon in area.polygons for ring in polygon[:1]]
        lons = [lon for ring in shells for lon, _ in ring]
        lats = [lat for ring in shells for _, lat in ring]
        self.box: Box = (min(lons), min(lats), max(lons), max(lats))
        self._lon, self._lat = (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2
        self._m_per_deg_lon = _M_PER_DEG * max(math.cos(math.radians(self._lat)), 1e-6)
        flat = MultiPolygon(
            [
                Polygon(self._ring(polygon[0]), [self._ring(hole) for hole in polygon[1:]])
                for polygon in area.polygons
            ]
        )
        self._inside = flat if flat.is_valid else shapely.make_valid(flat)
        self._edge = self._inside.boundary
        shapely.prepare(self._inside)
        shapely.prepare(self._edge)
        self._edges = _edges(self._inside)

    def signed_distance_m(self, lon: float, lat: float) -> float:
        """Return the distance to the nearest shell or hole, negative inside."""
        x, y = self._xy(lon, lat)
        if self._edges is not None:
            return _signed_distance(self._edges, x, y)
        distance = float(shapely.distance(self._edge, shapely.points(x, y)))
        return -distance if shapely.contains_xy(self._inside, x, y) else distance

    def depth_m(self, lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
        """Return half the length of the longest piece of the line inside: an upper bound of its depth."""
        line = shapely.linestrings([self._xy(lon_a, lat_a), self._xy(lon_b, lat_b)])
        if not shapely.intersects(self._inside, line):
            return 0.0
        pieces = shapely.get_parts(shapely.intersection(self._inside, line))
        return float(max(shapely.length(pieces), default=0.0)) / 2

    def _xy(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self._lon) * self._m_per_deg_lon, (lat - self._lat) * _M_PER_DEG

    def _ring(self, ring: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
        return [self._xy(lon, lat) for lon, lat in ring]


Edge = tuple[float, float, float, float, float]
"""x and y of the beginning, dx and dy to the end, squared length."""


def _edges(area: shapely.Geometry) -> tuple[Edge, ...] | None:
    """Return the edges of all rings, None when there are too many to loop over."""
    edges: list[Edge] = []
    for part in shapely.get_parts(area):
        if not isinstance(part, Polygon):
            continue
        for ring in (part.exterior, *part.interiors):
            corners = list(ring.coords)
            if len(edges) + len(corners) > _PLAIN_EDGES:
                return None
            for (ax, ay), (bx, by) in pairwise(corners):
                edges.append((ax, ay, bx - ax, by - ay, (bx - ax) ** 2 + (by - ay) ** 2))
    return tuple(edges)


def _signed_distance(edges: tuple[Edge, ...], x: float, y: float) -> float:
    """Return the distance to the nearest edge, negative when a ray crosses an odd number of edges."""
    nearest2 = math.inf
    inside = False
    for ax, ay, dx, dy, length2 in edges:
        px, py = x - ax, y - ay
        if (py < 0.0) != (py < dy) and px < dx * py / dy:
            inside = not inside
        along = (px * dx + py * dy) / length2 if length2 else 0.0
        if along > 0.0:
            along = min(along, 1.0)
            px, py = px - along * dx, py - along * dy
        away2 = px * px + py * py
        nearest2 = min(nearest2, away2)
    distance = math.sqrt(nearest2)
    return -distance if inside else distance


def shape_of(shape: Circle | Area) -> Shape:
    """Return the measuring form of a zone's shape."""
    if isinstance(shape, Circle):
        return Disc(shape.center, shape.radius_m)
    return Region(shape)


def apart_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Return the distance of two places of one city (flat-Earth)."""
    east = (lon_b - lon_a) * _M_PER_DEG * math.cos(math.radians(lat_a))
    return math.hypot(east, (lat_b - lat_a) * _M_PER_DEG)
