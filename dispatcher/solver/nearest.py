"""Which couriers are worth looking at for an order: who could be at its pickup soonest."""

import numpy as np

from dispatcher.solver.tables import Floats, Numbers, Tables
from dispatcher.solver.view import View
from domain.courier import Vehicle


class Nearest:
    """Answers for one view, and remembers the answers."""

    def __init__(self, view: View, tables: Tables) -> None:
        self._view = view
        self._able = np.flatnonzero(tables.riders.available)
        vehicles = tables.riders.vehicle[self._able]
        self._start, self._start_s = tables.riders.start[self._able], tables.riders.start_s[self._able]
        self._groups: list[tuple[Vehicle, Numbers]] = [
            (vehicle, mine)
            for number, vehicle in enumerate(tables.vehicles)
            if len(mine := np.flatnonzero(vehicles == number))
        ]
        self._known: dict[tuple[int, int], list[int]] = {}

    def riders(self, j: int, candidates: int) -> list[int]:
        """Return the riders who could be at an order's pickup soonest, by start place and time."""
        if (j, candidates) not in self._known:
            self._known[j, candidates] = self._riders(j, candidates)
        return self._known[j, candidates]

    def look_up(self, jobs: list[int], candidates: int) -> None:
        """Find the riders of many orders in one go."""
        jobs = [j for j in jobs if (j, candidates) not in self._known and self._sole_rider(j) is None]
        if len(self._able) <= candidates or not jobs:
            return
        soonest = self._soonest_s(jobs, self._start, self._start_s)
        for row, j in enumerate(np.argpartition(soonest, candidates, axis=0)[:candidates].T):
            self._known[jobs[row], candidates] = self._with_owner(jobs[row], self._able[j].tolist())

    def by_end(self, jobs: list[int], candidates: int, places: Numbers, free_s: Floats) -> Numbers:
        """Return the riders who could be at orders' pickups soonest from where and when their routes end."""
        if len(self._able) <= candidates or not jobs:
            return np.tile(self._able, (len(jobs), 1))
        soonest = self._soonest_s(jobs, places[self._able], free_s[self._able])
        return np.asarray(self._able[np.argpartition(soonest, candidates, axis=0)[:candidates].T])

    def _riders(self, j: int, candidates: int) -> list[int]:
        sole = self._sole_rider(j)
        if sole is not None:
            return [sole]
        able: list[int] = self._able.tolist()
        if len(able) <= candidates:
            return able
        nearest = np.argpartition(self._soonest_s([j], self._start, self._start_s)[:, 0], candidates)[
            :candidates
        ]
        return self._with_owner(j, self._able[nearest].tolist())

    def _with_owner(self, j: int, riders: list[int]) -> list[int]:
        owner = self._view.jobs[j].owner
        return riders if owner is None or owner in riders else [*riders, owner]

    def _soonest_s(self, jobs: list[int], places: Numbers, free_s: Floats) -> Floats:
        soonest = np.empty((len(self._able), len(jobs)))
        pickups = [2 * j for j in jobs]
        for vehicle, rows in self._groups:
            soonest[rows] = self._view.legs.block(places[rows].tolist(), pickups, vehicle)
        return soonest + free_s[:, None]

    def _sole_rider(self, j: int) -> int | None:
        """Return the only rider in question: whom the order, or one of its group, is with already."""
        job = self._view.jobs[j]
        if job.locked_to is not None or job.order.group is None:
            return job.locked_to
        for other in self._view.jobs:
            if other.order.group == job.order.group and (other.promised or other.locked_to is not None):
                return other.owner if other.promised else other.locked_to
        return None
