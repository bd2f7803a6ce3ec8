"""Single legs along streets for arrival times: never waits.

A leg nobody asked for yet is noted and asked by a thread of its own; until then it goes like the nearest leg
to the same stop that is known, scaled by their straight lines, else by the straight line. A courier who
rides towards a stop is so followed along streets although every new position is a new question.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from dispatcher.travel_times.breaker import Breaker
from dispatcher.travel_times.metrics import AWAY, LATE, NO_WAY, RoadMetrics
from dispatcher.travel_times.osrm_client import SIDE, OsrmClient, OsrmError
from dispatcher.travel_times.pair_table import Place, place_of
from domain.geo import LonLat, distance_m

STOPS_MAX = 4096
ORIGINS_MAX = 32
"""Remembered legs per stop; the oldest makes room."""
WISHES_MAX = 4096
NEAR_M = 250.0
"""A leg from farther away says nothing about this one."""
SAME_M = 25.0
SCALE_MAX = 2.0

log = logging.getLogger(__name__)


class LiveLegs:
    """Legs by one street server; safe for one reader and its own thread.

    Args:
        client: asks the server; used by this object's thread alone.
        metrics: who counts.
        now_s: a monotonic clock.
    """

    def __init__(
        self, client: OsrmClient, metrics: RoadMetrics, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._metrics = metrics
        self._breaker = Breaker(now_s)
        self._known: OrderedDict[Place, OrderedDict[Place, float]] = OrderedDict()
        self._wishes: OrderedDict[tuple[Place, Place], None] = OrderedDict()
        self._changed = threading.Condition()
        self._busy = False
        self._thread: threading.Thread | None = None

    def seconds(self, origin: LonLat, destination: LonLat) -> float | None:
        """Return riding seconds along streets, None where the straight line must do."""
        start, stop = place_of(origin), place_of(destination)
        if start == stop:
            return 0.0
        with self._changed:
            legs = self._known.get(stop)
            exact = legs.get(start) if legs else None
            near = None if exact is not None or not legs else _nearest(start, legs)
            if exact is None:
                self._wish(start, stop)
        seconds = exact
        if exact is None and near is not None:
            seconds = _carried_over(near, start, stop)
        if seconds is None:
            self._metrics.road_fallback(AWAY if self._breaker.resting else LATE)
        elif seconds == float("inf"):
            self._metrics.road_fallback(NO_WAY)
            return None
        return seconds

    def settled(self) -> None:
        """Return when every leg noted so far is answered or given up."""
        with self._changed:
            self._changed.wait_for(lambda: not self._wishes and not self._busy)

    def _wish(self, start: Place, stop: Place) -> None:
        if self._breaker.resting or len(self._wishes) >= WISHES_MAX:
            return
        self._wishes[start, stop] = None
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, daemon=True, name="relevo-legs")
            self._thread.start()
        self._changed.notify_all()

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: bool(self._wishes))
                count = min(SIDE, len(self._wishes))
                pairs = [self._wishes.popitem(last=False)[0] for _ in range(count)]
                self._busy = True
            if not self._breaker.resting:
                self._fetch(pairs)

    def _fetch(self, pairs: list[tuple[Place, Place]]) -> None:
        """Ask for up to ``SIDE`` legs with one table."""
        starts = list(dict.fromkeys(start for start, _ in pairs))
        stops = list(dict.fromkeys(stop for _, stop in pairs))
        began_s = time.perf_counter()
        try:
            ((_, _, seconds),) = self._client.tables(starts, stops)
        except OsrmError as error:
            self._metrics.road_asked("table", "failed", time.perf_counter() - began_s)
            if self._breaker.failed():
                log.warning("no legs from the road server, straight lines meanwhile: %s", error)
            return
        self._metrics.road_asked("table", "ok", time.perf_counter() - began_s)
        self._breaker.answered()
        with self._changed:
            for start, stop in pairs:
                self._remember(start, stop, float(seconds[starts.index(start), stops.index(stop)]))

    def _remember(self, start: Place, stop: Place, seconds: float) -> None:
        legs = self._known.setdefault(stop, OrderedDict())
        self._known.move_to_end(stop)
        legs[start] = seconds
        if len(legs) > ORIGINS_MAX:
            legs.popitem(last=False)
        if len(self._known) > STOPS_MAX:
            self._known.popitem(last=False)


def _nearest(start: Place, legs: OrderedDict[Place, float]) -> tuple[Place, float] | None:
    other = min(legs, key=lambda place: abs(place[0] - start[0]) + abs(place[1] - start[1]))
    return (other, legs[other]) if _apart_m(start, other) <= NEAR_M else None


def _carried_over(near: tuple[Place, float], start: Place, stop: Place) -> float:
    """Return the near leg's seconds by the ratio of the straight lines."""
    other, seconds = near
    if _apart_m(start, other) <= SAME_M:
        return seconds
    before_m, now_m = max(SAME_M, _apart_m(other, stop)), max(SAME_M, _apart_m(start, stop))
    return seconds * min(SCALE_MAX, max(1 / SCALE_MAX, now_m / before_m))


def _apart_m(a: Place, b: Place) -> float:
    return distance_m(LonLat(*a), LonLat(*b))
