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
from dispatcher.solver.placements import Question, longer_route
from dispatcher.solver.schedule import INFEASIBLE
from dispatcher.solver.tables import Floats, Numbers

NEAR = 4
"""Couriers tried per order because they could be at its pickup soonest."""
ENDS = 20
"""Couriers tried because their routes end near it, in time."""
CALM_ROUNDS = 16
"""After so many rounds without gain the plan has settled."""
GAIN_MIN = 0.01
KNOWN_MAX = 1_000_000
"""Prices remembered; each takes some 200 bytes."""
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
        self._plan, self._rng = inserter, rng
        self._movable = set(movable)
        self._left_min = {j: left_min(inserter.view, j) for j in movable}
        self._kin = Kin(inserter.view, list(movable))
        self._known: dict[int, tuple[float, Numbers]] = {}
        self._timed: list[list[int] | None] = [None] * len(inserter.routes)
        self._end_place = np.zeros(len(inserter.routes), dtype=np.intp)
        self._end_s = np.zeros(len(inserter.routes))
        self._route_number: dict[tuple[int, ...], int] = {}
        inserter.nearest.look_up(list(movable), NEAR)
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
        questions, rows = self._questions(out, homes)
        cost, orders = self._priced(questions)
        lost = np.array([self._left_min[j] for j in out])
        riders = np.array([r for r, _, _ in questions], dtype=np.intp)
        added = cost - np.array([plan.before(r) for r in range(len(plan.cost))])[riders]
        gain = np.zeros((len(out), len(plan.cost)))
        gain[rows, riders] = np.maximum(0.0, lost[rows] - added)
        where = {(int(i), int(r)): n for n, (i, r) in enumerate(zip(rows, riders, strict=True))}
        after = 0.0
        for i, r in zip(*linear_sum_assignment(gain, maximize=True), strict=True):
            if gain[i, r] > 0:
                n = where[int(i), int(r)]
                plan.put(int(r), longer_route(questions[n], orders[n], on_board=False), float(cost[n]))
                after += float(lost[i])
        had = sum(left for left, home in zip(lost.tolist(), homes, strict=True) if home is not None)
        gained = worth - _total(plan.cost) + after - had
        if gained < 0:
            plan.routes, plan.cost = before
        return float(max(0.0, gained))

    def _taken_out(self, share: float) -> tuple[list[int], list[int | None]]:
        """Take an order out of routes; what nobody has joins them. Returns the orders and who had them."""
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
        homes: list[int | None] = []
        costs = plan.placements.route_costs([(r, visits) for r, _, visits in tried])
        for (r, j, visits), cost in zip(tried, costs, strict=True):
            if cost != INFEASIBLE:
                out.append(j)
                homes.append(r)
                plan.put(r, visits, cost)
        nobodys = sorted(self._movable - served)[: len(plan.routes)]
        return out + nobodys, homes + [None] * len(nobodys)

    def _questions(self, out: list[int], homes: list[int | None]) -> tuple[list[Question], Numbers]:
        """Return what to ask whom: who is near soonest, who has orders akin, and who had it."""
        plan, found, rows = self._plan, list[Question](), list[int]()
        ends = plan.nearest.by_end(out, ENDS, *self._ends())
        rider_of = {visit >> 1: r for r, visits in enumerate(plan.routes) for visit in visits}
        rider_of |= {j: home for j, home in zip(out, homes, strict=True) if home is not None}
        for i, (j, home) in enumerate(zip(out, homes, strict=True)):
            akin = (rider_of[other] for other in self._kin.of(j) if other in rider_of)
            for r in {*plan.nearest.riders(j, NEAR), *ends[i], *akin, *(() if home is None else (home,))}:
                if r == home or plan.may_take(r, [j]):
                    found.append((r, plan.routes[r], j))
                    rows.append(i)
        return found, np.array(rows, dtype=np.intp)

    def _priced(self, questions: list[Question]) -> tuple[Floats, list[Numbers]]:
        """Return the costs of the longer routes; what was asked before is remembered."""
        numbers = [self._number(r, visits) for r, visits in enumerate(self._plan.routes)]
        jobs = len(self._plan.view.jobs)
        keys = [numbers[r] * jobs + j for r, _, j in questions]
        asked = [n for n, key in enumerate(keys) if key not in self._known]
        placed = self._plan.placements.best([questions[n] for n in asked])
        for n, cost_min, order in zip(asked, placed.cost_min, placed.order, strict=True):
            self._known[keys[n]] = cost_min, order
        found = [self._known[key] for key in keys]
        if len(self._known) > KNOWN_MAX:
            self._known.clear()
        return np.array([cost for cost, _ in found]), [order for _, order in found]

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


def _total(costs: Sequence[float]) -> float:
    return sum(cost for cost in costs if cost != INFEASIBLE)
