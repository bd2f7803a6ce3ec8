"""One day of a fleet in figures: what customers got, and how paid work was shared.

From the record alone: orders' histories, shifts, and what was ridden. Earnings are not known here; minutes
with orders in hand and kilometres stand for them, each per hour on shift, of whoever worked half an hour.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from domain.courier import Shift
from domain.evenness import gini, most_over_least
from domain.ids import CourierId
from domain.lifecycle import CARRIED
from domain.order import Order, OrderEvent, OrderStatus

WORKED_MIN = 30.0

History = tuple[Order, list[OrderEvent]]
Span = tuple[int, int]


class Worked(msgspec.Struct, frozen=True, kw_only=True):
    """One courier's day; ``distance_m`` is None where no track is kept."""

    courier_id: CourierId
    on_shift_min: float
    busy_min: float
    delivered: int
    distance_m: float | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A day; times in minutes, None where nothing was observed.

    Attributes:
        late_pct: share of delivered orders that came after their window or the fleet's usual promise.
        gini_busy: 0 all alike, 1 one has all; of minutes with orders in hand per hour on shift.
        gini_distance: the same of what was ridden.
        max_min_busy: most over least; None when somebody had no work at all.
        compared: how many couriers these three compare.
    """

    delivered: int
    cancelled: int
    failed: int
    click_to_door_min: float | None
    click_to_door_p90_min: float | None
    late_pct: float | None
    gini_busy: float | None
    gini_distance: float | None
    max_min_busy: float | None
    compared: int
    couriers: list[Worked]


def day_report(
    histories: Sequence[History],
    shifts: Sequence[Shift],
    ridden_m: Mapping[CourierId, float],
    from_ms: int,
    to_ms: int,
    promise_s: float,
) -> Report:
    """Return a day's figures.

    Args:
        histories: orders to which something happened, with their events of the day.
        shifts: everybody's, those that only touch the day too.
        ridden_m: metres on shift, of those whose tracks are kept.
        from_ms: when the day begins.
        to_ms: when it ends, or now.
        promise_s: after this an order without a window is late.
    """
    ended = [(order, _reached(events, from_ms)) for order, events in histories]
    done = [(order, at[OrderStatus.DELIVERED]) for order, at in ended if OrderStatus.DELIVERED in at]
    waits = [(at_ms - order.placed_at_ms) / 60_000 for order, at_ms in done]
    workers = _workers(histories, shifts, ridden_m, from_ms, to_ms)
    steady = [one for one in workers if one.on_shift_min >= WORKED_MIN]
    shares = [one.busy_min / one.on_shift_min for one in steady]
    speeds = [one.distance_m / one.on_shift_min for one in steady if one.distance_m is not None]
    return Report(
        delivered=len(done),
        cancelled=sum(OrderStatus.CANCELLED in at for _, at in ended),
        failed=sum(OrderStatus.FAILED in at for _, at in ended),
        click_to_door_min=_rounded(statistics.fmean(waits) if waits else None, 1),
        click_to_door_p90_min=_rounded(_p90(waits), 1),
        late_pct=_rounded(100 * sum(_late(*one, promise_s) for one in done) / len(done) if done else None, 1),
        gini_busy=_rounded(gini(shares), 3),
        gini_distance=_rounded(gini(speeds), 3),
        max_min_busy=_rounded(most_over_least(shares), 2),
        compared=len(steady),
        couriers=workers,
    )


def _workers(
    histories: Sequence[History],
    shifts: Sequence[Shift],
    ridden_m: Mapping[CourierId, float],
    from_ms: int,
    to_ms: int,
) -> list[Worked]:
    """Return who was on shift that day, busiest share first."""
    on_shift: dict[CourierId, list[Span]] = {}
    for shift in shifts:
        span = (max(from_ms, shift.started_at_ms), min(to_ms, shift.ended_at_ms or to_ms))
        if span[0] < span[1]:
            on_shift.setdefault(shift.courier_id, []).append(span)
    busy: dict[CourierId, list[Span]] = {}
    delivered: dict[CourierId, int] = {}
    for _, events in histories:
        _take(events, from_ms, to_ms, busy, delivered)
    workers = [
        Worked(
            courier_id=courier_id,
            on_shift_min=round(_covered_min(spans), 1),
            busy_min=round(_covered_min(_within(busy.get(courier_id, ()), spans)), 1),
            delivered=delivered.get(courier_id, 0),
            distance_m=_rounded(ridden_m.get(courier_id), 0),
        )
        for courier_id, spans in on_shift.items()
    ]
    return sorted(workers, key=lambda one: -one.busy_min / max(one.on_shift_min, 1e-9))


def _take(
    events: Sequence[OrderEvent],
    from_ms: int,
    to_ms: int,
    busy: dict[CourierId, list[Span]],
    delivered: dict[CourierId, int],
) -> None:
    """Add who carried one order from when to when, and who delivered it."""
    carrier, since_ms = None, from_ms
    for event in events:
        now = event.courier_id if event.status in CARRIED else None
        if now != carrier:
            if carrier is not None:
                busy.setdefault(carrier, []).append((since_ms, event.at_ms))
            carrier, since_ms = now, event.at_ms
        if event.status is OrderStatus.DELIVERED and event.at_ms >= from_ms and event.courier_id is not None:
            delivered[event.courier_id] = delivered.get(event.courier_id, 0) + 1
            break
    if carrier is not None:
        busy.setdefault(carrier, []).append((since_ms, to_ms))


def _reached(events: Iterable[OrderEvent], from_ms: int) -> dict[OrderStatus, int]:
    """Return when each status was reached first, of the day's events."""
    reached: dict[OrderStatus, int] = {}
    for event in events:
        if event.at_ms < from_ms:
            continue
        reached.setdefault(event.status, event.at_ms)
    return reached


def _late(order: Order, at_ms: int, promise_s: float) -> bool:
    starts = (order.placed_at_ms, order.pickup.ready_at_ms or 0, order.pickup.window.earliest_at_ms or 0)
    usual_ms = max(*starts, order.dropoff.window.earliest_at_ms or 0) + round(promise_s * 1000)
    return at_ms > (order.dropoff.window.latest_at_ms or usual_ms)


def _within(spans: Iterable[Span], limits: Sequence[Span]) -> list[Span]:
    cut = ((max(a, c), min(b, d)) for a, b in spans for c, d in limits)
    return [(start, end) for start, end in cut if start < end]


def _covered_min(spans: Iterable[Span]) -> float:
    """Return how many minutes at least one of the spans covers."""
    covered_ms, upto_ms = 0, 0
    for start_ms, end_ms in sorted(spans):
        covered_ms += max(0, end_ms - max(start_ms, upto_ms))
        upto_ms = max(upto_ms, end_ms)
    return covered_ms / 60_000


def _p90(values: Sequence[float]) -> float | None:
    """Return the 90th percentile by nearest rank."""
    return sorted(values)[math.ceil(0.9 * len(values)) - 1] if values else None


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
