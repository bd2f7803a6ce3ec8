"""How much each courier has worked today: minutes with orders in hand, minutes on shift, metres ridden.

What fairness compares, and what couriers and dispatchers see. A working day begins with the first shift after
a long pause; a break within it takes nothing away. Minutes come back from the record after a restart, metres
from ``dispatcher.memory``. Fed by the desk's own events; decides nothing.
"""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from domain.courier import Courier, Shift, ShiftState
from domain.geo import LonLat, distance_m
from domain.ids import CourierId, OrderId
from domain.lifecycle import CARRIED, FINAL
from domain.order import Order, OrderStatus
from domain.ports import CourierWork

DAY_GAP_MS = 4 * 3_600_000
"""Whoever was off for longer begins a new working day."""

STEP_M = 15.0
"""Shorter moves may be a phone that wavers."""


class Span(msgspec.Struct):
    """A stretch of time, Unix ms; it still runs while ``end_ms`` is None."""

    start_ms: int
    end_ms: int | None = None


class Day(msgspec.Struct):
    """One courier's working day."""

    shifts: list[Span] = []
    jobs: dict[OrderId, Span] = {}
    ridden_m: float = 0.0
    at: LonLat | None = None


class WorkBook:
    """The working days of one fleet; one writer, the desk."""

    def __init__(self) -> None:
        self._days: defaultdict[CourierId, Day] = defaultdict(Day)
        self._shared: tuple[int, float] | None = None

    def recall(self, shifts: Iterable[Shift], orders: Iterable[Order], now_ms: int) -> None:
        """Take what the record knows of the last hours; shifts oldest first."""
        for shift in shifts:
            self._begin(shift.courier_id, shift.started_at_ms)
            if shift.ended_at_ms is not None:
                self._pause(shift.courier_id, shift.ended_at_ms)
        for order in orders:
            assigned_ms = order.reached_at_ms.get(OrderStatus.ASSIGNED)
            if order.courier_id is None or assigned_ms is None or order.courier_id not in self._days:
                continue
            end_ms = order.reached_at_ms.get(order.status) if order.status in FINAL else None
            day = self._days[order.courier_id]
            if end_ms is None or end_ms > self._since_ms(day, now_ms):
                day.jobs[order.id] = Span(assigned_ms, end_ms)

    def ridden(self) -> dict[CourierId, tuple[int, float]]:
        """Return the beginning of everybody's working day, and the metres ridden since."""
        return {c: (day.shifts[0].start_ms, day.ridden_m) for c, day in self._days.items() if day.shifts}

    def shift(self, courier: Courier, at_ms: int) -> None:
        """Take a courier's shift as it is now."""
        self._shared = None
        if courier.shift == ShiftState.ON:
            self._begin(courier.id, courier.shift_started_at_ms or at_ms)
        else:
            self._pause(courier.id, at_ms)

    def order(self, order: Order, at_ms: int) -> None:
        """Take an order as it is now: whoever carries it works, and nobody else works on it."""
        self._shared = None
        carrier = order.courier_id if order.status in CARRIED else None
        for courier_id, day in self._days.items():
            span = day.jobs.get(order.id)
            if span is not None and span.end_ms is None and courier_id != carrier:
                span.end_ms = max(span.start_ms, at_ms)
        if carrier is not None:
            span = self._days[carrier].jobs.get(order.id)
            if span is None or span.end_ms is not None:
                start_ms = at_ms if span is None else span.start_ms
                self._days[carrier].jobs[order.id] = Span(start_ms)

    def moved(self, courier_id: CourierId, at: LonLat) -> None:
        """Take a courier's new place; what is ridden off shift does not count."""
        day = self._days.get(courier_id)
        if day is None or not day.shifts or day.shifts[-1].end_ms is not None:
            return
        way_m = STEP_M if day.at is None else distance_m(day.at, at)
        if way_m < STEP_M:
            return
        day.ridden_m += 0.0 if day.at is None else way_m
        day.at = at

    def rode(self, courier_id: CourierId, metres: float) -> None:
        """Add what was ridden before a restart."""
        if courier_id in self._days:
            self._days[courier_id].ridden_m += metres

    def of(self, courier_id: CourierId, now_ms: int) -> CourierWork:
        """Return what a courier has done today, next to the fleet's mean."""
        busy, on_shift = self.minutes(courier_id, now_ms)
        return CourierWork(
            busy_min=round(busy, 1),
            on_shift_min=round(on_shift, 1),
            distance_m=round(self._days[courier_id].ridden_m) if courier_id in self._days else 0,
            above_mean_min=round(busy - self._share(now_ms) * on_shift, 1),
            since_ms=self._since_ms(self._days[courier_id], now_ms) if courier_id in self._days else None,
        )

    def minutes(self, courier_id: CourierId, now_ms: int) -> tuple[float, float]:
        """Return today's minutes with orders in hand, and on shift."""
        day = self._days.get(courier_id)
        if day is None:
            return 0.0, 0.0
        since_ms = self._since_ms(day, now_ms)
        return _covered_min(day.jobs.values(), since_ms, now_ms), _covered_min(day.shifts, since_ms, now_ms)

    def _share(self, now_ms: int) -> float:
        """Return busy over shift time of everybody who is on shift now, as of this second."""
        if self._shared is None or self._shared[0] != now_ms // 1000:
            self._shared = now_ms // 1000, self._share_now(now_ms)
        return self._shared[1]

    def _share_now(self, now_ms: int) -> float:
        on = [c for c, day in self._days.items() if day.shifts and day.shifts[-1].end_ms is None]
        figures = [self.minutes(courier_id, now_ms) for courier_id in on]
        total = sum(on_shift for _, on_shift in figures)
        return sum(busy for busy, _ in figures) / total if total > 0 else 0.0

    def _since_ms(self, day: Day, now_ms: int) -> int:
        return day.shifts[0].start_ms if day.shifts else now_ms

    def _begin(self, courier_id: CourierId, at_ms: int) -> None:
        day = self._days[courier_id]
        last = day.shifts[-1] if day.shifts else None
        if last is not None and last.end_ms is None:
            return
        if last is not None and last.end_ms is not None and at_ms - last.end_ms > DAY_GAP_MS:
            open_jobs = {order_id: span for order_id, span in day.jobs.items() if span.end_ms is None}
            day = self._days[courier_id] = Day(jobs=open_jobs)
        day.shifts.append(Span(at_ms))

    def _pause(self, courier_id: CourierId, at_ms: int) -> None:
        day = self._days.get(courier_id)
        if day is not None and day.shifts and day.shifts[-1].end_ms is None:
            day.shifts[-1].end_ms = max(day.shifts[-1].start_ms, at_ms)


def _covered_min(spans: Iterable[Span], since_ms: int, now_ms: int) -> float:
    """Return how many minutes at least one of the spans covers."""
    covered_ms, upto_ms = 0, since_ms
    for start_ms, end_ms in sorted((span.start_ms, span.end_ms or now_ms) for span in spans):
        covered_ms += max(0, min(end_ms, now_ms) - max(start_ms, upto_ms))
        upto_ms = max(upto_ms, end_ms)
    return covered_ms / 60_000
