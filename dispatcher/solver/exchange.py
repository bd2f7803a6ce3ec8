"""Takes one order out of many routes at once and gives them all back in the best way together.

The neighbourhood of cyclic transfers (Thompson and Psaraftis 1993), searched as an assignment: when every
courier gets at most one of the orders taken out, who gets which is a linear assignment, and exact. One round
prices thousands of insertions in bulk and moves orders all over a city, so large plans settle in seconds
where one neighbourhood after the other would take minutes. A round never makes the plan worse. Orders in
groups stay where they are.
"""

import random
from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from dispatcher.solver.answer import left_min
from dispatcher.solver.insertion import Inserter
from dispatcher.solver.kin import Kin
from dispatcher.solver.placements import longer_route
from dispatcher.solver.rules import PlainRules, excluding_rule
from dispatcher.solver.schedule import INFEASIBLE
from dispatcher.solver.tables import Flags, Floats, Numbers

NEAR = 4
"""Couriers tried per order because they could be at its pickup soonest."""
ENDS = 20
"""Couriers tried because their routes end near it, in time."""
CALM_ROUNDS = 16
"""After so many rounds without gain the plan has settled."""
GAIN_MIN = 0.01
KNOWN_MAX = 1_000_000
"""Prices remembered; each takes some 200 bytes."""
UNKNOWN, ABLE, BARRED = 0, 1, 2
SHARES = (1.0, 0.5, 0.7, 0.3)
"""How many of the routes give an order away, round after round."""


