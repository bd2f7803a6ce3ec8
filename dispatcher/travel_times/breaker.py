"""Leaves a server that keeps failing alone for a while."""

import time
from collections.abc import Callable

FAILURES_MAX = 3
BREAK_S = 10.0


class Breaker:
    """Counts failures in a row.

    Args:
        now_s: a monotonic clock.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._failures = 0
        self._closed_until_s = float("-inf")

    @property
    def resting(self) -> bool:
        """Whether the server failed so often that it is left alone for now."""
        return self._now_s() < self._closed_until_s

    def failed(self) -> bool:
        """Take a failure; returns whether the server is left alone from now on."""
        self._failures += 1
        if self._failures < FAILURES_MAX:
            return False
        self._closed_until_s = self._now_s() + BREAK_S
        return True

    def answered(self) -> None:
        """Take an answer."""
        self._failures = 0
