"""Compares variants over seeds: means with intervals, and paired differences: what is beyond chance.

Intervals are Student's t at 95 %. Differences are taken seed by seed: both days had the same luck, so what
they have in common cancels out (common random numbers).
"""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence

import msgspec
from scipy.special import stdtrit

from whatif.day import Span
from whatif.figures import Figures


class Estimate(msgspec.Struct, frozen=True):
    """A mean over seeds and half the width of its 95 % interval; None with fewer than two seeds."""

    mean: float
    half: float | None
    seeds: int

    def beyond_chance(self) -> bool:
        """Tell whether the interval leaves out zero."""
        return self.half is not None and abs(self.mean) > self.half


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table.

    Attributes:
        name: of the field of ``Figures``.
        title: what people read.
        digits: behind the point.
    """

    name: str
    title: str
    digits: int = 1


MEASURES = (
    Measure(name="delivered", title="orders delivered"),
    Measure(name="undelivered", title="orders not delivered"),
    Measure(name="click_to_door_min", title="click-to-door, mean, min", digits=2),
    Measure(name="click_to_door_p90_min", title="click-to-door, 90 % within, min"),
    Measure(name="late_pct", title="later than told, %"),
    Measure(name="ready_to_pickup_min", title="ready-to-pickup, mean, min", digits=2),
    Measure(name="riding_min_per_order", title="riding per order, min", digits=2),
    Measure(name="rider_hours", title="rider hours"),
    Measure(name="orders_per_rider_hour", title="orders per rider hour", digits=2),
    Measure(name="idle_pct", title="riders idle, % of shift"),
    Measure(name="gini_paid", title="Gini, paid minutes", digits=3),
    Measure(name="gini_km", title="Gini, kilometres", digits=3),
    Measure(name="max_min_paid", title="max/min, paid minutes"),
    Measure(name="changes_per_order", title="changes per order", digits=3),
)

Days = Mapping[int, Figures]
"""One variant's figures by seed."""


def estimate(values: Sequence[float]) -> Estimate | None:
    """Return mean and interval, None without values."""
    if not values:
        return None
    n = len(values)
    half = None
    if n > 1:
        half = float(stdtrit(n - 1, 0.975)) * statistics.stdev(values) / math.sqrt(n)
    return Estimate(statistics.fmean(values), half, n)


def level(days: Days, of: Callable[[Figures], float | None]) -> Estimate | None:
    """Return a measure's mean over seeds."""
    return estimate([value for figures in days.values() if (value := of(figures)) is not None])


def difference(base: Days, other: Days, of: Callable[[Figures], float | None]) -> Estimate | None:
    """Return how far ``other`` is above ``base``, seed by seed."""
    gaps = []
    for seed in base.keys() & other.keys():
        before, after = of(base[seed]), of(other[seed])
        if before is not None and after is not None:
            gaps.append(after - before)
    return estimate(sorted(gaps))


def measure(name: str) -> Callable[[Figures], float | None]:
    """Return what reads a field of the figures."""
    return lambda figures: getattr(figures, name)


def wait_within(hours: Span | None) -> Callable[[Figures], float | None]:
    """Return what reads the mean click-to-door of orders placed within hours."""
    if hours is None:
        return measure("click_to_door_min")

    def mean(figures: Figures) -> float | None:
        waits = [wait.minutes for wait in figures.waits if hours[0] <= wait.placed_s < hours[1]]
        return statistics.fmean(waits) if waits else None

    return mean


def orders_within(hours: Span | None, figures: Figures) -> int:
    """Return how many delivered orders were placed within hours."""
    if hours is None:
        return figures.delivered
    return sum(1 for wait in figures.waits if hours[0] <= wait.placed_s < hours[1])
