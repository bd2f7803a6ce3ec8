"""Shortest ways around areas nobody may ride through, as factors on the straight way.

Works in a flat plane of metres. A way that crosses an area goes by the corners of the areas: a visibility
graph (Lozano-Pérez and Wesley, *An Algorithm for Planning Collision-Free Paths Among Polyhedral Obstacles*,
Communications of the ACM 22, 1979), made once per set of areas. An area that one end of a way lies in does
not block it: whoever is inside must come out.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import shortest_path

from dispatcher.model import NoGoArea
from domain.geo import LocalPlane, LonLat

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MARGIN_M = 12.0
"""Ways keep this far from a corner."""

CORNERS_MAX = 300
"""Corners of all areas together; outlines with more are simplified in ``dispatcher.no_go``."""

PLACES_MAX = 20_000
PAIRS_MAX = 200_000
CHUNK = 200_000
"""Segments times edges looked at in one piece, to bound memory."""


class _Polygon:
    """One area in the plane: its edges, and the box around it."""

    def __init__(self, area: NoGoArea, plane: LocalPlane) -> None:
        self.rings = [np.array([plane.to_xy(lon, lat) for lon, lat in ring]) for ring in area.rings]
        self.start = np.vstack([ring[:-1] for ring in self.rings])
        self.end = np.vstack([ring[1:] for ring in self.rings])
        self.low, self.high = self.rings[0].min(axis=0), self.rings[0].max(axis=0)

    def inside(self, points: Floats) -> Flags:
        """Tell which points lie in it (even-odd rule)."""
        found: Flags = np.all((points >= self.low) & (points <= self.high), axis=1)
        near = points[found]
        if len(near):
            x, y = near[:, :1], near[:, 1:]
            (x1, y1), (x2, y2) = self.start.T, self.end.T
            spans = (y1 > y) != (y2 > y)
            rise = np.where(y2 == y1, 1.0, y2 - y1)
            found[found] = (spans & (x < x1 + (y - y1) * (x2 - x1) / rise)).sum(axis=1) % 2 == 1
        return found

    def cut(self, a: Floats, b: Floats) -> Flags:
        """Tell which segments cross its edge."""
        cut: Flags = np.all((np.minimum(a, b) <= self.high) & (np.maximum(a, b) >= self.low), axis=1)
        near = np.flatnonzero(cut)
        step = max(1, CHUNK // len(self.start))
        for first in range(0, len(near), step):
            rows = near[first : first + step]
            cut[rows] = _cross(a[rows][:, None], b[rows][:, None], self.start[None], self.end[None])
        return cut


class Obstacles:
    """The areas that keep one kind of vehicle out."""

    def __init__(self, areas: Sequence[NoGoArea]) -> None:
        self._plane = LocalPlane(LonLat(*areas[0].rings[0][0]))
        self._polygons = [_Polygon(area, self._plane) for area in areas]
        self._corners: Floats | None = None
        self._between = np.zeros((0, 0))
        self._known: dict[LonLat, tuple[Floats, Floats]] = {}
        self.pairs: dict[tuple[LonLat, LonLat], float] = {}
        """Factors of ways that were asked for one by one; places of stops come again and again."""

    def points(self, places: Sequence[LonLat]) -> Floats:
        """Return places in the plane, metres, one row each."""
        return np.array([self._plane.to_xy(at.lon, at.lat) for at in places]).reshape(-1, 2)

    def sides(self, points: Floats) -> Flags:
        """Return (points, areas, 4): whether a point lies left of, right of, below, above the area's box."""
        low = np.array([polygon.low for polygon in self._polygons])
        high = np.array([polygon.high for polygon in self._polygons])
        beyond = np.concatenate((points[:, None] < low[None], points[:, None] > high[None]), axis=2)
        return np.asarray(beyond, dtype=np.bool_)

    def blocked(self, a: Floats, b: Floats) -> Flags:
        """Tell which straight ways cross an area that neither of their ends lies in."""
        found: Flags = np.zeros(len(a), dtype=np.bool_)
        for polygon in self._polygons:
            rest = np.flatnonzero(~found)
            cut = rest[polygon.cut(a[rest], b[rest])]
            found[cut] = ~(polygon.inside(a[cut]) | polygon.inside(b[cut]))
        return found

    def remember(self, ends: tuple[LonLat, LonLat], factor: float) -> None:
        """Keep the factor of a way."""
        if len(self.pairs) >= PAIRS_MAX:
            self.pairs.clear()
        self.pairs[ends] = factor

    def encloses(self) -> bool:
        """Tell whether there are places that no way leads between."""
        self._graph()
        return bool(np.isinf(self._between).any())

    def look(self, places: Sequence[LonLat], points: Floats) -> tuple[Floats, Floats]:
        """Return metres from places to corners, a row each: straight (else infinity), by any way."""
        corners = self._graph()
        fresh = {place: i for i, place in enumerate(places) if place not in self._known}
        if len(self._known) + len(fresh) > PLACES_MAX:
            self._known.clear()
            fresh = {place: i for i, place in enumerate(places)}
        if fresh:
            here = np.repeat(points[list(fresh.values())], len(corners), axis=0)
            there = np.tile(corners, (len(fresh), 1))
            seen_m = np.where(self.blocked(here, there), math.inf, np.hypot(*(there - here).T))
            for place, straight_m in zip(fresh, seen_m.reshape(len(fresh), len(corners)), strict=True):
                by_any_m = (straight_m[:, None] + self._between).min(axis=0, initial=math.inf)
                self._known[place] = straight_m, by_any_m
        known = [self._known[place] for place in places]
        return np.array([row[0] for row in known]), np.array([row[1] for row in known])

    def _graph(self) -> Floats:
        """Return the corners, having measured the ways between them."""
        if self._corners is None:
            rings = [_corners(ring) for polygon in self._polygons for ring in polygon.rings]
            corners = np.vstack(rings)
            free = ~np.any([polygon.inside(corners) for polygon in self._polygons], axis=0)
            corners = corners[free]
            i, j = np.triu_indices(len(corners), k=1)
            metres = np.hypot(*(corners[i] - corners[j]).T)
            metres[self.blocked(corners[i], corners[j])] = math.inf
            direct = np.full((len(corners), len(corners)), math.inf)
            direct[i, j] = direct[j, i] = metres
            self._between = np.asarray(shortest_path(direct, method="D", directed=False))
            self._corners = corners
        return self._corners


