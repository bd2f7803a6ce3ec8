"""Who works now and where they are: couriers, shifts, presence, newest positions.

In memory; the desk writes the store. It knows no orders and decides nothing.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from domain.courier import Courier, ShiftState
from domain.errors import NotFound
from domain.geo import LonLat
from domain.ids import CourierId
from domain.position import Position, Presence


class Roster:
    """The couriers of one fleet."""

    def __init__(self, couriers: Iterable[Courier], now_ms: int) -> None:
        self._couriers = {courier.id: courier for courier in couriers}
        self._positions: dict[CourierId, Position] = {}
        self._presence: dict[CourierId, Presence] = {}
        self._since_ms: dict[CourierId, int] = {}
        self._opened_at_ms = now_ms

    def all(self) -> Mapping[CourierId, Courier]:
        """Return a live, read-only view of all couriers."""
        return MappingProxyType(self._couriers)

    def get(self, courier_id: CourierId) -> Courier:
        """Return a courier.

        Raises:
            NotFound: ``no_such_courier``.
        """
        courier = self._couriers.get(courier_id)
        if courier is None:
            raise NotFound("no_such_courier", f"There is no courier {courier_id}.", courier_id=courier_id)
        return courier

    def find(self, courier_id: CourierId) -> Courier | None:
        """Return a courier, or None."""
        return self._couriers.get(courier_id)

    def put(self, courier: Courier) -> None:
        """Add or replace a courier."""
        self._couriers[courier.id] = courier

    def moved(self, position: Position, presence: Presence, at_ms: int) -> None:
        """Take a courier's newest position."""
        known = self._positions.get(position.courier_id)
        if known is None or position.fix_at_ms >= known.fix_at_ms:
            self._positions[position.courier_id] = position
        self.seen(position.courier_id, presence, at_ms)

    def seen(self, courier_id: CourierId, presence: Presence, at_ms: int) -> bool:
        """Take a courier's presence; returns whether it changed."""
        if self._presence.get(courier_id) == presence:
            return False
        self._presence[courier_id] = presence
        self._since_ms[courier_id] = at_ms
        return True

    def position(self, courier_id: CourierId) -> Position | None:
        """Return the newest position, or None before the first fix."""
        return self._positions.get(courier_id)

    def at(self, courier_id: CourierId) -> LonLat | None:
        """Return where a courier is, or None before the first fix."""
        known = self._positions.get(courier_id)
        return known.at if known else None

    def presence(self, courier_id: CourierId) -> Presence:
        """Return a courier's presence; offline until heard of."""
        return self._presence.get(courier_id, Presence.OFFLINE)

    def on_shift(self, courier_id: CourierId) -> bool:
        """Tell whether a courier works now (a break is not work)."""
        courier = self._couriers.get(courier_id)
        return courier is not None and courier.active and courier.shift == ShiftState.ON

    def may_be_asked(self, courier_id: CourierId) -> bool:
        """Tell whether a courier is on shift, in contact and placed on the map."""
        return (
            self.on_shift(courier_id)
            and self.presence(courier_id) != Presence.OFFLINE
            and courier_id in self._positions
        )

    def offline_for_s(self, courier_id: CourierId, now_ms: int) -> float:
        """Return for how many seconds a courier has been offline, 0 when in contact.

        A courier never heard of counts from the moment the roster was opened.
        """
        if self.presence(courier_id) != Presence.OFFLINE:
            return 0.0
        since_ms = self._since_ms.get(courier_id, self._opened_at_ms)
        return max(0.0, (now_ms - max(since_ms, self._opened_at_ms)) / 1000)
