"""Travel times along streets, one street server per vehicle; what they do not know goes by straight lines.

The planner reads tables (``street_table``), which may wait a moment; arrival times read single legs
(``live_legs``), which never wait. Both ask the same servers and fall back to the same straight lines.
"""

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from dispatcher.travel_times.legs import LegTime
from dispatcher.travel_times.live_legs import LiveLegs
from dispatcher.travel_times.metrics import NO_WAY, NoRoadMetrics, RoadMetrics
from dispatcher.travel_times.osrm_client import OsrmClient
from dispatcher.travel_times.pair_table import place_of
from dispatcher.travel_times.stand_in import pace, stand_in
from dispatcher.travel_times.straight_line import StraightLine
from dispatcher.travel_times.street_table import StreetTable
from domain.courier import Vehicle
from domain.geo import LonLat
from domain.ports import TravelTimes

PATIENCE_S = 0.05
"""How long a caller on the event loop may wait."""
SOLVER_PATIENCE_S = 1.0
"""How long the copy in a solver process may wait: nothing else waits for it."""


class OsrmTimes:
    """Fulfils ``domain.ports.TravelTimes``; a pickled copy has tables and threads of its own.

    Args:
        servers: address per vehicle; vehicles without one ride a stand-in's streets at their own pace.
        patience_s: longest wait of one call for a table.
        fallback: for what the servers do not know (yet); straight lines when left out.
        metrics: who counts.
        now_s: a monotonic clock.
    """

    def __init__(
        self,
        servers: Mapping[Vehicle, str],
        *,
        patience_s: float = PATIENCE_S,
        fallback: TravelTimes | None = None,
        metrics: RoadMetrics | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._servers = dict(servers)
        self._fallback = fallback or StraightLine()
        self._metrics = metrics or NoRoadMetrics()
        self._tables = {
            vehicle: StreetTable(OsrmClient(url, vehicle.value), patience_s, self._metrics, now_s)
            for vehicle, url in servers.items()
        }
        self._legs = {
            vehicle: LiveLegs(OsrmClient(url, vehicle.value), self._metrics, now_s)
            for vehicle, url in servers.items()
        }

    def __reduce__(self) -> tuple[Callable[[dict[Vehicle, str]], "OsrmTimes"], tuple[dict[Vehicle, str]]]:
        return _for_solver, (self._servers,)

    @property
    def resting(self) -> frozenset[Vehicle]:
        """Whose servers failed so often that they are left alone for a while."""
        return frozenset(vehicle for vehicle, table in self._tables.items() if table.breaker.resting)

    def matrix_s(
        self, origins: Sequence[LonLat], destinations: Sequence[LonLat], vehicle: Vehicle
    ) -> list[list[float]]:
        """Return riding seconds, one row per origin, one column per destination."""
        straight = np.asarray(self._fallback.matrix_s(origins, destinations, vehicle), dtype=np.float64)
        if not straight.size:
            empty: list[list[float]] = straight.reshape(len(origins), len(destinations)).tolist()
            return empty
        other = stand_in(vehicle, self._tables)
        known, why = self._tables[other].seconds(
            [place_of(p) for p in origins], [place_of(p) for p in destinations]
        )
        self._count(known, why)
        known = known * pace(vehicle, other)
        rows: list[list[float]] = np.where(np.isfinite(known), known, straight).tolist()
        return rows

    def leg(self, origin: LonLat, destination: LonLat, vehicle: Vehicle) -> LegTime:
        """Return one leg at once."""
        other = stand_in(vehicle, self._legs)
        seconds = self._legs[other].seconds(origin, destination)
        straight_s = float(self._fallback.matrix_s([origin], [destination], vehicle)[0][0])
        if seconds is None:
            return LegTime(straight_s, along_streets=False)
        return LegTime(seconds * pace(vehicle, other), along_streets=True, straight_s=straight_s)

    def settled(self) -> None:
        """Return when every question asked so far is answered or given up; for tests and benches."""
        for table in self._tables.values():
            table.settled()
        for legs in self._legs.values():
            legs.settled()

    def _count(self, known: np.ndarray, why: str) -> None:
        for reason, count in ((NO_WAY, np.isinf(known).sum()), (why, np.isnan(known).sum())):
            if count:
                self._metrics.road_fallback(reason, int(count))


def _for_solver(servers: dict[Vehicle, str]) -> OsrmTimes:
    return OsrmTimes(servers, patience_s=SOLVER_PATIENCE_S)
