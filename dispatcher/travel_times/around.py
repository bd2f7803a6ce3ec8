"""Travel times that lead around no-go areas: fulfils ``domain.ports.TravelTimes`` on top of another.

A way that would cross an area takes as much longer as the way around it is longer than the straight one. Most
ways cross nothing; comparing the sides of each area's box that their ends lie on says so at once.
"""

import math
from collections.abc import Sequence

import numpy as np

from dispatcher.model import NoGoArea
from dispatcher.travel_times.legs import Legs, LegTime, Seconds, leg_time, legs_between
from dispatcher.travel_times.obstacles import Floats, Obstacles, obstacles_of
from domain.courier import Vehicle
from domain.geo import LonLat
from domain.ports import TravelTimes

NO_WAY_S = 86_400.0
"""Stands for "there is no way"."""


def around(travel_times: TravelTimes, areas: tuple[NoGoArea, ...]) -> TravelTimes:
    """Return travel times that keep out of ``areas``."""
    return AroundAreas(travel_times, areas) if areas else travel_times


class AroundAreas:
    """See the module."""

    def __init__(self, travel_times: TravelTimes, areas: tuple[NoGoArea, ...]) -> None:
        self._travel_times = travel_times
        self._areas = areas

    def matrix_s(
        self, origins: Sequence[LonLat], destinations: Sequence[LonLat], vehicle: Vehicle
    ) -> Sequence[Sequence[float]]:
        """Return riding seconds, one row per origin, one column per destination."""
        rows = self._travel_times.matrix_s(origins, destinations, vehicle)
        factors = _Factors((*origins, *destinations), _obstacles(self._areas, vehicle))
        n, m = len(origins), len(destinations)
        longer: list[list[float]] = factors.applied(
            np.asarray(rows, dtype=np.float64).reshape(n, m), range(n), range(n, n + m)
        ).tolist()
        return longer

    def leg(self, origin: LonLat, destination: LonLat, vehicle: Vehicle) -> LegTime:
        """Return one leg at once."""
        leg = leg_time(self._travel_times, origin, destination, vehicle)
        factor = _Factors((origin, destination), _obstacles(self._areas, vehicle)).one(0, 1)
        return leg if factor == 1.0 else LegTime(min(NO_WAY_S, leg.seconds * factor), leg.along_streets)

    def prepare(self, places: Sequence[LonLat]) -> "AroundLegs":
        """Return legs between numbered places."""
        return AroundLegs(places, legs_between(places, self._travel_times), self._areas)


class AroundLegs:
    """Fulfils ``dispatcher.travel_times.legs.Legs``."""

    __slots__ = ("_areas", "_factors", "_legs", "_places")

    def __init__(self, places: Sequence[LonLat], legs: Legs, areas: tuple[NoGoArea, ...]) -> None:
        self._places = places
        self._legs = legs
        self._areas = areas
        self._factors: dict[Vehicle, _Factors] = {}

    def seconds(self, origin: int, destination: int, vehicle: Vehicle) -> float:
        """Return the riding time of one leg."""
        base_s = self._legs.seconds(origin, destination, vehicle)
        factor = self._of(vehicle).one(origin, destination)
        return base_s if factor == 1.0 else min(NO_WAY_S, base_s * factor)

    def block(self, origins: Sequence[int], destinations: Sequence[int], vehicle: Vehicle) -> Seconds:
        """Return riding times, one row per origin."""
        base_s = self._legs.block(origins, destinations, vehicle)
        return self._of(vehicle).applied(base_s, origins, destinations)

    def _of(self, vehicle: Vehicle) -> "_Factors":
        if vehicle not in self._factors:
            self._factors[vehicle] = _Factors(self._places, _obstacles(self._areas, vehicle))
        return self._factors[vehicle]


class _Factors:
    """How much longer ways between numbered places are; knows each pair it was asked for."""

    def __init__(self, places: Sequence[LonLat], obstacles: Obstacles | None) -> None:
        self._places = places
        self._obstacles = obstacles
        self._known: dict[tuple[int, int], float] = {}
        if obstacles is not None:
            self._sides = obstacles.sides(obstacles.points(places))
            bits = 1 << np.arange(4)
            self._codes: list[list[int]] = (self._sides @ bits).tolist()

    def one(self, origin: int, destination: int) -> float:
        """Return the factor of one way."""
        if self._obstacles is None:
            return 1.0
        for a, b in zip(self._codes[origin], self._codes[destination], strict=True):
            if not a & b:
                return self._exact(origin, destination)
        return 1.0

    def applied(self, base_s: Floats, origins: Sequence[int], destinations: Sequence[int]) -> Floats:
        """Return seconds with the factors of every pair."""
        if self._obstacles is None or not base_s.size:
            return base_s
        rows, columns = np.asarray(origins, dtype=np.intp), np.asarray(destinations, dtype=np.intp)
        near = np.zeros(base_s.shape, dtype=np.bool_)
        for area in range(self._sides.shape[1]):
            from_side, to_side = self._sides[rows, area], self._sides[columns, area]
            apart = np.zeros(base_s.shape, dtype=np.bool_)
            for side in range(4):
                apart |= from_side[:, None, side] & to_side[None, :, side]
            near |= ~apart
        i, j = np.nonzero(near)
        starts, ends = rows[i].tolist(), columns[j].tolist()
        factors = self._obstacles.factors([self._places[a] for a in starts], [self._places[b] for b in ends])
        longer = base_s.copy()
        longer[i, j] = np.where(factors == 1.0, base_s[i, j], np.fmin(NO_WAY_S, base_s[i, j] * factors))
        return longer

    def _exact(self, origin: int, destination: int) -> float:
        pair = (origin, destination) if origin < destination else (destination, origin)
        factor = self._known.get(pair)
        if factor is None and self._obstacles is not None:
            a, b = self._places[pair[0]], self._places[pair[1]]
            factor = float(self._obstacles.factors([a], [b])[0])
            self._known[pair] = factor
        return math.inf if factor is None else factor


def _obstacles(areas: tuple[NoGoArea, ...], vehicle: Vehicle) -> Obstacles | None:
    own = tuple(area for area in areas if not area.vehicles or vehicle in area.vehicles)
    return obstacles_of(own) if own else None
