"""The second sentence's middle: inserts an order at once, then keeps improving the plan.

Live dispatch and the benches call this very class. It owns no state but its worker; every answer it
returns has passed ``dispatcher.solver.feasibility``.
"""

from typing import Protocol

from dispatcher.model import DueOffer, PlanningProblem, Solution


class Planning(Protocol):
    """What the desk asks of the planner."""

    def insert(self, problem: PlanningProblem, *, explain: bool = False) -> Solution:
        """Return a feasible plan at once: the previous one, with new orders inserted where they cost least."""
        ...

    async def improve(self, problem: PlanningProblem, deadline_s: float) -> Solution | None:
        """Return the best feasible plan found within ``deadline_s``; None when the worker failed or was cancelled."""
        ...

    def due_offers(self, problem: PlanningProblem, solution: Solution) -> list[DueOffer]:
        """Return the couriers who must be asked now for their next trip; everyone else can wait."""
        ...
