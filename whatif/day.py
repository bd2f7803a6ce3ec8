"""A day as the simulation takes it: orders, riders with their shifts, in seconds since midnight."""

import msgspec

from domain.courier import Vehicle
from domain.geo import LonLat

Span = tuple[int, int]
"""From and until, seconds since midnight of the first day."""


class SimOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One order as it was placed.

    Attributes:
        id: names its chances too: the same in every variant of the day.
        due_s: when the customer was told it comes, None when nothing was said.
    """

    id: str
    pickup: LonLat
    dropoff: LonLat
    placed_s: int
    ready_s: int
    due_s: int | None = None


class SimRider(msgspec.Struct, frozen=True, kw_only=True):
    """One rider; ``shifts`` in order, not touching each other."""

    id: str
    vehicle: Vehicle
    at: LonLat
    shifts: tuple[Span, ...]

    def works(self, at_s: int) -> bool:
        """Tell whether a shift runs at a moment."""
        return any(on <= at_s < off for on, off in self.shifts)


class SimDay(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known of a day."""

    orders: tuple[SimOrder, ...]
    riders: tuple[SimRider, ...]

    def begin_s(self) -> int:
        """Return when the simulation begins: a quarter of an hour before the first order."""
        return max(0, min(order.placed_s for order in self.orders) - 900)
