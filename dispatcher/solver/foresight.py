"""Where idle couriers should wait: nearer to where the next orders are expected.

Orders are expected at known pickup places at known rates (``PlanningProblem.demand``). Each would be served
by the courier who could be there first, by the second if that one is taken (with chance ``TAKEN``), and so
on; a courier who needs longer than the shop gives notice makes the customer wait. A courier is nudged to the
place where this expected waiting falls most, if it falls by more than the ride is worth. A cost-function
approximation (Powell 2022) in closed form; it knows nothing of the future but past demand.
"""

import numpy as np
import numpy.typing as npt

from dispatcher.model import Nudge
from dispatcher.solver.insertion import Routes
from dispatcher.solver.schedule import Schedule
from dispatcher.solver.view import View

Floats = npt.NDArray[np.float64]

TAKEN = 0.5
"""Chance that a courier gets other work before the next order appears."""
NOTICE_MIN = 30.0
"""Shops tell of an order up to this long before it is ready, evenly spread."""
NOBODY_MIN = 45.0
"""Waiting when no courier is left."""
PARK_MIN = 2.0
"""From the street to the counter."""
SHIFT_LEFT_MIN = 10.0
"""Nobody is sent to wait for work that would end after the shift."""
NEVER_MIN = 999.0
POINTS_MAX = 60
"""Demand points looked at, the busiest first; ``TARGETS_MAX`` of them are places to wait."""
TARGETS_MAX = 40


def nudges(view: View, routes: Routes) -> list[Nudge]:
    """Return advice for couriers who have nothing to do now, best first; each changes the rest's worth."""
    if not view.problem.demand or not view.riders:
        return []
    picture = _Picture(view, routes)
    found: list[Nudge] = []
    while (best := picture.best()) is not None:
        r, d, gain_min, ride_min = best
        picture.move(r, d, ride_min)
        found.append(
            Nudge(
                courier_id=view.riders[r].state.id,
                to=picture.points[d].at,
                gain_min=round(gain_min, 2),
                ride_s=ride_min * 60,
            )
        )
    return found


class _Picture:
    """Minutes until each courier could be at each demand point, and who is idle."""

    def __init__(self, view: View, routes: Routes) -> None:
        self._view = view
        demand = view.problem.demand
        busiest = sorted(range(len(demand)), key=lambda d: -demand[d].per_hour)[:POINTS_MAX]
        self.points = [demand[d] for d in busiest]
        self._per_hour = np.array([point.per_hour for point in self.points])
        self._places = [view.demand_place(d) for d in busiest]
        self._targets = self._places[:TARGETS_MAX]
        self._end_min = np.array([rider.shift_end_s / 60 for rider in view.riders])
        self._reach = self._reach_min(routes)
        self._between = view.legs.block(self._targets, self._places, view.riders[0].vehicle) / 60
        self._values = {
            r: self._value(r)
            for r, rider in enumerate(view.riders)
            if not routes[r] and rider.state.available and rider.start_s <= 0
        }
        self._fresh = set(self._values)

    def best(self) -> tuple[int, int, float, float] | None:
        """Return (rider, demand point, gain, ride) of the most useful move, None when none is worth it.

        Moves mostly take worth from each other, so only the leader is valued again before it goes
        (lazy greedy, Minoux 1978).
        """
        settings = self._view.settings
        while self._values:
            r = max(self._values, key=lambda rider: float(self._values[rider][0].max()))
            value, ride_min = self._values[r]
            d = int(value.argmax())
            if value[d] <= settings.nudge_gain:
                return None
            if r in self._fresh:
                return r, d, float(value[d] + settings.nudge_price * ride_min[d]), float(ride_min[d])
            self._values[r] = self._value(r)
            self._fresh.add(r)
        return None

    def move(self, r: int, d: int, ride_min: float) -> None:
        """Put rider ``r`` at demand point ``d`` from now on."""
        self._reach[r] = ride_min + self._between[d] + PARK_MIN
        del self._values[r]
        self._fresh.clear()

    def _reach_min(self, routes: Routes) -> Floats:
        view, schedule = self._view, Schedule(self._view)
        reach = np.empty((len(view.riders), len(self._places)))
        for r, (rider, visits) in enumerate(zip(view.riders, routes, strict=True)):
            start, free_s = rider.start, max(0.0, rider.start_s)
            if visits:
                start, free_s = visits[-1], schedule.times(rider, visits)[-1][2]
            ride_s = view.legs.block([start], self._places, rider.vehicle)[0]
            reach[r] = (free_s + ride_s) / 60 + PARK_MIN
            if not rider.state.available:
                reach[r] = NEVER_MIN
        reach[reach > self._end_min[:, None]] = NEVER_MIN
        return reach

    def _value(self, r: int) -> tuple[Floats, Floats]:
        """Return what moving rider ``r`` to each demand point is worth net of the ride, and the ride."""
        view, rider = self._view, self._view.riders[r]
        settings = view.settings
        ride_min = view.legs.block([rider.start], self._targets, rider.vehicle)[0] / 60
        others = np.delete(self._reach, r, axis=0)
        per_hour = gain_min(others, self._reach[r], self._between + PARK_MIN, self._per_hour)
        left_min = self._end_min[r] - SHIFT_LEFT_MIN - ride_min
        value = per_hour * np.minimum(settings.nudge_stay_s / 60, left_min) / 60
        value = value - settings.nudge_price * ride_min
        value[(ride_min <= 0) | (ride_min * 60 > settings.nudge_ride_max_s)] = -np.inf
        return value, ride_min


def wait_min(reach_min: Floats) -> Floats:
    """Return the expected wait when the first free courier needs ``reach_min`` to the shop."""
    near = reach_min**2 / (2 * NOTICE_MIN)
    return np.minimum(np.where(reach_min < NOTICE_MIN, near, reach_min - NOTICE_MIN / 2), NOBODY_MIN)


def gain_min(others_min: Floats, here_min: Floats, there_min: Floats, per_hour: Floats) -> Floats:
    """Return how many minutes of waiting per hour a courier saves at each of several places.

    Args:
        others_min: other couriers x demand points, minutes until each could be there.
        here_min: the same for the courier in question, staying.
        there_min: target places x demand points, for the courier waiting there.
        per_hour: expected orders per demand point.
    """
    reach = np.sort(others_min, axis=0)
    couriers, points = reach.shape
    chance = (1 - TAKEN) * TAKEN ** np.arange(couriers + 1)
    ahead = np.vstack((np.zeros(points), np.cumsum(chance[:-1, None] * wait_min(reach), axis=0)))
    behind = (ahead[-1] - ahead) * TAKEN + TAKEN ** (couriers + 1) * NOBODY_MIN

    def expected(mine_min: Floats) -> Floats:
        rank = (reach[None, :, :] < mine_min[:, None, :]).sum(axis=1)
        cols = np.broadcast_to(np.arange(points), rank.shape)
        own: Floats = chance[rank] * wait_min(mine_min)
        return np.asarray(ahead[rank, cols] + own + behind[rank, cols])

    return np.asarray((expected(here_min[None, :]) - expected(there_min)) @ per_hour)
