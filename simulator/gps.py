"""What a phone's GNSS makes of a true place.

The error has two parts, as is usual for phones in a city: a slowly wandering bias (first-order Gauss-Markov,
standard deviation ``BIAS_M`` per axis, correlation time ``BIAS_S``) and white noise (``WHITE_M`` per axis).
Now and then a street canyon multiplies both for about a minute. The reported accuracy is the 68 % radius
(1.51 standard deviations of a two-dimensional Gaussian), itself uncertain by a fifth.
"""

import math
import random

from domain.geo import LonLat, moved

BIAS_M = 4.0
BIAS_S = 60.0
WHITE_M = 1.5
CANYON_FACTOR = 3.5
_CANYON_EVERY_S = 900.0
_CANYON_S = 60.0
_R68 = 1.51


class Gps:
    """One phone's receiver; ``fix`` must be asked in time order."""

    __slots__ = ("_at_ms", "_canyon_until_ms", "_east_m", "_north_m", "_rng")

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._at_ms = 0
        self._canyon_until_ms = 0
        self._east_m = rng.gauss(0, BIAS_M)
        self._north_m = rng.gauss(0, BIAS_M)

    def fix(self, true: LonLat, at_ms: int) -> tuple[LonLat, float]:
        """Return the measured place and its reported accuracy in metres."""
        rng = self._rng
        passed_s = max(0.0, (at_ms - self._at_ms) / 1000) if self._at_ms else 0.0
        self._at_ms = at_ms
        keep = math.exp(-passed_s / BIAS_S)
        fresh = BIAS_M * math.sqrt(1 - keep * keep)
        self._east_m = self._east_m * keep + rng.gauss(0, fresh)
        self._north_m = self._north_m * keep + rng.gauss(0, fresh)
        factor = self._canyon(at_ms, passed_s)
        place = moved(
            true,
            factor * (self._east_m + rng.gauss(0, WHITE_M)),
            factor * (self._north_m + rng.gauss(0, WHITE_M)),
        )
        accuracy_m = _R68 * factor * math.hypot(BIAS_M, WHITE_M) * rng.uniform(0.8, 1.2)
        return place, accuracy_m

    def _canyon(self, at_ms: int, passed_s: float) -> float:
        if at_ms < self._canyon_until_ms:
            return CANYON_FACTOR
        if self._rng.random() < passed_s / _CANYON_EVERY_S:
            self._canyon_until_ms = at_ms + int(self._rng.expovariate(1 / _CANYON_S) * 1000)
        return 1.0
