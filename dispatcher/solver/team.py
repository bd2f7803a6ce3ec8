"""Two solver processes on one big plan: each improves its half, then both again along another line.

Answers the same questions as one ``SolverWorker``. Single writer of its state: the event loop it is used on.
"""

import asyncio
import math

import msgspec

from dispatcher.model import PlanningProblem, Solution
from dispatcher.solver.halves import halves, joined
from dispatcher.solver.worker import SolverWorker

TEAM_ORDERS = 600
"""With fewer open orders one process settles a plan as well."""
LINES = ((0.0, 0.35), (math.pi / 2, 0.65))
"""Angle of the line, and share of the time; the last halves cannot be mended any more and get most."""


class SolverTeam:
    """Two workers that were leased together."""

    def __init__(self, first: SolverWorker, second: SolverWorker) -> None:
        self._workers = first, second
        self._hurried = self._cancelled = False

    async def solve(self, problem: PlanningProblem, deadline_s: float) -> Solution | None:
        """Return the improved plan; None when cancelled, or when one of the two was lost."""
        solution: Solution | None = None
        self._hurried = self._cancelled = False
        for angle, share in LINES:
            if self._hurried and solution is not None:
                break
            solution = await self._both(problem, angle, deadline_s * share)
            if solution is None or self._cancelled:
                return None
            problem = msgspec.structs.replace(problem, previous=solution.routes)
        return solution

    def cancel(self) -> None:
        """Stop the running request soon; its caller gets None."""
        self._cancelled = True
        for worker in self._workers:
            worker.cancel()

    def hurry(self) -> None:
        """Have the running request answered soon with the best so far."""
        self._hurried = True
        for worker in self._workers:
            worker.hurry()

    async def _both(self, problem: PlanningProblem, angle: float, deadline_s: float) -> Solution | None:
        async with asyncio.TaskGroup() as group:
            answers = [
                group.create_task(worker.solve(half, deadline_s))
                for worker, half in zip(self._workers, halves(problem, angle), strict=True)
            ]
        first, second = (answer.result() for answer in answers)
        return None if first is None or second is None else joined(first, second)
