"""Riding times between the numbered places of one planning problem.

The ``TravelTimes`` port speaks in places; a solver asks for the same places thousands of times. ``Legs``
numbers them once. An implementation of the port may offer ``prepare`` to answer faster than by a matrix.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import msgspec
import numpy as np
import numpy.typing as npt

from domain.courier import Vehicle
from domain.geo import LonLat
from domain.ports import TravelTimes

Seconds = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


class LegTime(msgspec.Struct, frozen=True):
    """Riding seconds of one leg, and whether they follow streets or a straight line.

    Attributes:
        straight_s: what the straight line says where ``seconds`` follow streets.
    """

    seconds: float
    along_streets: bool = False
    straight_s: float | None = None


@runtime_checkable
class TellsLegs(Protocol):
    """Travel times that tell single legs at once, and how they know."""

    def leg(self, origin: LonLat, destination: LonLat, vehicle: Vehicle) -> LegTime: ...


class Legs(Protocol):
    """Riding seconds between numbered places."""

    def seconds(self, origin: int, destination: int, vehicle: Vehicle) -> float:
        """Return the riding time of one leg."""
        ...

    def block(self, origins: Sequence[int], destinations: Sequence[int], vehicle: Vehicle) -> Seconds:
        """Return riding times, one row per origin."""
        ...


@runtime_checkable
class PairsLegs(Protocol):
    """Legs that tell many ways at once, pair by pair."""

    def pairs(self, origins: Places, destinations: Places, vehicle: Vehicle) -> Seconds: ...


def legs_between(places: Sequence[LonLat], travel_times: TravelTimes) -> Legs:
    """Return legs between ``places`` from any implementation of the port."""
    # Asked for every route of every plan: looking at a protocol's members takes longer than the legs do.
    prepare: Callable[[Sequence[LonLat]], Legs] | None = getattr(travel_times, "prepare", None)
    return MatrixLegs(places, travel_times) if prepare is None else prepare(places)


def leg_time(travel_times: TravelTimes, origin: LonLat, destination: LonLat, vehicle: Vehicle) -> LegTime:
    """Return one leg from any implementation of the port."""
    if isinstance(travel_times, TellsLegs):
        return travel_times.leg(origin, destination, vehicle)
    return LegTime(float(travel_times.matrix_s([origin], [destination], vehicle)[0][0]))


class MatrixLegs:
    """Legs from one matrix per vehicle, asked for when first needed."""

    __slots__ = ("_matrices", "_places", "_travel_times")

    def __init__(self, places: Sequence[LonLat], travel_times: TravelTimes) -> None:
        self._places = places
        self._travel_times = travel_times
        self._matrices: dict[Vehicle, Seconds] = {}

    def seconds(self, origin: int, destination: int, vehicle: Vehicle) -> float:
        """Return the riding time of one leg."""
        return self._matrix(vehicle).item(origin, destination)

    def block(self, origins: Sequence[int], destinations: Sequence[int], vehicle: Vehicle) -> Seconds:
        """Return riding times, one row per origin."""
        return self._matrix(vehicle)[np.ix_(origins, destinations)]

    def _matrix(self, vehicle: Vehicle) -> Seconds:
        if vehicle not in self._matrices:
            rows = self._travel_times.matrix_s(self._places, self._places, vehicle)
            self._matrices[vehicle] = np.asarray(rows, dtype=np.float64)
        return self._matrices[vehicle]
