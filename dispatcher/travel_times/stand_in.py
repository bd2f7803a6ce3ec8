"""Whose streets a vehicle without a street server of its own rides, and how much longer it takes there."""

from collections.abc import Collection

from domain.courier import VEHICLE_CLASSES, Vehicle

_NEAREST: dict[Vehicle, tuple[Vehicle, ...]] = {
    Vehicle.WALKING: (Vehicle.BICYCLE, Vehicle.CARGO_BIKE, Vehicle.MOTORCYCLE, Vehicle.CAR),
    Vehicle.BICYCLE: (Vehicle.CARGO_BIKE, Vehicle.WALKING, Vehicle.MOTORCYCLE, Vehicle.CAR),
    Vehicle.CARGO_BIKE: (Vehicle.BICYCLE, Vehicle.MOTORCYCLE, Vehicle.CAR, Vehicle.WALKING),
    Vehicle.MOTORCYCLE: (Vehicle.CAR, Vehicle.BICYCLE, Vehicle.CARGO_BIKE, Vehicle.WALKING),
    Vehicle.CAR: (Vehicle.MOTORCYCLE, Vehicle.BICYCLE, Vehicle.CARGO_BIKE, Vehicle.WALKING),
}


def stand_in(vehicle: Vehicle, served: Collection[Vehicle]) -> Vehicle:
    """Return the vehicle itself when its streets are served, else the one most like it.

    Raises:
        ValueError: nobody's streets are served.
    """
    for other in (vehicle, *_NEAREST[vehicle]):
        if other in served:
            return other
    raise ValueError("no street server")


def pace(vehicle: Vehicle, other: Vehicle) -> float:
    """Return how many times as long ``vehicle`` takes on a way as ``other`` does, by their usual speeds."""
    return VEHICLE_CLASSES[other].cruise_mps / VEHICLE_CLASSES[vehicle].cruise_mps
