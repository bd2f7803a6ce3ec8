"""Remembers where orders came from lately: what foresight knows. Recent orders count more."""

import math

from dispatcher.model import DemandPoint
from domain.geo import LonLat

FORGET_BELOW = 0.02
"""Places with less than this left of an order are forgotten."""


class DemandMemory:
    """Exponentially fading counts per pickup place. Single writer: whoever sees new orders.

    Args:
        half_life_s: after this long an order counts half.
    """

    def __init__(self, half_life_s: float = 5_400) -> None:
        self._half_life_ms = half_life_s * 1000
        self._count: dict[LonLat, tuple[float, int]] = {}
        self._names: dict[LonLat, str] = {}

    def add(self, at: LonLat, at_ms: int, name: str | None = None) -> None:
        """Count one order placed at ``at_ms`` for pickup at ``at``, a place called ``name``."""
        if name:
            self._names[at] = name
        self._count[at] = (self._now(at, at_ms) + 1.0, at_ms)

    def points(self, now_ms: int) -> tuple[DemandPoint, ...]:
        """Return the expected orders per hour and place, as if the near future were the near past."""
        per_hour = 3_600_000 * math.log(2) / self._half_life_ms
        counts = {at: self._now(at, now_ms) for at in self._count}
        for at in [at for at, count in counts.items() if count < FORGET_BELOW]:
            del self._count[at]
            self._names.pop(at, None)
        return tuple(
            DemandPoint(at, count * per_hour) for at, count in counts.items() if count >= FORGET_BELOW
        )

    def name(self, at: LonLat) -> str | None:
        """Return what a place is called, None when nobody said."""
        return self._names.get(at)

    def _now(self, at: LonLat, now_ms: int) -> float:
        count, since_ms = self._count.get(at, (0.0, now_ms))
        return float(count * 0.5 ** (max(0, now_ms - since_ms) / self._half_life_ms))
