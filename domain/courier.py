"""Couriers, their vehicles and their shifts."""

import enum

import msgspec

from domain.ids import CourierId, FleetId


class Vehicle(enum.StrEnum):
    """What a courier rides."""

    WALKING = "walking"
    BICYCLE = "bicycle"
    CARGO_BIKE = "cargo_bike"
    MOTORCYCLE = "motorcycle"
    CAR = "car"


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """What fits on a vehicle at once: weight in grams, volume in litres, number of orders."""

    weight_g: int
    volume_l: float
    orders: int


class VehicleClass(msgspec.Struct, frozen=True, kw_only=True):
    """Default figures of a vehicle: riding speed in a city, the fastest credible fix, and its load."""

    cruise_mps: float
    believable_mps: float
    capacity: Capacity


VEHICLE_CLASSES: dict[Vehicle, VehicleClass] = {
    Vehicle.WALKING: VehicleClass(
        cruise_mps=1.35,
        believable_mps=6.0,
        capacity=Capacity(weight_g=8_000, volume_l=35, orders=2),
    ),
    Vehicle.BICYCLE: VehicleClass(
        cruise_mps=4.4,
        believable_mps=19.0,
        capacity=Capacity(weight_g=15_000, volume_l=60, orders=4),
    ),
    Vehicle.CARGO_BIKE: VehicleClass(
        cruise_mps=4.0,
        believable_mps=17.0,
        capacity=Capacity(weight_g=120_000, volume_l=400, orders=12),
    ),
    Vehicle.MOTORCYCLE: VehicleClass(
        cruise_mps=7.5,
        believable_mps=36.0,
        capacity=Capacity(weight_g=30_000, volume_l=90, orders=4),
    ),
    Vehicle.CAR: VehicleClass(
        cruise_mps=7.0,
        believable_mps=45.0,
        capacity=Capacity(weight_g=300_000, volume_l=600, orders=10),
    ),
}


class ShiftState(enum.StrEnum):
    """Whether a courier works now."""

    ON = "on"
    OFF = "off"
    BREAK = "break"


class Courier(msgspec.Struct, frozen=True, kw_only=True):
    """A member of a fleet who carries orders.

    Attributes:
        capacity: None means the vehicle's default.
        trailer: what fits on a trailer on top of that, None without one.
        skills: what orders may require, for example ``cargo`` or ``cold``.
        shift_ends_at_ms: planned end of the running shift, or None when open.
        auto_accept: assignments need no reply (the courier agreed to that).
    """

    id: CourierId
    fleet: FleetId
    name: str
    vehicle: Vehicle = Vehicle.BICYCLE
    capacity: Capacity | None = None
    trailer: Capacity | None = None
    skills: frozenset[str] = frozenset()
    phone: str | None = None
    shift: ShiftState = ShiftState.OFF
    shift_started_at_ms: int | None = None
    shift_ends_at_ms: int | None = None
    auto_accept: bool = False
    active: bool = True
    version: int = 1

    def vehicle_limit(self) -> Capacity:
        """Return the courier's own capacity, else the vehicle's; without a trailer."""
        return self.capacity or VEHICLE_CLASSES[self.vehicle].capacity

    def load_limit(self) -> Capacity:
        """Return what fits on at once, on the vehicle and its trailer together."""
        own, more = self.vehicle_limit(), self.trailer
        if more is None:
            return own
        return Capacity(
            weight_g=own.weight_g + more.weight_g,
            volume_l=own.volume_l + more.volume_l,
            orders=own.orders + more.orders,
        )


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of work; ``ended_at_ms`` is None while it runs. Breaks end one and start another."""

    courier_id: CourierId
    started_at_ms: int
    ended_at_ms: int | None = None
