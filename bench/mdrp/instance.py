"""Reads an instance of the public mdrplib set. Times are minutes of the day, distances metres on a plane."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from domain.courier import Vehicle
from domain.geo import LonLat

Minutes = npt.NDArray[np.int64]


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The instance's constants: minutes, metres per minute, dollars."""

    metres_per_minute: float
    pickup_service: float
    dropoff_service: float
    target_click_to_door: float
    maximum_click_to_door: float
    pay_per_order: float
    pay_per_hour: float


class MealOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order; ``at`` holds metres, not degrees."""

    id: str
    at: LonLat
    restaurant: str
    placed: int
    ready: int


class MealCourier(msgspec.Struct, frozen=True, kw_only=True):
    """A courier's shift and where it begins."""

    id: str
    at: LonLat
    on: int
    off: int


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """One day of one city."""

    name: str
    parameters: Parameters
    restaurants: dict[str, LonLat]
    orders: dict[str, MealOrder]
    couriers: dict[str, MealCourier]

    def minutes(self, a: LonLat, b: LonLat) -> int:
        """Return the riding time, rounded up to whole minutes as the official evaluator does."""
        metres = math.hypot(a.lon - b.lon, a.lat - b.lat)
        return math.ceil(metres / self.parameters.metres_per_minute)


def read_instance(folder: Path) -> Instance:
    """Read the four tab-separated files of an instance."""
    figures = [float(value) for value in _rows(folder / "instance_parameters.txt")[0].values()]
    return Instance(
        name=folder.name,
        parameters=Parameters(**dict(zip(Parameters.__struct_fields__, figures, strict=True))),
        restaurants={row["restaurant"]: _place(row) for row in _rows(folder / "restaurants.txt")},
        orders={
            row["order"]: MealOrder(
                id=row["order"],
                at=_place(row),
                restaurant=row["restaurant"],
                placed=int(float(row["placement_time"])),
                ready=int(float(row["ready_time"])),
            )
            for row in _rows(folder / "orders.txt")
        },
        couriers={
            row["courier"]: MealCourier(
                id=row["courier"],
                at=_place(row),
                on=int(float(row["on_time"])),
                off=int(float(row["off_time"])),
            )
            for row in _rows(folder / "couriers.txt")
        },
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def _place(row: dict[str, str]) -> LonLat:
    return LonLat(float(row["x"]), float(row["y"]))


class PlaneTravelTimes:
    """Fulfils ``domain.ports.TravelTimes`` on an instance's plane: one table of whole minutes for the day."""

    def __init__(self, instance: Instance) -> None:
        places = [
            *instance.restaurants.values(),
            *(order.at for order in instance.orders.values()),
            *(courier.at for courier in instance.couriers.values()),
        ]
        self._number = {place: i for i, place in enumerate(places)}
        self._seconds = _table(places, instance.parameters.metres_per_minute)

    def matrix_s(
        self, origins: Sequence[LonLat], destinations: Sequence[LonLat], vehicle: Vehicle
    ) -> list[list[float]]:
        """Return riding seconds; every vehicle is as fast."""
        del vehicle
        rows, columns = self._numbers(origins), self._numbers(destinations)
        seconds: list[list[float]] = self._seconds[np.ix_(rows, columns)].astype(float).tolist()
        return seconds

    def prepare(self, places: Sequence[LonLat]) -> "PlaneLegs":
        """Return legs between numbered places."""
        return PlaneLegs(self._seconds, self._numbers(places))

    def _numbers(self, places: Sequence[LonLat]) -> list[int]:
        return [self._number[place] for place in places]


class PlaneLegs:
    """Fulfils ``dispatcher.travel_times.legs.Legs`` from the day's table."""

    __slots__ = ("_numbers", "_seconds")

    def __init__(self, seconds: npt.NDArray[np.int32], numbers: list[int]) -> None:
        self._seconds, self._numbers = seconds, numbers

    def seconds(self, origin: int, destination: int, vehicle: Vehicle) -> float:
        """Return the riding time of one leg."""
        del vehicle
        return self._seconds.item(self._numbers[origin], self._numbers[destination])

    def block(
        self, origins: Sequence[int], destinations: Sequence[int], vehicle: Vehicle
    ) -> npt.NDArray[np.float64]:
        """Return riding times, one row per origin."""
        del vehicle
        rows = [self._numbers[i] for i in origins]
        columns = [self._numbers[i] for i in destinations]
        return self._seconds[np.ix_(rows, columns)].astype(np.float64)


def _table(places: Sequence[LonLat], metres_per_minute: float) -> npt.NDArray[np.int32]:
    xy = np.array([(place.lon, place.lat) for place in places])
    east, north = (np.subtract.outer(xy[:, axis], xy[:, axis]) for axis in range(2))
    return np.asarray(np.ceil(np.hypot(east, north) / metres_per_minute) * 60, dtype=np.int32)
