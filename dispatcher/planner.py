"""The second sentence's middle: inserts an order at once, then keeps improving the plan.

Live dispatch and the benches call this very class. It keeps its latest answer to explain it; every answer it
returns has passed ``dispatcher.solver.feasibility``. What a solver gets wrong is dropped and counted, so a
bug there costs quality, never a wrong promise.
"""

import logging
import time
from collections.abc import Callable, Iterable

import msgspec

from dispatcher.metrics import DispatchMetrics, NoMetrics
from dispatcher.model import DueOffer, Nudge, OrderCost, PlanningProblem, Solution
from dispatcher.solver.answer import costs, solution_of
from dispatcher.solver.commitment import due_offers
from dispatcher.solver.feasibility import violations
from dispatcher.solver.foresight import nudges
from dispatcher.solver.improve import improved
from dispatcher.solver.insertion import Inserter, held_routes
from dispatcher.solver.pool import SolverPool
from dispatcher.solver.team import TEAM_ORDERS, SolverTeam
from dispatcher.solver.view import view_of
from dispatcher.solver.worker import SolverWorker
from domain.ids import OrderId
from domain.ports import TravelTimes

log = logging.getLogger(__name__)


class Planner:
    """Plans for one fleet.

    Args:
        travel_times: how long ways take; picklable, because the worker process gets a copy.
        pool: solver processes shared with other fleets; one of its own when left out.
        metrics: counts what goes wrong, if anybody counts.

    Attributes:
        rejected: answers of a solver that the checker refused.
    """

    def __init__(
        self,
        travel_times: TravelTimes,
        pool: SolverPool | None = None,
        metrics: DispatchMetrics | None = None,
    ) -> None:
        self._travel_times = travel_times
        self._metrics = metrics or NoMetrics()
        self._pool = SolverPool(travel_times, 1, metrics) if pool is None else pool
        self._owns_pool = pool is None
        self._running: SolverWorker | SolverTeam | None = None
        self._latest: tuple[Solution, Inserter] | None = None
        self.rejected = 0

    @property
    def travel_times(self) -> TravelTimes:
        """Return how long ways take; arrival times go by the same."""
        return self._travel_times

    def close(self) -> None:
        """End the solver process, unless it is shared."""
        if self._owns_pool:
            self._pool.close()

    def insert(self, problem: PlanningProblem, *, explain: bool = False) -> Solution:
        """Return a feasible plan at once: the previous one, new orders inserted where they cost least.

        With ``explain`` the solution carries the costs of the orders the previous plan did not have.
        """
        begun = time.perf_counter()
        inserter = Inserter(view_of(problem, self._travel_times))
        inserter.insert_missing()
        known = {visit.order_id for route in problem.previous for visit in route.visits}
        new = [j for j, order in enumerate(problem.orders) if explain and order.id not in known]
        solution = self._checked(problem, solution_of(inserter, "insertion", new))
        if solution is None:
            return self._held_only(problem)
        solution = msgspec.structs.replace(solution, took_ms=(time.perf_counter() - begun) * 1000)
        self._latest = solution, inserter
        return solution

    async def improve(self, problem: PlanningProblem, deadline_s: float) -> Solution | None:
        """Return the best plan found within ``deadline_s``; None when the worker failed or was cancelled.

        A newer question of the same fleet cancels the older. A city's plan goes to two processes at once if
        a second one is free.
        """
        self.cancel()
        if not self._pool.size:
            return None
        async with self._pool.lease() as worker:
            if len(problem.orders) < TEAM_ORDERS:
                solution = await self._asked(worker, problem, deadline_s)
            else:
                async with self._pool.lease_another() as another:
                    solver = worker if another is None else SolverTeam(worker, another)
                    solution = await self._asked(solver, problem, deadline_s)
        return None if solution is None else self._checked(problem, solution)

    async def _asked(
        self, solver: SolverWorker | SolverTeam, problem: PlanningProblem, deadline_s: float
    ) -> Solution | None:
        self._running = solver
        try:
            return await solver.solve(problem, deadline_s)
        finally:
            self._running = None if self._running is solver else self._running

    def improve_here(
        self, problem: PlanningProblem, deadline_s: float, *, stop: Callable[[], bool] = lambda: False
    ) -> Solution:
        """Improve in this process, until ``stop`` says so; for simulations, without a loop to keep free."""
        solution = improved(problem, self._travel_times, deadline_s, stop=stop)
        return self._checked(problem, solution) or self.insert(problem)

    def explain(
        self, problem: PlanningProblem, solution: Solution, order_ids: Iterable[OrderId]
    ) -> dict[OrderId, OrderCost]:
        """Return what orders cost in ``solution`` and would have cost elsewhere; a few ms an order."""
        inserter = self._plan_of(problem, solution)
        job_of = inserter.view.job_of
        return costs(inserter, [job_of[order_id] for order_id in order_ids if order_id in job_of])

    def cancel(self) -> None:
        """Stop a running improvement; nobody wants its answer."""
        if self._running is not None:
            self._running.cancel()

    def hurry(self) -> None:
        """Have a running improvement end soon with the best it has: orders or couriers have changed."""
        if self._running is not None:
            self._running.hurry()

    def due_offers(self, problem: PlanningProblem, solution: Solution) -> list[DueOffer]:
        """Return the couriers who must be asked now for their next trip; everyone else can wait."""
        return due_offers(problem, solution, self._travel_times)

    def nudges(self, problem: PlanningProblem, solution: Solution) -> list[Nudge]:
        """Return where couriers with nothing to do would better wait, given ``problem.demand``."""
        inserter = self._plan_of(problem, solution)
        return nudges(inserter.view, inserter.routes)

    def _plan_of(self, problem: PlanningProblem, solution: Solution) -> Inserter:
        """Return a solution as solvers work on it; of the latest insertion it is still at hand."""
        if self._latest is not None and self._latest[0] is solution:
            return self._latest[1]
        planned = msgspec.structs.replace(problem, previous=solution.routes)
        return Inserter(view_of(planned, self._travel_times))

    def _checked(self, problem: PlanningProblem, solution: Solution) -> Solution | None:
        found = violations(problem, solution, self._travel_times)
        if found:
            self.rejected += 1
            self._metrics.solver_failed("infeasible")
            log.error("plan by %s refused: %s", solution.solver, "; ".join(found[:5]))
            return None
        return solution

    def _held_only(self, problem: PlanningProblem) -> Solution:
        """Return what couriers have already and nothing else: the answer when all else fails."""
        view = view_of(problem, self._travel_times)
        return solution_of(Inserter(view, held_routes(view)), "held")
