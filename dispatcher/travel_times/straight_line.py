"""Travel times without a street network: great circle, times a detour factor, over the vehicle's speed.

Street distance in grid-like cities is 1.2 to 1.4 times the straight line (Boscoe, Henry and Zdeb 2012,
*A Nationwide Comparison of Driving Distance Versus Straight-Line Distance to Hospitals*: 1.417 in the mean
for roads; bicycles find shorter ways), hence the default of 1.3.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from dispatcher.travel_times.legs import Seconds
from domain.courier import VEHICLE_CLASSES, Vehicle
from domain.geo import EARTH_RADIUS_M, LonLat

Places = npt.NDArray[np.intp]
"""Place numbers."""
FEW_PLACES = 24
"""Up to so many places plain numbers are ready sooner than arrays: one route's, not a fleet's."""


class StraightLine:
    """Fulfils ``domain.ports.TravelTimes``.

    Args:
        detour: street metres per straight metre, 1 or more.
        speeds_mps: riding speed per vehicle; the vehicle's usual one when left out.
    """

    __slots__ = ("_s_per_m",)

    def __init__(self, detour: float = 1.3, speeds_mps: Mapping[Vehicle, float] | None = None) -> None:
        usual = {vehicle: figures.cruise_mps for vehicle, figures in VEHICLE_CLASSES.items()}
        self._s_per_m = {vehicle: detour / mps for vehicle, mps in {**usual, **(speeds_mps or {})}.items()}

    def matrix_s(
        self, origins: Sequence[LonLat], destinations: Sequence[LonLat], vehicle: Vehicle
    ) -> list[list[float]]:
        """Return riding seconds, one row per origin, one column per destination."""
        metres = _great_circle_m(_unit_vectors(origins), _unit_vectors(destinations))
        rows: list[list[float]] = (metres * self._s_per_m[vehicle]).tolist()
        return rows

    def prepare(self, places: Sequence[LonLat]) -> "StraightLegs":
        """Return legs between numbered places."""
        return StraightLegs(places, self._s_per_m)


class StraightLegs:
    """Fulfils ``dispatcher.travel_times.legs.Legs`` from unit vectors; single legs without numpy."""

    __slots__ = ("_points", "_s_per_m", "_vectors")

    def __init__(self, places: Sequence[LonLat], s_per_m: Mapping[Vehicle, float]) -> None:
        self._vectors: Seconds | None = None
        self._points: Sequence[Sequence[float]]
        if len(places) <= FEW_PLACES:
            self._points = [_unit_vector(place) for place in places]
        else:
            self._vectors = _unit_vectors(places)
            self._points = self._vectors.tolist()
        self._s_per_m = s_per_m

    def seconds(self, origin: int, destination: int, vehicle: Vehicle) -> float:
        """Return the riding time of one leg."""
        chord = math.dist(self._points[origin], self._points[destination])
        return 2 * EARTH_RADIUS_M * math.asin(min(1.0, chord / 2)) * self._s_per_m[vehicle]

    def block(self, origins: Sequence[int], destinations: Sequence[int], vehicle: Vehicle) -> Seconds:
        """Return riding times, one row per origin."""
        vectors = self._arrays()
        rows, columns = np.asarray(origins, dtype=np.intp), np.asarray(destinations, dtype=np.intp)
        return _great_circle_m(vectors[rows], vectors[columns]) * self._s_per_m[vehicle]

    def pairs(self, origins: Places, destinations: Places, vehicle: Vehicle) -> Seconds:
        """Return riding times pair by pair; the shapes are broadcast."""
        squares = np.zeros(np.broadcast_shapes(origins.shape, destinations.shape))
        for axis in self._arrays().T:
            squares += (axis[origins] - axis[destinations]) ** 2
        return _metres(squares) * self._s_per_m[vehicle]

    def _arrays(self) -> Seconds:
        if self._vectors is None:
            self._vectors = np.array(self._points, dtype=np.float64).reshape(-1, 3)
        return self._vectors


def _unit_vector(place: LonLat) -> tuple[float, float, float]:
    lon, lat = math.radians(place.lon), math.radians(place.lat)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def _unit_vectors(places: Sequence[LonLat]) -> Seconds:
    degrees = np.array([(place.lon, place.lat) for place in places], dtype=np.float64).reshape(-1, 2)
    lon, lat = np.radians(degrees).T
    return np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))


def _great_circle_m(a: Seconds, b: Seconds) -> Seconds:
    """Return metres by the chord: exact for short ways, where the dot product alone loses digits."""
    squares = np.zeros((len(a), len(b)))
    for axis in range(3):
        squares += np.subtract.outer(a[:, axis], b[:, axis]) ** 2
    return _metres(squares)


def _metres(squares: Seconds) -> Seconds:
    """Return the great circle's length from squared chords of the unit sphere."""
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(squares) / 2)))