@lru_cache(maxsize=64)
def obstacles_of(areas: tuple[NoGoArea, ...]) -> Obstacles:
    """Return the obstacles that areas make; the same areas share them, with all they have learnt."""
    return Obstacles(areas)


def _corners(ring: Floats) -> Floats:
    """Return a point on either side of each vertex, ``MARGIN_M`` away along the bisector."""
    vertices = ring[:-1]
    before, after = vertices - np.roll(vertices, 1, axis=0), np.roll(vertices, -1, axis=0) - vertices
    normal = _unit(_unit(before) + _unit(after))[:, ::-1] * (1.0, -1.0)
    return np.vstack((vertices + MARGIN_M * normal, vertices - MARGIN_M * normal))


def _unit(vectors: Floats) -> Floats:
    length = np.hypot(*vectors.T)[:, None]
    return np.asarray(vectors / np.where(length == 0.0, 1.0, length))


def _cross(a: Floats, b: Floats, c: Floats, d: Floats) -> Flags:
    """Tell which segments ab properly cross any of the segments cd; broadcast, then over all cd."""
    apart = _left_of(c, d, a) != _left_of(c, d, b)
    return np.asarray((apart & (_left_of(a, b, c) != _left_of(a, b, d))).any(axis=1))


def _left_of(a: Floats, b: Floats, c: Floats) -> Flags:
    """Tell where c lies left of the line ab; on it counts, so that ways through corners cross."""
    ab, ac = b - a, c - a
    return np.asarray(ab[..., 0] * ac[..., 1] >= ab[..., 1] * ac[..., 0])
