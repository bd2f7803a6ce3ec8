"""Which orders go well with which: a courier who has one of them is worth asking about the other."""

import numpy as np

from dispatcher.solver.tables import Floats
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
        self._kin: dict[int, list[int]] = {}
        self._jobs = np.array(jobs, dtype=np.intp)
        self._ready_s = np.maximum(0.0, np.array([view.jobs[j].earliest_s[0] for j in jobs]))
        self._vehicle = view.riders[0].vehicle if view.riders else Vehicle.BICYCLE
        for first in range(0, len(jobs), CHUNK):
            self._find(slice(first, first + CHUNK))

    def of(self, j: int) -> list[int]:
        """Return orders that go well with order ``j``."""
        return self._kin[j]

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
        near, before, jobs = _smallest(together, TOGETHER), _smallest(after, BEFORE), self._jobs.tolist()
        for row, j in enumerate(mine.tolist()):
            self._kin[j] = [jobs[other] for other in dict.fromkeys((*near[row], *before[row]))]

    def _ways_s(self, origins: list[int], destinations: list[int]) -> Floats:
        return self._view.legs.block(origins, destinations, self._vehicle)


def _smallest(matrix: Floats, count: int) -> list[list[int]]:
    if matrix.shape[1] <= count:
        return [list(range(matrix.shape[1])) for _ in matrix]
    found: list[list[int]] = np.argpartition(matrix, count, axis=1)[:, :count].tolist()
    return found
