"""How fast a courier really rides: over the leg under way, and over the rides of the shift so far.

Compares the time a way took with the time planned for it, in logarithms. What is seen of the leg under way
counts the more, the further it went; rides that ended make up the courier's usual pace, drawn towards the
fleet's. One writer: ``dispatcher.dispatching``, whenever arrivals are computed.
"""

import math

import msgspec

from domain.geo import LonLat, distance_m
from domain.ids import CourierId, StopId

STARTED_M = 40.0
"""Nearer to where the leg began the courier may not have set out yet."""

TRUST_M = 700.0
"""After this distance the leg under way counts as much as everything known before."""

RIDES_PRIOR = 4.0
"""The fleet's pace counts as this many of the courier's own rides."""

LIMIT = math.log(2.5)


class Leg(msgspec.Struct):
    """The way to the next stop from where the courier set out; ``planned_s`` is for all of it."""

    stop_id: StopId
    start: LonLat
    started_at_ms: int
    length_m: float
    planned_s: float
    ratio_log: float = 0.0
    share: float = 0.0
    along_streets: bool = False


class Pace:
    """Paces of one fleet's couriers."""

    def __init__(self) -> None:
        self._legs: dict[CourierId, Leg] = {}
        self._usual: dict[tuple[CourierId, bool], tuple[float, float]] = {}

    def usual(self, courier_id: CourierId, *, along_streets: bool = False) -> float:
        """Return a courier's riding time over the planned one, 1 when nothing is known.

        What was seen of legs along streets and of legs by straight line is kept apart.
        """
        total, rides = self._usual.get((courier_id, along_streets), (0.0, 0.0))
        return math.exp(total / (rides + RIDES_PRIOR))

    def follow(
        self,
        courier_id: CourierId,
        stop_id: StopId,
        at: LonLat,
        to: LonLat,
        now_ms: int,
        planned_s: float,
        *,
        along_streets: bool = False,
    ) -> tuple[float, float]:
        """Take a position on the way to a stop.

        Args:
            courier_id: who rides.
            stop_id: where to, by name.
            at: where the courier is now.
            to: where the stop is.
            now_ms: the position's time.
            planned_s: planned riding time from ``at`` to ``to``.
            along_streets: whether that is known along streets; when it changes, the leg begins anew.

        Returns:
            The factor on the rest of this leg, and how much of it was learnt on the leg itself, 0 to 1.
        """
        leg = self._legs.get(courier_id)
        if leg is None or leg.stop_id != stop_id or leg.along_streets != along_streets:
            self._close(courier_id, leg)
            length_m = distance_m(at, to)
            leg = Leg(stop_id, at, now_ms, length_m, planned_s, along_streets=along_streets)
            self._legs[courier_id] = leg
        left_m = distance_m(at, to)
        if distance_m(leg.start, at) < STARTED_M:
            leg.started_at_ms, leg.length_m, leg.planned_s = now_ms, left_m, planned_s
        gained_m = leg.length_m - left_m
        passed_s = (now_ms - leg.started_at_ms) / 1000
        if gained_m > STARTED_M and passed_s > 0 and leg.planned_s > 0:
            planned_part_s = leg.planned_s * gained_m / leg.length_m
            leg.ratio_log = max(-LIMIT, min(LIMIT, math.log(passed_s / planned_part_s)))
            leg.share = gained_m / (gained_m + TRUST_M)
        usual_log = math.log(self.usual(courier_id, along_streets=along_streets))
        return math.exp(leg.share * leg.ratio_log + (1 - leg.share) * usual_log), leg.share

    def rebase(self, ratio: float, *, along_streets: bool = False) -> None:
        """Take note that planned times grew by ``ratio``, so that the same slowness is not counted twice."""
        change = math.log(ratio)
        for key, (total, rides) in self._usual.items():
            if key[1] == along_streets:
                self._usual[key] = (total - change * rides, rides)
        for leg in self._legs.values():
            if leg.along_streets == along_streets:
                leg.planned_s *= ratio
                leg.ratio_log -= change

    def forget(self, courier_id: CourierId) -> None:
        """Forget a courier's leg under way: the plan changed or the courier stands."""
        self._close(courier_id, self._legs.pop(courier_id, None))

    def _close(self, courier_id: CourierId, leg: Leg | None) -> None:
        if leg is None or leg.share < 0.2:
            return
        key = (courier_id, leg.along_streets)
        total, rides = self._usual.get(key, (0.0, 0.0))
        # Older rides fade: what counts is today.
        self._usual[key] = (total * 0.95 + leg.ratio_log, rides * 0.95 + 1)
