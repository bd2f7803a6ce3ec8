"""The live planner with its improvements made at once, and by rounds instead of seconds.

On a live server a worker process improves for a part of a second, so its answer depends on the machine. Here
the same search stops after a fixed number of rounds: the same seed plays the same day everywhere. It looks
every other minute: insertion answers all in between, and looking more often moves the figures by less than
their noise.
"""

import itertools
from collections.abc import Callable

from dispatcher.model import PlanningProblem, Solution
from dispatcher.planner import Planner
from domain.ports import TravelTimes

PLENTY_S = 3_600.0
AGAIN_MS = 120_000


class RoundsPlanner(Planner):
    """Plans as ``Planner`` does, in this process.

    Args:
        travel_times: what the planner believes.
        rounds: how often an improvement takes orders out and puts them back better.
    """

    def __init__(self, travel_times: TravelTimes, rounds: int) -> None:
        super().__init__(travel_times)
        self._rounds = rounds
        self._asked_at_ms = 0

    async def improve(self, problem: PlanningProblem, deadline_s: float) -> Solution | None:  # noqa: ARG002
        """Return the best plan found within the rounds, None when the question was answered a moment ago."""
        if problem.now_ms - self._asked_at_ms < AGAIN_MS:
            return None
        self._asked_at_ms = problem.now_ms
        return self.improve_here(problem, PLENTY_S, stop=_after(self._rounds))


def _after(rounds: int) -> Callable[[], bool]:
    asked = itertools.count()
    return lambda: next(asked) >= rounds
