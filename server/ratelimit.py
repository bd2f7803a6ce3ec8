"""Token buckets per token and per address. Synchronous, in wall time, bounded in memory."""

import time
from collections import OrderedDict
from collections.abc import Callable

from domain.errors import TooMany

MAX_BUCKETS = 50_000


class RateLimit:
    """Allows ``rate`` requests a second and ``burst`` at once per key; forgets the idlest keys first."""

    def __init__(self, rate: float, burst: float, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._now = monotonic_s
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, cost: float = 1.0) -> None:
        """Spend ``cost`` of the key's allowance.

        Raises:
            TooMany: ``rate_limited`` with ``retry_after_s``.
        """
        now = self._now()
        tokens, since = self._buckets.get(key, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._rate)
        if tokens < cost:
            self._store(key, tokens, now)
            wait_s = max(1, round((cost - tokens) / self._rate + 0.5))
            raise TooMany("rate_limited", f"too many requests; try again in {wait_s} s", retry_after_s=wait_s)
        self._store(key, tokens - cost, now)

    def _store(self, key: str, tokens: float, now: float) -> None:
        self._buckets[key] = (tokens, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
