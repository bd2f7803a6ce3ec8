"""A courier's body for load tests: rides straight, at a motorcycle's speed, and serves quickly. No I/O."""

import math
import random

import msgspec

from ws.messages import StopView

SPEED_MPS = 9.0
SERVICE_S = 4.0
_M_PER_DEG = 111_195.0


class Place(msgspec.Struct):
    """Where somebody is, degrees."""

    lon: float
    lat: float


class Ride:
    """Moves along a route; ``step`` says which stop was finished."""

    def __init__(self, at: Place) -> None:
        self.at = at
        self.stops: list[StopView] = []
        self.moving = False
        self._done: set[str] = set()
        self._serving_s = 0.0

    def step(self, seconds: float) -> StopView | None:
        """Ride or serve for some seconds; returns the stop that was just finished, if any."""
        stop = next((s for s in self.stops if s.stop_id not in self._done), None)
        self.moving = stop is not None and self._approach(stop, seconds)
        if stop is None or self.moving:
            return None
        self._serving_s += seconds
        if self._serving_s < SERVICE_S:
            return None
        self._serving_s = 0.0
        self._done.add(stop.stop_id)
        return stop

    def undo(self, stop_id: str) -> None:
        """Hear that the server did not take it."""
        self._done.discard(stop_id)

    def _approach(self, stop: StopView, seconds: float) -> bool:
        """Move towards a stop; False once there."""
        per_lon = _M_PER_DEG * math.cos(math.radians(self.at.lat))
        east_m, north_m = (stop.lon - self.at.lon) * per_lon, (stop.lat - self.at.lat) * _M_PER_DEG
        left_m, step_m = math.hypot(east_m, north_m), SPEED_MPS * seconds
        if left_m <= step_m:
            self.at = Place(stop.lon, stop.lat)
            return left_m > 1.0
        self.at = Place(
            self.at.lon + east_m / left_m * step_m / per_lon,
            self.at.lat + north_m / left_m * step_m / _M_PER_DEG,
        )
        return True


def near(lon: float, lat: float, radius_m: float, rng: random.Random) -> Place:
    """Return a random place within ``radius_m`` metres."""
    angle, distance_m = rng.uniform(0, math.tau), radius_m * math.sqrt(rng.random())
    return Place(
        lon + math.cos(angle) * distance_m / (_M_PER_DEG * math.cos(math.radians(lat))),
        lat + math.sin(angle) * distance_m / _M_PER_DEG,
    )
