"""What Locust loads: the users, the lunch peak's shape, and the thresholds that decide the exit code."""

import logging
import math
from typing import Any

from locust import LoadTestShape, events

from loadtest.couriers import CourierUser
from loadtest.office import CustomerUser, DispatcherUser, ShopUser
from loadtest.settings import load_settings
from loadtest.thresholds import misses, order_counts

__all__ = ["CourierUser", "CustomerUser", "DispatcherUser", "LunchPeak", "ShopUser"]

_SETTINGS = load_settings()
_QUIET_SHARE = 0.35
_SPAWN_PER_S = 15.0
_STEP_S = 5.0


class LunchPeak(LoadTestShape):
    """Quiet, up to everybody at the middle of the run, and quiet again."""

    def tick(self) -> tuple[int, float] | None:
        """Return how many users there should be now, None at the end."""
        run_s = float(self.get_run_time())  # type: ignore[no-untyped-call]  # Locust's
        passed = run_s // _STEP_S * _STEP_S / _SETTINGS.duration_s
        if passed >= 1:
            return None
        total = len(_SETTINGS.couriers) + _SETTINGS.dispatchers + _SETTINGS.customers + _SETTINGS.shops
        bump = math.sin(math.pi * min(1.0, passed * 1.15)) ** 2
        return max(4, round(total * (_QUIET_SHARE + (1 - _QUIET_SHARE) * bump))), _SPAWN_PER_S


def decide(environment: Any, **_: Any) -> None:
    """Set the exit code: 1 when a threshold was missed."""
    log = logging.getLogger("loadtest")
    found = misses(environment.stats, _SETTINGS.thresholds, order_counts(_SETTINGS))
    for sentence in found:
        log.error("threshold missed: %s", sentence)
    if not found:
        print("every threshold was met")
    environment.process_exit_code = 1 if found else 0


events.quitting.add_listener(decide)  # type: ignore[no-untyped-call]  # Locust's
