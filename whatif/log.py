"""What is written down while a simulated day runs: orders' courses, offers, shifts, rides."""

import msgspec

from domain.events import Event, OfferEnded, OrderChanged
from domain.ids import CourierId, OrderId
from domain.order import Order, OrderStatus

HELD = frozenset({OrderStatus.OFFERED, OrderStatus.ASSIGNED, OrderStatus.AT_PICKUP})


class ShiftLog(msgspec.Struct, kw_only=True):
    """One stretch of work, Unix ms; ``busy_ms`` with a stop to go to or to serve."""

    rider: CourierId
    from_ms: int
    until_ms: int | None = None
    busy_ms: int = 0


class DayLog:
    """Everything the figures of a day are made of. Written by riders and by the desk's events."""

    def __init__(self) -> None:
        self.orders: dict[OrderId, Order] = {}
        self.offers: dict[str, int] = {}
        self.shifts: list[ShiftLog] = []
        self.ridden_m: dict[CourierId, float] = {}
        self.ridden_s: dict[CourierId, float] = {}
        self.diverted = 0
        self.moved = 0
        self.acts = 0
        self.refused: list[str] = []
        self._holder: dict[OrderId, CourierId] = {}
        self._gave_up: set[tuple[OrderId, CourierId]] = set()

    def listen(self, event: Event) -> None:
        """Take note of one event of the desk."""
        if isinstance(event, OrderChanged):
            self.orders[event.order.id] = event.order
            self._follow(event.order)
        elif isinstance(event, OfferEnded):
            self.offers[event.result] = self.offers.get(event.result, 0) + 1
            if event.result in ("declined", "expired"):
                self._gave_up |= {(order_id, event.courier_id) for order_id in event.order_ids}

    def begin_shift(self, rider: CourierId, now_ms: int) -> ShiftLog:
        """Return the log of a shift that begins."""
        shift = ShiftLog(rider=rider, from_ms=now_ms)
        self.shifts.append(shift)
        return shift

    def rode(self, rider: CourierId, metres: float, seconds: float, *, finished: bool) -> None:
        """Note a ride, to its end or until the route led elsewhere."""
        self.ridden_m[rider] = self.ridden_m.get(rider, 0.0) + metres
        self.ridden_s[rider] = self.ridden_s.get(rider, 0.0) + seconds
        self.diverted += not finished

    def _follow(self, order: Order) -> None:
        """Count an order that is taken from one rider and given to another, unless the first said no."""
        if order.courier_id is None or order.status not in HELD:
            return
        before = self._holder.get(order.id)
        self._holder[order.id] = order.courier_id
        if before not in (None, order.courier_id) and (order.id, before) not in self._gave_up:
            self.moved += 1
