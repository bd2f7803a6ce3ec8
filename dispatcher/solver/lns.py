"""Large neighbourhood search: takes related orders out of the plan and puts them back better.

``exchange`` settles the plan as a whole first, and again after every walk. A walk ruins by relatedness and
recreates by regret (Shaw 1998; Ropke and Pisinger 2006 for pickup and delivery), and goes on from what is
better or, early on, a little worse (record-to-record travel, Dueck 1993). Needed where couriers carry
several jobs at once or orders travel in groups; anytime: stop it whenever you like, the best plan so far is
whole.
"""

import random
import time
from collections.abc import Callable, Sequence

from dispatcher.solver.answer import objective_min
from dispatcher.solver.exchange import Exchange
from dispatcher.solver.insertion import Inserter, Option

RUIN_MAX = 14
"""Orders taken out at once; beyond that the repair dominates."""
WALK_ROUNDS = 150
"""Neighbourhoods tried before the whole plan is looked at again."""
SLACK_MIN = 2.0
"""How many minutes worse than the best a plan may be to go on from it, at the start."""


class Search:
    """Improves one plan in place; ``best`` is always feasible."""

    def __init__(self, inserter: Inserter, seed: int) -> None:
        self._rng = random.Random(seed)
        self._now = inserter
        self.best, self._best_costs = list(inserter.routes), list(inserter.cost)
        self.best_cost = objective_min(inserter)
        self.rounds = 0

    def run(self, until: float, stop: Callable[[], bool] = lambda: False) -> None:
        """Search until ``time.monotonic()`` passes ``until`` or ``stop`` says so."""
        movable = self._movable_units()
        if not movable or not self._now.view.riders:
            return
        begun = time.monotonic()
        alone = [unit[0] for unit in movable if self._now.view.jobs[unit[0]].order.group is None]
        exchange = Exchange(self._now, alone, self._rng)

        def over() -> bool:
            return time.monotonic() >= until or stop()

        while not over():
            if exchange.run(over) > 0:
                self._keep(objective_min(self._now))
            left = max(0.0, (until - time.monotonic()) / max(1e-9, until - begun))
            self._walk(movable, SLACK_MIN * left, over)
            self._now.routes, self._now.cost = list(self.best), list(self._best_costs)

    def _walk(self, movable: Sequence[list[int]], slack_min: float, over: Callable[[], bool]) -> None:
        """Ruin and recreate for a while, from the best plan."""
        now_cost = self.best_cost
        for _ in range(WALK_ROUNDS):
            if over():
                return
            self.rounds += 1
            saved = list(self._now.routes), list(self._now.cost)
            self._ruin_and_recreate(movable)
            cost = objective_min(self._now)
            self._keep(cost)
            if cost <= now_cost or cost < self.best_cost + slack_min:
                now_cost = cost
            else:
                self._now.routes, self._now.cost = saved

    def _keep(self, cost: float) -> None:
        """Remember the plan when it is the best so far."""
        if cost < self.best_cost - 1e-9:
            self.best_cost = cost
            self.best, self._best_costs = list(self._now.routes), list(self._now.cost)

    def _movable_units(self) -> list[list[int]]:
        """Return the orders a solver may still move; groups as one."""
        view = self._now.view
        fixed = {visit >> 1 for rider in view.riders for visit in rider.committed}
        alone = [
            [j]
            for j, job in enumerate(view.jobs)
            if j not in fixed
            and job.locked_to is None
            and job.order.group is None
            and job.order.pinned_to is None
            and not view.not_yet(j)
        ]
        groups = [
            members
            for members in view.groups.values()
            if not any(j in fixed or view.jobs[j].promised or view.not_yet(j) for j in members)
        ]
        return alone + groups

    def _ruin_and_recreate(self, movable: Sequence[list[int]]) -> None:
        seed = self._rng.choice(movable)
        out = self._related(seed, movable)
        gone = {j for unit in out for j in unit}
        for r, visits in enumerate(self._now.routes):
            if any(visit >> 1 in gone for visit in visits):
                self._now.put(r, [visit for visit in visits if visit >> 1 not in gone])
        self._recreate(out)

    def _related(self, seed: list[int], movable: Sequence[list[int]]) -> list[list[int]]:
        """Return orders near the seed in place and time, with some noise."""
        count = self._rng.randint(2, min(RUIN_MAX, max(2, len(movable))))
        ride, jobs = self._now.view.legs.seconds, self._now.view.jobs
        first = seed[0]
        vehicle = self._now.view.riders[0].vehicle
        sample = movable if len(movable) <= 120 else self._rng.sample(movable, 120)

        def distance(unit: list[int]) -> float:
            j = unit[0]
            apart = ride(2 * first, 2 * j, vehicle) + ride(2 * first + 1, 2 * j + 1, vehicle)
            apart += abs(jobs[first].reference_s - jobs[j].reference_s)
            return apart * self._rng.uniform(0.6, 1.4)

        others = sorted((unit for unit in sample if unit is not seed), key=distance)
        return [seed, *others[: count - 1]]

    def _recreate(self, out: list[list[int]]) -> None:
        """Put units back, the one with most to lose first (regret of the second-best rider)."""
        options: list[dict[int, Option]] = [{} for _ in out]
        self._look(out, options, [(i, r) for i, unit in enumerate(out) for r in self._riders_near(unit[0])])
        open_units = set(range(len(out)))
        while open_units:
            pick = max(open_units, key=lambda i: _regret(options[i]))
            open_units.remove(pick)
            if not options[pick]:
                continue
            r, (_, visits) = min(options[pick].items(), key=lambda item: item[1][0])
            self._now.put(r, visits)
            self._look(out, options, [(i, r) for i in open_units if r in self._riders_near(out[i][0])])

    def _look(
        self, out: list[list[int]], options: list[dict[int, Option]], pairs: list[tuple[int, int]]
    ) -> None:
        """Find what some units cost some riders now."""
        found = self._now.options([(r, out[i]) for i, r in pairs])
        for (i, r), option in zip(pairs, found, strict=True):
            options[i].pop(r, None)
            if option is not None:
                options[i][r] = option

    def _riders_near(self, j: int) -> list[int]:
        return self._now.nearest.riders(j, min(8, self._now.view.settings.candidates))


def _regret(options: dict[int, Option]) -> float:
    costs = sorted(cost for cost, _ in options.values())
    if not costs:
        return -1.0
    return 1e6 if len(costs) == 1 else costs[1] - costs[0]
