"""Travel times that lead around no-go areas: fulfils ``domain.ports.TravelTimes`` on top of another.

A way that would cross an area takes as much longer as the way around it is longer than the straight one. Most
ways cross nothing; comparing the sides of each area's box that their ends lie on says so at once.
"""

import math
from collections.abc import Sequence

import numpy as np

from dispatcher.model import NoGoArea
from dispatcher.travel_times.legs import Legs, LegTime, PairsLegs, Places, Seconds, leg_time, legs_between
from dispatcher.travel_times.obstacles import CHUNK, Floats, Obstacles, obstacles_of
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
            np.asarray(rows, dtype=np.float64).reshape(n, m), np.arange(n)[:, None], np.arange(n, n + m)[None]
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
        rows, columns = np.asarray(origins, dtype=np.intp), np.asarray(destinations, dtype=np.intp)
        return self._of(vehicle).applied(base_s, rows[:, None], columns[None, :])

    def pairs(self, origins: Places, destinations: Places, vehicle: Vehicle) -> Seconds:
        """Return riding times pair by pair; the shapes are broadcast."""
        shape = np.broadcast_shapes(origins.shape, destinations.shape)
        if isinstance(self._legs, PairsLegs):
            base_s = self._legs.pairs(origins, destinations, vehicle)
        else:
            known, index = np.unique(
                np.concatenate((origins.ravel(), destinations.ravel())), return_inverse=True
            )
            block = self._legs.block(known.tolist(), known.tolist(), vehicle)
            rows = index[: origins.size].reshape(origins.shape)
            base_s = block[rows, index[origins.size :].reshape(destinations.shape)]
        return self._of(vehicle).applied(np.broadcast_to(base_s, shape), origins, destinations)

    def _of(self, vehicle: Vehicle) -> "_Factors":
        if vehicle not in self._factors:
            self._factors[vehicle] = _Factors(self._places, _obstacles(self._areas, vehicle))
        return self._factors[vehicle]


class _Factors:
    """How much longer ways between numbered places are than the straight ones."""

    def __init__(self, places: Sequence[LonLat], obstacles: Obstacles | None) -> None:
        self._places = places
        self._obstacles = obstacles
        if obstacles is not None:
            self._points = obstacles.points(places)
            self._sides = obstacles.sides(self._points) @ (1 << np.arange(4, dtype=np.uint8))
            self._codes: list[list[int]] = self._sides.tolist()

    def one(self, origin: int, destination: int) -> float:
        """Return the factor of one way."""
        if self._obstacles is None:
            return 1.0
        for a, b in zip(self._codes[origin], self._codes[destination], strict=True):
            if not a & b:
                break
        else:
            return 1.0
        ends = self._places[origin], self._places[destination]
        factor = self._obstacles.pairs.get(ends)
        if factor is None:
            factor = float(self._exact(np.array([origin]), np.array([destination]))[0])
            self._obstacles.remember(ends, factor)
        return factor

    def applied(self, base_s: Floats, origins: Places, destinations: Places) -> Floats:
        """Return seconds with the factor of each pair; the shapes of all three are broadcast."""
        if self._obstacles is None or not base_s.size:
            return base_s
        near = np.zeros(base_s.shape, dtype=np.bool_)
        for side in self._sides.T:
            near |= (side[origins] & side[destinations]) == 0
        if not near.any():
            return base_s
        size, longer = len(self._places), base_s.copy()
        pairs = np.minimum(origins, destinations) * size + np.maximum(origins, destinations)
        wanted, index = np.unique(np.broadcast_to(pairs, base_s.shape)[near], return_inverse=True)
        factors = self._exact(wanted // size, wanted % size)[index]
        longer[near] = np.where(factors == 1.0, base_s[near], np.fmin(NO_WAY_S, base_s[near] * factors))
        return longer

    def _exact(self, i: Places, j: Places) -> Floats:
        """Return the factors of pairs of places."""
        factors = np.ones(len(i))
        if self._obstacles is None:
            return factors
        crossing = np.flatnonzero(self._obstacles.blocked(self._points[i], self._points[j]))
        if not crossing.size:
            return factors
        i, j = i[crossing], j[crossing]
        used, index = np.unique(np.concatenate((i, j)), return_inverse=True)
        seen_m, by_any_m = self._obstacles.look([self._places[k] for k in used.tolist()], self._points[used])
        straight_m = np.hypot(*(self._points[j] - self._points[i]).T)
        step = max(1, CHUNK // (1 + seen_m.shape[1]))
        for first in range(0, len(i), step):
            part = slice(first, first + step)
            start, end = index[: len(i)][part], index[len(i) :][part]
            around_m = (by_any_m[start] + seen_m[end]).min(axis=1, initial=math.inf)
            factors[crossing[part]] = np.maximum(1.0, around_m / straight_m[part])
        return factors


def cut_off(areas: tuple[NoGoArea, ...]) -> frozenset[Vehicle]:
    """Return the vehicles for which these areas leave places that no way leads between."""
    own = ((vehicle, _obstacles(areas, vehicle)) for vehicle in Vehicle) if areas else ()
    return frozenset(vehicle for vehicle, obstacles in own if obstacles is not None and obstacles.encloses())


def _obstacles(areas: tuple[NoGoArea, ...], vehicle: Vehicle) -> Obstacles | None:
    own = tuple(area for area in areas if not area.vehicles or vehicle in area.vehicles)
    return obstacles_of(own) if own else None
