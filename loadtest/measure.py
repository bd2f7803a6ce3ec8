"""Hands what happened on sockets to Locust's statistics, so that they stand beside HTTP in one report."""

import time
from typing import Any


class Measure:
    """Fires Locust's ``request`` event."""

    def __init__(self, environment: Any) -> None:
        self._fire = environment.events.request.fire

    def done(self, kind: str, name: str, elapsed_ms: float, size: int = 0) -> None:
        """Record a success."""
        self._fire(
            request_type=kind,
            name=name,
            response_time=elapsed_ms,
            response_length=size,
            exception=None,
            context={},
        )

    def failed(self, kind: str, name: str, reason: str) -> None:
        """Record a failure."""
        self._fire(
            request_type=kind,
            name=name,
            response_time=0,
            response_length=0,
            exception=RuntimeError(reason),
            context={},
        )


def since_ms(start_s: float) -> float:
    """Return milliseconds since a ``perf_counter`` reading."""
    return (time.perf_counter() - start_s) * 1000


def now_ms() -> int:
    """Return the wall's Unix milliseconds."""
    return time.time_ns() // 1_000_000
