"""Solver processes that fleets share: a small server with many small fleets runs a few, not one each.

A process is started when it is first needed and the others are busy; the one used last is used next, so that
quiet fleets keep one process warm and no more. Whoever finds all of them busy waits. Single writer of its
state: the event loop it is used on.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dispatcher.metrics import DispatchMetrics
from dispatcher.solver.worker import SolverWorker
from domain.ports import TravelTimes


class SolverPool:
    """At most ``size`` solver processes; with 0 nobody improves anything.

    Args:
        travel_times: must be picklable; each process keeps its own copy.
        size: how many at most.
        metrics: counts what goes wrong, if anybody counts.
    """

    def __init__(self, travel_times: TravelTimes, size: int, metrics: DispatchMetrics | None = None) -> None:
        self._travel_times = travel_times
        self._metrics = metrics
        self._slots = asyncio.Semaphore(size)
        self._idle: list[SolverWorker] = []
        self._all: list[SolverWorker] = []
        self.size = size

    @property
    def restarts(self) -> int:
        """Return how many processes were lost to a crash or a hang."""
        return sum(worker.restarts for worker in self._all)

    @property
    def processes(self) -> int:
        """Return how many processes run."""
        return sum(worker.pid is not None for worker in self._all)

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[SolverWorker]:
        """Lend a process to one question."""
        async with self._slots:
            worker = self._idle.pop() if self._idle else self._start()
            try:
                yield worker
            finally:
                self._idle.append(worker)

    @asynccontextmanager
    async def lease_another(self) -> AsyncIterator[SolverWorker | None]:
        """Lend one more process if one is free at once, else None: who has one already does not wait."""
        if self._slots.locked():
            yield None
            return
        async with self.lease() as worker:
            yield worker

    def close(self) -> None:
        """End all processes."""
        for worker in self._all:
            worker.close()

    def _start(self) -> SolverWorker:
        worker = SolverWorker(self._travel_times, self._metrics)
        self._all.append(worker)
        return worker
