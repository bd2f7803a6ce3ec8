"""Riding seconds between places by one street server, from a table that a thread of its own fills.

A caller waits a moment for what is missing. So a slow, dead or wrong server costs quality, never dispatch
(ADR 8).
"""

import logging
import queue
import threading
import time
from collections.abc import Callable

import numpy as np

from dispatcher.travel_times.breaker import Breaker
from dispatcher.travel_times.legs import Seconds
from dispatcher.travel_times.metrics import AWAY, FULL, LATE, RoadMetrics
from dispatcher.travel_times.osrm_client import OsrmClient, OsrmError
from dispatcher.travel_times.pair_table import PairTable, Place

PIN_S = 2.0
"""How long a pair answered by the straight line stays so: a plan and its check must see the same times."""
QUEUE_MAX = 4
Job = tuple[list[Place], list[Place], threading.Event]

log = logging.getLogger(__name__)


class StreetTable:
    """What one server said.

    Args:
        client: asks it; used by this table's thread alone.
        patience_s: longest wait of one call.
        metrics: who counts.
        now_s: a monotonic clock.
    """

    def __init__(
        self,
        client: OsrmClient,
        patience_s: float,
        metrics: RoadMetrics,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.breaker = Breaker(now_s)
        self._client = client
        self._patience_s = patience_s
        self._metrics = metrics
        self._now_s = now_s
        self._table = PairTable()
        self._jobs: queue.Queue[Job] = queue.Queue(QUEUE_MAX)
        self._thread: threading.Thread | None = None

    def seconds(self, origins: list[Place], destinations: list[Place]) -> tuple[Seconds, str]:
        """Return seconds, and why there are none where they are not a number; infinity: there is no way."""
        if not self._table.make_room(origins, destinations):
            return np.full((len(origins), len(destinations)), np.nan), FULL
        missing = self._table.missing(origins, destinations, self._now_s())
        if missing.any():
            rows = np.flatnonzero(missing.any(axis=1))
            columns = np.flatnonzero(missing.any(axis=0))
            self._ask([origins[i] for i in rows], [destinations[i] for i in columns])
            self._table.pin_unknown(origins, destinations, self._now_s() + PIN_S)
        seconds = self._table.seconds(origins, destinations, self._now_s())
        return seconds, AWAY if self.breaker.resting else LATE

    def settled(self) -> None:
        """Return when every question asked so far is answered or given up."""
        self._jobs.join()

    def _ask(self, origins: list[Place], destinations: list[Place]) -> None:
        """Have the thread ask; wait for it unless it is busy with earlier questions already."""
        if self.breaker.resting:
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
                if not self.breaker.resting:
                    self._fetch(origins, destinations)
            finally:
                done.set()
                self._jobs.task_done()

    def _fetch(self, origins: list[Place], destinations: list[Place]) -> None:
        began_s = time.perf_counter()
        try:
            for rows, columns, seconds in self._client.tables(origins, destinations):
                self._table.learn(rows, columns, seconds)
                self._metrics.road_asked("table", "ok", time.perf_counter() - began_s)
                began_s = time.perf_counter()
        except OsrmError as error:
            self._metrics.road_asked("table", "failed", time.perf_counter() - began_s)
            if self.breaker.failed():
                log.warning("no travel times from the road server, straight lines meanwhile: %s", error)
        else:
            self.breaker.answered()
