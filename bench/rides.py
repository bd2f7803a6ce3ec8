"""Rides whose truth is known: where the courier was at every second and at which stops.

Synthetic rides follow a street grid: blocks of 80 to 140 m, riding speeds of 3.2 to 6.2 m/s, slowing for
turns, red lights at some crossings, and at each stop a wait at the door, which is not quite where the
address was geocoded. Up to three orders are carried at once, so the way often leads past stops that are not
meant yet. Real traces (see ``bench.traces``) come in the same form.
"""

import math
import random
from dataclasses import dataclass, field

ARRIVAL_RADIUS_M = 70.0


@dataclass(frozen=True, slots=True)
class TrueStop:
    """One visit that really happens: the geocoded place and when the courier stands there.

    Attributes:
        active_s: from when on the courier carries the order.
        arrive_s: when the path enters the circle around the place for this visit.
        leave_s: when it leaves the circle again.
    """

    name: str
    x: float
    y: float
    active_s: float
    arrive_s: float
    leave_s: float


@dataclass(slots=True)
class Ride:
    """A path second by second (metres from home, metres per second) and its stops."""

    x: list[float] = field(default_factory=list)
    y: list[float] = field(default_factory=list)
    stops: list[TrueStop] = field(default_factory=list)

    def speed_heading(self, second: int) -> tuple[float, float]:
        """Return speed (m/s) and heading (degrees) at a second, from its neighbours."""
        a, b = max(0, second - 1), min(len(self.x) - 1, second + 1)
        east, north = (self.x[b] - self.x[a]) / max(b - a, 1), (self.y[b] - self.y[a]) / max(b - a, 1)
        return math.hypot(east, north), math.degrees(math.atan2(east, north)) % 360.0


def synthetic_ride(rng: random.Random, stops: int = 10) -> Ride:
    """Return a courier's working hour or two."""
    return _Rider(rng).ride(stops)


def visit_at(ride: Ride, x: float, y: float, second: int) -> tuple[float, float]:
    """Return when the path enters and leaves the circle around a place for the visit that holds a second."""
    inside = _inside(ride, x, y)
    enter = leave = second
    while enter > 0 and inside(enter - 1):
        enter -= 1
    while leave < len(ride.x) - 1 and inside(leave + 1):
        leave += 1
    return float(enter), float(leave)


class _Rider:
    """Writes a path second by second."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._block_m = rng.uniform(80, 140)
        self._cruise = rng.uniform(3.6, 5.6)
        self._ride = Ride()
        self._x = self._y = 0.0
        self._left_over = 0.0

    def ride(self, count: int) -> Ride:
        rng, ride = self._rng, self._ride
        self._stand(rng.uniform(10, 60))
        visits: list[tuple[float, float, int]] = []
        for _ in range(count):
            x, y = self._next_place([(x, y) for x, y, _ in visits])
            self._ride_to(x, y)
            door_x, door_y = x + rng.gauss(0, 8), y + rng.gauss(0, 8)
            self._straight(door_x, door_y, 1.3)
            begins = len(ride.x)
            self._stand(min(900.0, max(45.0, rng.lognormvariate(math.log(160), 0.6))))
            visits.append((x, y, (begins + len(ride.x)) // 2))
        self._ride_to(self._x + 400, self._y + 400)
        for number, (x, y, middle) in enumerate(visits):
            enter, leave = visit_at(ride, x, y, middle)
            carried = max(0, number - rng.choice([1, 2, 3, 3]))
            active = 0.0 if carried == 0 else float(visits[carried - 1][2])
            ride.stops.append(TrueStop(f"s{number}", x, y, min(active, enter - 1), enter, leave))
        return ride

    def _next_place(self, known: list[tuple[float, float]]) -> tuple[float, float]:
        """Return a place beside a street, 400 to 2,500 m away and not within another stop's reach."""
        rng, block = self._rng, self._block_m
        while True:
            angle, distance = rng.uniform(0, math.tau), rng.uniform(400, 2_500)
            x, y = self._x + distance * math.cos(angle), self._y + distance * math.sin(angle)
            if max(abs(x), abs(y)) > 3_500:
                continue
            street = round(y / block) * block
            y = street + rng.choice([-1, 1]) * rng.uniform(4, 18)
            if all(math.hypot(x - a, y - b) > 220 for a, b in known):
                return x, y

    def _ride_to(self, x: float, y: float) -> None:
        """Ride along streets: along the avenue first, then the street, with turns at corners."""
        block = self._block_m
        street = round(y / block) * block
        avenue = round(self._x / block) * block
        if self._rng.random() < 0.5:
            avenue = round((self._x + x) / 2 / block) * block
        here = round(self._y / block) * block
        for corner_x, corner_y in ((self._x, here), (avenue, here), (avenue, street), (x, street)):
            self._blocks(corner_x, corner_y)

    def _blocks(self, x: float, y: float) -> None:
        """Ride straight to a corner, crossing by crossing."""
        rng = self._rng
        while True:
            away = math.hypot(x - self._x, y - self._y)
            if away < 1.0:
                return
            leg = min(self._block_m, away)
            to_x = self._x + (x - self._x) / away * leg
            to_y = self._y + (y - self._y) / away * leg
            self._straight(to_x, to_y, max(3.2, min(6.2, rng.gauss(self._cruise, 0.5))))
            if leg == away:
                self._stand(rng.uniform(0.5, 2.0))
            elif rng.random() < 0.12:
                self._stand(rng.uniform(4, 40))

    def _straight(self, x: float, y: float, speed: float) -> None:
        away = math.hypot(x - self._x, y - self._y)
        if away == 0:
            return
        along = speed - self._left_over
        from_x, from_y = self._x, self._y
        while along <= away:
            self._note(from_x + (x - from_x) / away * along, from_y + (y - from_y) / away * along)
            along += speed
        self._left_over = max(0.0, min(speed, away - (along - speed)))
        self._x, self._y = x, y

    def _stand(self, seconds: float) -> None:
        self._left_over = 0.0
        for _ in range(int(seconds)):
            self._note(self._x + self._rng.gauss(0, 0.2), self._y + self._rng.gauss(0, 0.2))

    def _note(self, x: float, y: float) -> None:
        self._ride.x.append(x)
        self._ride.y.append(y)


class _inside:  # noqa: N801 - a function with its arguments bound
    def __init__(self, ride: Ride, x: float, y: float) -> None:
        self._ride, self._x, self._y = ride, x, y

    def __call__(self, second: int) -> bool:
        return math.hypot(self._ride.x[second] - self._x, self._ride.y[second] - self._y) <= ARRIVAL_RADIUS_M
