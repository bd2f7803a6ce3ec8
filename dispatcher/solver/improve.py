"""Anytime improvement of a whole plan: what a worker process runs between two events.

Starts from the plan in force (the warm start), so stopping at any moment leaves a plan at least as good as
insertion alone.
"""

import time
from collections.abc import Callable

from dispatcher.model import PlanningProblem, Solution
from dispatcher.solver.answer import solution_of
from dispatcher.solver.insertion import Inserter
from dispatcher.solver.lns import Search
from dispatcher.solver.view import view_of
from domain.ports import TravelTimes


def improved(
    problem: PlanningProblem,
    travel_times: TravelTimes,
    deadline_s: float,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> Solution:
    """Return the best plan found within ``deadline_s`` wall seconds, or when ``stop`` says so."""
    begun = time.monotonic()
    inserter = Inserter(view_of(problem, travel_times))
    inserter.insert_missing()
    search = Search(inserter, problem.settings.seed)
    search.run(begun + deadline_s * 0.9, stop)
    return solution_of(Inserter(inserter.view, search.best), "lns")
