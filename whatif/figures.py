"""Turns the log of one simulated day into figures. Minutes unless a name says otherwise.

Earnings are not known, so two proxies stand for them: paid minutes (with a stop to ride to or to serve) and
kilometres, each per hour on shift, of everybody who worked at least half an hour.
"""

import math
import statistics
from collections.abc import Sequence

import msgspec

from domain.evenness import gini, most_over_least
from domain.ids import CourierId, OrderId
from domain.order import Order, OrderStatus
from whatif.log import DayLog

WORKED_MIN = 30.0


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What the simulation knows of an order beside the desk, Unix ms: really ready, and when it was due."""

    ready_at_ms: int
    due_at_ms: int


class Wait(msgspec.Struct, frozen=True):
    """One delivered order: when it was placed, seconds since midnight, and its click-to-door, minutes."""

    placed_s: int
    minutes: float


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One day's outcome; None where nothing was observed.

    Attributes:
        late_pct: share of delivered orders that came after they were due.
        idle_pct: share of shift time without a stop to ride to or to serve.
        gini_paid: Gini coefficient of paid minutes per hour on shift: 0 all alike, 1 one has all.
        gini_km: the same of kilometres.
        max_min_paid: most over least paid minutes per hour on shift; None when somebody had none.
        changes_per_order: taken from one courier for another without a no, and rides broken off, per order.
    """

    orders: int
    delivered: int
    undelivered: int
    click_to_door_min: float | None
    click_to_door_p90_min: float | None
    late_pct: float | None
    ready_to_pickup_min: float | None
    riding_min_per_order: float | None
    km_per_order: float | None
    rider_hours: float
    orders_per_rider_hour: float | None
    idle_pct: float | None
    gini_paid: float | None
    gini_km: float | None
    max_min_paid: float | None
    riders_without_work: int
    changes_per_order: float
    offers_expired: int
    offers_declined: int
    reasons: dict[str, int]
    waits: list[Wait]


def figures_of(log: DayLog, truths: dict[OrderId, Truth], midnight_ms: int, end_ms: int) -> Figures:
    """Return the figures of a day that ended at ``end_ms``."""
    done = [order for order in log.orders.values() if order.status == OrderStatus.DELIVERED]
    minutes = [_minutes(order.placed_at_ms, order, OrderStatus.DELIVERED) for order in done]
    late = [order.reached_at_ms[OrderStatus.DELIVERED] > truths[order.id].due_at_ms for order in done]
    to_pickup = [_minutes(truths[order.id].ready_at_ms, order, OrderStatus.PICKED_UP) for order in done]
    work = _work(log, end_ms)
    shift_min, paid_min = sum(w.shift_min for w in work.values()), sum(w.paid_min for w in work.values())
    steady = [w for w in work.values() if w.shift_min >= WORKED_MIN]
    paid = [w.paid_min / w.shift_min for w in steady]
    count = max(1, len(done))
    return Figures(
        orders=len(truths),
        delivered=len(done),
        undelivered=len(truths) - len(done),
        click_to_door_min=_mean(minutes),
        click_to_door_p90_min=_p90(minutes),
        late_pct=None if not late else 100 * sum(late) / len(late),
        ready_to_pickup_min=_mean([max(0.0, value) for value in to_pickup]),
        riding_min_per_order=sum(log.ridden_s.values()) / 60 / count if done else None,
        km_per_order=sum(log.ridden_m.values()) / 1000 / count if done else None,
        rider_hours=shift_min / 60,
        orders_per_rider_hour=len(done) * 60 / shift_min if shift_min else None,
        idle_pct=100 * (1 - paid_min / shift_min) if shift_min else None,
        gini_paid=gini(paid),
        gini_km=gini([w.km / w.shift_min for w in steady]),
        max_min_paid=most_over_least(paid),
        riders_without_work=sum(1 for value in paid if value == 0),
        changes_per_order=(log.moved + log.diverted) / max(1, len(truths)),
        offers_expired=log.offers.get("expired", 0),
        offers_declined=log.offers.get("declined", 0),
        reasons=_reasons(log, truths),
        waits=[
            Wait((order.placed_at_ms - midnight_ms) // 1000, round(wait, 3))
            for order, wait in zip(done, minutes, strict=True)
        ],
    )


class _Work(msgspec.Struct):
    shift_min: float = 0.0
    paid_min: float = 0.0
    km: float = 0.0


def _work(log: DayLog, end_ms: int) -> dict[CourierId, _Work]:
    work: dict[CourierId, _Work] = {}
    for shift in log.shifts:
        mine = work.setdefault(shift.rider, _Work())
        mine.shift_min += ((shift.until_ms or end_ms) - shift.from_ms) / 60_000
        mine.paid_min += shift.busy_ms / 60_000
    for rider, metres in log.ridden_m.items():
        work[rider].km += metres / 1000
    return work


def _reasons(log: DayLog, truths: dict[OrderId, Truth]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for order_id in truths:
        order = log.orders.get(order_id)
        if order is None or order.status != OrderStatus.DELIVERED:
            reason = "not_placed" if order is None else order.unassigned_reason or order.status.value
            counts[reason] = counts.get(reason, 0) + 1
    return counts


def _minutes(since_ms: int, order: Order, status: OrderStatus) -> float:
    return (order.reached_at_ms[status] - since_ms) / 60_000


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None


def _p90(values: Sequence[float]) -> float | None:
    """Return the 90th percentile by nearest rank."""
    return sorted(values)[math.ceil(0.9 * len(values)) - 1] if values else None
