"""Anytime improvement of a whole plan: what a worker process runs between two events.

Starts from the plan in force (the warm start), tries all open work as trips from scratch, takes the better,
then searches on from there. Stopping at any moment leaves a plan at least as good as insertion alone.
"""

import time
from collections.abc import Callable
from itertools import count

from dispatcher.model import PlanningProblem, Solution
from dispatcher.solver.answer import objective_min, solution_of
from dispatcher.solver.assignment import assigned
from dispatcher.solver.insertion import Inserter
from dispatcher.solver.lns import Search
from dispatcher.solver.view import View, view_of
from domain.ports import TravelTimes

QUEUE_ROUNDS = 120
"""Rounds of search after packing when couriers fetch at one place at a time and orders queue."""
FROM_SCRATCH_MAX = 400
"""With more open orders the plan in force is improved piece by piece instead of being made anew."""


def improved(
    problem: PlanningProblem,
    travel_times: TravelTimes,
    deadline_s: float,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> Solution:
    """Return the best plan found within ``deadline_s`` wall seconds, or when ``stop`` says so.

    Where couriers fetch at one place at a time, trips are the whole answer while couriers suffice; when
    orders queue, a search of so many rounds looks beyond the next two trips of each courier. With a far
    deadline the result then depends on the problem alone, not on the machine.
    """
    begun = time.monotonic()
    view = view_of(problem, travel_times)
    if problem.settings.one_pickup_place:
        best, solver = assigned(view), "packing"
        if view.minute_price <= problem.settings.busy_price:
            return solution_of(best, solver)
        stop = _after(QUEUE_ROUNDS, stop)
    else:
        best, solver = _inserted_or_packed(view)
    search = Search(best, problem.settings.seed)
    before = search.best_cost
    search.run(begun + deadline_s * 0.9, stop)
    solver = "lns" if search.best_cost < before else solver
    return solution_of(Inserter(view, search.best), solver)


def _inserted_or_packed(view: View) -> tuple[Inserter, str]:
    best = Inserter(view)
    best.insert_missing()
    if len(view.jobs) <= FROM_SCRATCH_MAX:
        trips = assigned(view)
        if objective_min(trips) < objective_min(best):
            return trips, "packing"
    return best, "insertion"


def _after(rounds: int, stop: Callable[[], bool]) -> Callable[[], bool]:
    """Return what says stop when it was asked more often than ``rounds``, or when ``stop`` does."""
    asked = count(1)
    return lambda: next(asked) > rounds or stop()
