"""Planners of all fleets, sharing the solver processes that the operator allowed."""

import asyncio

from dispatcher.model import PlanningProblem, Solution
from dispatcher.planner import Planner
from domain.ports import TravelTimes


class SharedPlanner(Planner):
    """A fleet's planner that improves only while it holds one of the shared slots.

    Args:
        travel_times: how long ways take.
        slots: one per solver process that may be busy at once; None plans by insertion alone.
    """

    def __init__(self, travel_times: TravelTimes, slots: asyncio.Semaphore | None) -> None:
        super().__init__(travel_times)
        self._slots = slots

    async def improve(self, problem: PlanningProblem, deadline_s: float) -> Solution | None:
        """Return a better plan, None without slots or when the worker failed or was cancelled."""
        if self._slots is None:
            return None
        async with self._slots:
            return await super().improve(problem, deadline_s)
