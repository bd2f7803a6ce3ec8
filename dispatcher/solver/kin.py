"""Which orders go well with which: a courier who has one of them is worth asking about the other."""

import numpy as np

from dispatcher.solver.tables import Floats, Numbers
from dispatcher.solver.view import View
from domain.courier import Vehicle

TOGETHER = 6
"""Orders to share a trip with: pickups near each other, about the same time, ways alike."""
BEFORE = 4
"""Orders to come after: their drop-offs are near, in time."""
WORK_S = 900.0
"""Taken for an order from ready to delivered, before any plan says so."""
RIDE_WEIGHT = 0.4
"""How much a second of riding counts beside a second of the customer's waiting."""
CHUNK = 256


class Kin:
    """Finds an order's kin among ``jobs``."""

    def __init__(self, view: View, jobs: list[int]) -> None:
        self._view = view
        self._kin = np.full((len(view.jobs), TOGETHER + BEFORE), -1, dtype=np.intp)
        self._jobs = np.array(jobs, dtype=np.intp)
        self._ready_s = np.maximum(0.0, np.array([view.jobs[j].earliest_s[0] for j in jobs]))
        self._vehicle = view.riders[0].vehicle if view.riders else Vehicle.BICYCLE
        for first in range(0, len(jobs), CHUNK):
            self._find(slice(first, first + CHUNK))

    def of(self, jobs: list[int]) -> Numbers:
        """Return orders that go well with each of ``jobs``, -1 where there are fewer."""
        return np.asarray(self._kin[jobs])

    def _find(self, part: slice) -> None:
        pickups, drops = 2 * self._jobs, 2 * self._jobs + 1
        mine, ready_s = self._jobs[part], self._ready_s
        apart_s = self._ways_s(pickups[part].tolist(), pickups.tolist())
        together = apart_s + self._ways_s(drops[part].tolist(), drops.tolist()) * RIDE_WEIGHT
        together += np.abs(ready_s[part, None] - ready_s[None, :])
        onward_s = self._ways_s(drops.tolist(), pickups[part].tolist()).T
        after = np.maximum(0.0, ready_s[None, :] + WORK_S + onward_s - ready_s[part, None])
        after += onward_s * RIDE_WEIGHT
        for matrix in (together, after):
            matrix[np.arange(len(mine)), np.arange(part.start, part.start + len(mine))] = np.inf
        for matrix, first, count in ((together, 0, TOGETHER), (after, TOGETHER, BEFORE)):
            found = _smallest(matrix, count)
            self._kin[mine, first : first + found.shape[1]] = self._jobs[found]

    def _ways_s(self, origins: list[int], destinations: list[int]) -> Floats:
        return self._view.legs.block(origins, destinations, self._vehicle)


def _smallest(matrix: Floats, count: int) -> Numbers:
    """Return the columns of each row's smallest entries."""
    if matrix.shape[1] <= count:
        return np.tile(np.arange(matrix.shape[1]), (len(matrix), 1))
    return np.argpartition(matrix, count, axis=1)[:, :count]
