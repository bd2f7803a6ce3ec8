"""Travel times along streets, from the ``table`` service of an OSRM server.

A thread of its own asks the server and fills a table of known pairs; a caller waits a moment for what is
missing and then goes on with the straight line. So a slow, dead or wrong server costs quality, never dispatch
(ADR 8).
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np

from dispatcher.travel_times.legs import Seconds
from dispatcher.travel_times.osrm_client import OsrmClient, OsrmError
from dispatcher.travel_times.pair_table import PairTable, Place, place_of
from dispatcher.travel_times.straight_line import StraightLine
from domain.courier import VEHICLE_CLASSES, Vehicle
from domain.geo import LonLat
from domain.ports import TravelTimes

PATIENCE_S = 0.05
"""How long a caller on the event loop may wait."""
SOLVER_PATIENCE_S = 1.0
"""How long the copy in a solver process may wait: nothing else waits for it."""
PIN_S = 2.0
"""How long a pair answered by the straight line stays so: a plan and its check must see the same times."""
FAILURES_MAX = 3
BREAK_S = 10.0
QUEUE_MAX = 4
Job = tuple[list[Place], list[Place], threading.Event]

log = logging.getLogger(__name__)


class OsrmTimes:
    """Fulfils ``domain.ports.TravelTimes``; a pickled copy has a table and a thread of its own.

    The server's bicycle times are scaled by the usual speeds for other vehicles.

    Args:
        url: address of the server.
        patience_s: longest wait of one call.
        fallback: for what the server does not know (yet); straight lines when left out.
        now_s: a monotonic clock.
    """

    def __init__(
        self,
        url: str,
        *,
        patience_s: float = PATIENCE_S,
        fallback: TravelTimes | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._patience_s = patience_s
        self._fallback = fallback or StraightLine()
        self._now_s = now_s
        self._client = OsrmClient(url)
        self._table = PairTable()
        self._jobs: queue.Queue[Job] = queue.Queue(QUEUE_MAX)
        self._thread: threading.Thread | None = None
        self._failures = 0
        self._closed_until_s = float("-inf")

    def __reduce__(self) -> tuple[Callable[[str], "OsrmTimes"], tuple[str]]:
        return _for_solver, (self._url,)

    @property
    def resting(self) -> bool:
        """Whether the server failed so often that it is left alone for a while."""
        return self._now_s() < self._closed_until_s

    def matrix_s(
        self, origins: Sequence[LonLat], destinations: Sequence[LonLat], vehicle: Vehicle
    ) -> list[list[float]]:
        """Return riding seconds, one row per origin, one column per destination."""
        straight = np.asarray(self._fallback.matrix_s(origins, destinations, vehicle), dtype=np.float64)
        if not straight.size:
            empty: list[list[float]] = straight.reshape(len(origins), len(destinations)).tolist()
            return empty
        pace = VEHICLE_CLASSES[Vehicle.BICYCLE].cruise_mps / VEHICLE_CLASSES[vehicle].cruise_mps
        known = self._known([place_of(p) for p in origins], [place_of(p) for p in destinations]) * pace
        rows: list[list[float]] = np.where(np.isfinite(known), known, straight).tolist()
        return rows

    def _known(self, origins: list[Place], destinations: list[Place]) -> Seconds:
        """Return the server's seconds, not finite where the straight line must do."""
        if not self._table.make_room(origins, destinations):
            return np.full((len(origins), len(destinations)), np.nan)
        missing = self._table.missing(origins, destinations, self._now_s())
        if missing.any():
            rows = np.flatnonzero(missing.any(axis=1))
            columns = np.flatnonzero(missing.any(axis=0))
            self._ask([origins[i] for i in rows], [destinations[i] for i in columns])
            self._table.pin_unknown(origins, destinations, self._now_s() + PIN_S)
        return self._table.seconds(origins, destinations, self._now_s())

    def _ask(self, origins: list[Place], destinations: list[Place]) -> None:
        """Have the thread ask; wait for it unless it is busy with earlier questions already."""
        if self.resting:
            return
        behind = self._jobs.unfinished_tasks > 0
        done = threading.Event()
        try:
            self._jobs.put_nowait((origins, destinations, done))
        except queue.Full:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, daemon=True, name="relevo-roads")
            self._thread.start()
        if not behind:
            done.wait(self._patience_s)

    def _serve(self) -> None:
        while True:
            origins, destinations, done = self._jobs.get()
            try:
                if not self.resting:
                    self._fetch(origins, destinations)
            finally:
                done.set()
                self._jobs.task_done()

    def _fetch(self, origins: list[Place], destinations: list[Place]) -> None:
        try:
            for rows, columns, seconds in self._client.tables(origins, destinations):
                self._table.learn(rows, columns, seconds)
        except OsrmError as error:
            self._failures += 1
            if self._failures >= FAILURES_MAX:
                self._closed_until_s = self._now_s() + BREAK_S
                log.warning("no travel times from the road server, straight lines meanwhile: %s", error)
        else:
            self._failures = 0


def _for_solver(url: str) -> OsrmTimes:
    return OsrmTimes(url, patience_s=SOLVER_PATIENCE_S)