class Exchange:
    """Improves a plan in place, round by round.

    Args:
        inserter: the plan.
        movable: the orders that may be moved.
        rng: where randomness comes from.
    """

    def __init__(self, inserter: Inserter, movable: Sequence[int], rng: random.Random) -> None:
        view = inserter.view
        self._plan, self._rng = inserter, rng
        self._movable = set(movable)
        self._left_min = {j: left_min(view, j) for j in movable}
        self._kin = Kin(view, list(movable))
        self._near = _near(inserter, movable)
        self._plain = PlainRules(view, inserter.placements.tables)
        self._rules = np.full((len(view.jobs), len(view.riders)), UNKNOWN, dtype=np.int8)
        self._timed: list[list[int] | None] = [None] * len(view.riders)
        self._end_place = np.zeros(len(view.riders), dtype=np.intp)
        self._end_s = np.zeros(len(view.riders))
        self._price_of: dict[int, int] = {}
        self._price_min: Floats = np.empty(0)
        self._price_order: list[Numbers] = []
        self._route_number: dict[tuple[int, ...], int] = {}
        self.rounds = 0

    def run(self, stop: Callable[[], bool]) -> float:
        """Go on until the plan has settled or ``stop`` says so; returns the minutes gained."""
        calm, gained = 0, 0.0
        while calm < CALM_ROUNDS and self._movable and not stop():
            gain = self.round(SHARES[self.rounds % len(SHARES)])
            gained += gain
            calm = 0 if gain > GAIN_MIN else calm + 1
        return gained

    def round(self, share: float) -> float:
        """Take orders out of a share of the routes, put all back; returns the minutes gained."""
        self.rounds += 1
        plan = self._plan
        before, worth = (list(plan.routes), list(plan.cost)), _total(plan.cost)
        out, homes = self._taken_out(share)
        if not out:
            return 0.0
        rows, riders = self._pairs(out, homes)
        prices = self._prices(np.array(out, dtype=np.intp)[rows], riders)
        lost = np.array([self._left_min[j] for j in out])
        had = np.array([plan.before(r) for r in range(len(plan.cost))])
        gain = np.zeros((len(out), len(plan.cost)))
        gain[rows, riders] = np.maximum(0.0, lost[rows] - (self._price_min[prices] - had[riders]))
        price = np.zeros(gain.shape, dtype=np.intp)
        price[rows, riders] = prices
        after = 0.0
        for i, r in zip(*linear_sum_assignment(gain, maximize=True), strict=True):
            if gain[i, r] > 0:
                order = self._price_order[price[i, r]]
                visits = longer_route((int(r), plan.routes[r], out[i]), order, on_board=False)
                plan.put(int(r), visits, float(self._price_min[price[i, r]]))
                after += float(lost[i])
        after -= sum(left for left, home in zip(lost.tolist(), homes, strict=True) if home >= 0)
        gained = worth - _total(plan.cost) + after
        if gained < 0:
            plan.routes, plan.cost = before
        return float(max(0.0, gained))

    def _taken_out(self, share: float) -> tuple[list[int], list[int]]:
        """Take an order out of routes; what nobody has joins them. Returns orders and who had them, or -1."""
        plan, tried = self._plan, list[tuple[int, int, list[int]]]()
        served: set[int] = set()
        for r, visits in enumerate(plan.routes):
            there = {visit >> 1 for visit in visits}
            served |= there
            mine = sorted(there & self._movable)
            if mine and plan.cost[r] != INFEASIBLE and self._rng.random() < share:
                j = self._rng.choice(mine)
                tried.append((r, j, [visit for visit in visits if visit >> 1 != j]))
        out: list[int] = []
        homes: list[int] = []
        costs = plan.placements.route_costs([(r, visits) for r, _, visits in tried])
        for (r, j, visits), cost in zip(tried, costs, strict=True):
            if cost != INFEASIBLE:
                out.append(j)
                homes.append(r)
                plan.put(r, visits, cost)
        nobodys = sorted(self._movable - served)[: len(plan.routes)]
        return out + nobodys, homes + [-1] * len(nobodys)

    def _pairs(self, out: list[int], homes: list[int]) -> tuple[Numbers, Numbers]:
        """Return whom to ask for which order: who is near soonest, who has orders akin, and who had it."""
        plan = self._plan
        rider_of = np.full(len(plan.view.jobs) + 1, -1, dtype=np.intp)
        for r, visits in enumerate(plan.routes):
            rider_of[[visit >> 1 for visit in visits]] = r
        rider_of[out] = homes
        rider_of[-1] = -1
        asked = np.zeros((len(out), len(plan.routes) + 1), dtype=np.bool_)
        every = np.arange(len(out))[:, None]
        for riders in (
            self._near[out],
            plan.nearest.by_end(out, ENDS, *self._ends()),
            rider_of[self._kin.of(out)],
        ):
            asked[every, riders] = True
        most = plan.view.settings.route_visits_max
        full = [bool(visits) and len(visits) + 2 > most for visits in plan.routes]
        asked[:, np.flatnonzero(full)] = False
        asked[every[:, 0], homes] = True
        rows, riders = np.nonzero(asked[:, :-1])
        able = self._able(np.array(out, dtype=np.intp)[rows], riders)
        return rows[able], riders[able]

    def _able(self, jobs: Numbers, riders: Numbers) -> Flags:
        """Return which riders no rule keeps from an order."""
        fresh = self._rules[jobs, riders] == UNKNOWN
        plain = fresh & self._plain.applies(jobs, riders)
        asked = jobs[plain], riders[plain]
        self._rules[asked] = np.where(self._plain.able(*asked), ABLE, BARRED)
        fresh &= ~plain
        for j, r in zip(jobs[fresh].tolist(), riders[fresh].tolist(), strict=True):
            self._rules[j, r] = ABLE if excluding_rule(self._plan.view, r, j) is None else BARRED
        return np.asarray(self._rules[jobs, riders] == ABLE)

    def _prices(self, jobs: Numbers, riders: Numbers) -> Numbers:
        """Return the numbers of prices: what routes cost with an order more. Nothing is asked twice."""
        if len(self._price_of) > KNOWN_MAX:
            self._forget()
        plan = self._plan
        numbers = np.array([self._number(r, visits) for r, visits in enumerate(plan.routes)])
        keys = (numbers[riders] * len(plan.view.jobs) + jobs).tolist()
        fresh = [n for n, key in enumerate(keys) if key not in self._price_of]
        placed = plan.placements.best(
            [
                (r, plan.routes[r], j)
                for r, j in zip(riders[fresh].tolist(), jobs[fresh].tolist(), strict=True)
            ]
        )
        for n in fresh:
            self._price_of[keys[n]] = len(self._price_of)
        self._price_min = np.concatenate((self._price_min, np.array(placed.cost_min)))
        self._price_order += placed.order
        return np.array([self._price_of[key] for key in keys], dtype=np.intp)

    def _forget(self) -> None:
        self._price_of, self._route_number = {}, {}
        self._price_min, self._price_order = np.empty(0), []

    def _ends(self) -> tuple[Numbers, Floats]:
        """Return where and when each route ends."""
        plan = self._plan
        for r, visits in enumerate(plan.routes):
            if visits is not self._timed[r]:
                rider = plan.view.riders[r]
                self._timed[r] = visits
                self._end_s[r] = plan.schedule.times(rider, visits)[-1][2] if visits else rider.start_s
                self._end_place[r] = visits[-1] if visits else rider.start
        return self._end_place, self._end_s

    def _number(self, r: int, visits: list[int]) -> int:
        return self._route_number.setdefault((r, *visits), len(self._route_number))


def _near(plan: Inserter, movable: Sequence[int]) -> Numbers:
    """Return the riders who could be at each order's pickup soonest, -1 where there are fewer."""
    plan.nearest.look_up(list(movable), NEAR)
    near = np.full((len(plan.view.jobs), NEAR + 1), -1, dtype=np.intp)
    for j in movable:
        riders = plan.nearest.riders(j, NEAR)[: NEAR + 1]
        near[j, : len(riders)] = riders
    return near


def _total(costs: Sequence[float]) -> float:
    return sum(cost for cost in costs if cost != INFEASIBLE)
