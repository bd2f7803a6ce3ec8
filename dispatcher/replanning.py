"""When planning happens: at once after every change, then better in a worker process.

The insertion pass answers within milliseconds on the event loop; everybody who asked meanwhile shares one
pass. The improvement pass runs in the planner's worker; what comes back is put on top of the newest state,
checked there, and adopted only if it still gains. Two tasks, no queue: asking again while a pass is due
costs nothing.
"""

import asyncio
import logging
import time

import msgspec

from dispatcher.board import PlanBoard
from dispatcher.calm import unrest_min
from dispatcher.dispatching import Dispatching
from dispatcher.journal import Journal
from dispatcher.model import PlannedRoute, PlanningProblem, Solution, Stage
from dispatcher.nudging import Nudging
from dispatcher.picture import problem_of
from dispatcher.planner import Planner
from dispatcher.state import FleetState, Moved

log = logging.getLogger(__name__)

GAIN_MIN = 0.05
"""An improvement must gain more than this, minutes, beyond the unrest it brings, to be worth telling."""

MOVABLE_MIN = 2
"""With fewer orders insertion is the best answer already."""

ORDERED_MIN = 2
"""Once everything is given away only the order of stops can improve, and only on longer routes."""

CITY_ORDERS = 400
"""Up to so many open orders an improvement takes the usual time, beyond that in proportion,"""
CITY_MAX = 5.0
"""but no longer than so many times as much."""

PASS_GAP_S = 0.5
"""Wall seconds between two improvements, at least."""


class Replanner:
    """Runs both passes of one fleet; see the module."""

    def __init__(
        self, state: FleetState, planner: Planner, dispatching: Dispatching, journal: Journal
    ) -> None:
        self._state = state
        self._planner = planner
        self._dispatching = dispatching
        self._journal = journal
        self._nudging = Nudging(state, planner)
        self._due = asyncio.Event()
        self._improvable = asyncio.Event()
        self._improved_revision = -1
        self._waiting: list[asyncio.Future[None]] = []

    def nudge(self) -> None:
        """Ask for a pass soon."""
        self._due.set()

    async def planned(self) -> None:
        """Ask for a pass and wait until its outcome is durable."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._due.set()
        await future

    async def run(self) -> None:
        """Plan until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._insertion_passes())
            group.create_task(self._improvement_passes())

    async def _insertion_passes(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            waiting, self._waiting = self._waiting, []
            self._insert()
            self._planner.hurry()
            await self._settled(waiting)
            self._improvable.set()

    def _insert(self) -> None:
        begun = time.perf_counter()
        problem = self._picture()
        try:
            solution = self._planner.insert(problem)
        except Exception:
            # A bug in planning must not take orders and actions down with it: the plan in force stands.
            log.exception("insertion failed at %d orders", len(problem.orders))
            self._state.metrics.plan_dropped("insert_failed")
            return
        self._put_into_force(problem, solution)
        self._state.metrics.planned("insert", time.perf_counter() - begun)

    async def _settled(self, waiting: list[asyncio.Future[None]]) -> None:
        written = self._journal.add(self._state.entry())
        if waiting:
            await written
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def _put_into_force(self, problem: PlanningProblem, solution: Solution) -> None:
        if self._dispatching.put_into_force(problem, solution):
            self._due.set()
        self._nudging.look(problem, solution)
        entry = self._state.entry()
        if not entry.is_empty():
            self._journal.add(entry)

    async def _improvement_passes(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._improvable.wait()
            self._improvable.clear()
            begun, loop_begun_s = time.perf_counter(), loop.time()
            problem = self._picture()
            deadline_s = self._worth_s(problem)
            if deadline_s > 0:
                await self._improve(problem, deadline_s, begun)
            # At most half of a core: the ping path lives on the same machine. By the loop's time, so that a
            # simulated day does not depend on how busy the machine is.
            await asyncio.sleep(max(PASS_GAP_S, loop.time() - loop_begun_s))

    async def _improve(self, problem: PlanningProblem, deadline_s: float, begun: float) -> None:
        self._improved_revision = self._state.book.revision
        solution = await self._planner.improve(problem, deadline_s)
        self._state.metrics.planned("improve", time.perf_counter() - begun)
        if solution is None:
            self._state.metrics.plan_dropped("worker_failed")
            return
        while not await self._adopt_if_better(solution):
            pass

    async def _adopt_if_better(self, solution: Solution) -> bool:
        """Put an improvement on top of the newest state; adopt it if it still holds and still gains.

        Between its two halves others have their turn, so that an order does not wait for both.

        Returns:
            False when the plan changed in between, so that all is to be compared anew.
        """
        newest, epoch = self._picture(), self._state.board.epoch
        try:
            ours = self._planner.insert(newest)
            await asyncio.sleep(0)
            if self._state.board.epoch != epoch:
                return False
            theirs = self._planner.insert(
                msgspec.structs.replace(newest, previous=self._still_true(solution))
            )
        except Exception:
            log.exception("an improvement could not be checked")
            self._state.metrics.plan_dropped("insert_failed")
            return True
        state = self._state
        unrest = unrest_min(state.board, theirs, state.book.all(), newest.now_ms)
        if theirs.objective_min < ours.objective_min - GAIN_MIN - unrest * state.settings.calm:
            self._note_moves(theirs, ours.objective_min - theirs.objective_min)
            self._put_into_force(newest, theirs)
        else:
            self._state.metrics.plan_dropped("no_gain")
        return True

    def _note_moves(self, better: Solution, gain_min: float) -> None:
        """Remember from whom to whom orders go, so that their explanations tell."""
        before = self._state.board.planned_courier()
        for route in better.routes:
            for order_id in {visit.order_id for visit in route.visits}:
                giver = before.get(order_id)
                if giver is not None and giver != route.courier_id:
                    gain = round(gain_min, 2)
                    self._state.moved(order_id, Moved(before=giver, now=route.courier_id, gain_min=gain))

    def _still_true(self, solution: Solution) -> tuple[PlannedRoute, ...]:
        board = PlanBoard()
        board.adopt(solution)
        board.prune(self._state.book.all())
        return board.previous()

    def _picture(self) -> PlanningProblem:
        self._state.board.prune(self._state.book.all())
        return problem_of(self._state, self._state.now_ms())

    def _worth_s(self, problem: PlanningProblem) -> float:
        """Return how many seconds an improvement of this picture is worth, 0 when nothing can move."""
        size = len(problem.orders) / CITY_ORDERS
        improve_s = self._state.settings.improve_s * min(CITY_MAX, max(1.0, size))
        if not problem.couriers or len(problem.orders) < MOVABLE_MIN:
            return 0.0
        if any(order.stage in (Stage.PLANNED, Stage.OFFERED) for order in problem.orders):
            return improve_s
        if self._state.book.revision == self._improved_revision:
            return 0.0
        longest = max((len(route.visits) for route in problem.previous), default=0)
        return improve_s / 4 if longest > ORDERED_MIN else 0.0
