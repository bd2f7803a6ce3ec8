"""What the tracker knows of each courier of a fleet: shift, phone, timeline, live position.

One writer: the fleet's pipeline (and the facade, in the same thread, when the record changes).
"""

from collections import Counter, deque

from domain.courier import VEHICLE_CLASSES, Courier, Shift, ShiftState
from domain.ids import CourierId
from domain.position import Position, Presence, TrackPoint
from tracker.geofence.telling import FenceNews
from tracker.ingest.claim import TRACKED, ClaimKey, Result
from tracker.timeline import Timeline

_SHIFTS_REMEMBERED = 64
_NEWS_REMEMBERED = 16
_WITHHELD_MAX = 64


class CourierState:
    """One courier.

    Attributes:
        live: the newest published position; never goes back in event time.
        presence: as last told to others.
        contact_ms: when anything came from any of the courier's phones.
        newest_fix_ms: newest event time claimed by a believable fix.
        results: fixes by what became of them.
        since_ms: when a result occurred last.
        link_refused_ms: when a phone came last with a link of theirs that was revoked or has expired.
        news: what was told within the last minute, with when.
        withheld: points of fixes refused as impossible, which earlier fixes that come later may vindicate.
        memory_due: the memory must be written with the next tick.
        memory_ms: event time at which it was written last.
    """

    def __init__(self, courier: Courier, timeline: Timeline) -> None:
        self.timeline = timeline
        self.live: Position | None = None
        self.presence = Presence.OFFLINE
        self.contact_ms: int | None = None
        self.newest_fix_ms: int | None = None
        self.backlog_ms = 0
        self.battery_pct: float | None = None
        self.power_saver_since_ms: int | None = None
        self.link_refused_ms: int | None = None
        self.app = ""
        self.results: Counter[str] = Counter()
        self.last_result_ms: dict[str, int] = {}
        self.news: deque[tuple[int, FenceNews]] = deque(maxlen=_NEWS_REMEMBERED)
        self.untold_news: list[FenceNews] = []
        self.withheld: dict[ClaimKey, TrackPoint] = {}
        self.memory_due = False
        self.memory_ms = 0
        self._worked: list[tuple[int, int]] = []
        self._rested: deque[tuple[int, int]] = deque(maxlen=_SHIFTS_REMEMBERED)
        self.courier = courier
        timeline.believable_mps = VEHICLE_CLASSES[courier.vehicle].believable_mps

    def change(self, courier: Courier, at_ms: int) -> None:
        """Take over the courier's record; a shift that ended is remembered for fixes that come late."""
        before = self.courier
        started = before.shift_started_at_ms
        ended = before.shift is ShiftState.ON and (
            courier.shift is not ShiftState.ON or courier.shift_started_at_ms != started
        )
        if ended and started is not None:
            self.worked(started, at_ms)
        if before.shift is ShiftState.BREAK and courier.shift is not ShiftState.BREAK and self._worked:
            self._rested.append((self._worked[-1][1], at_ms))
        self.courier = courier
        self.timeline.believable_mps = VEHICLE_CLASSES[courier.vehicle].believable_mps

    def worked(self, from_ms: int, to_ms: int) -> None:
        """Remember a past shift."""
        self._worked.append((from_ms, to_ms))
        del self._worked[:-_SHIFTS_REMEMBERED]

    def withhold(self, key: ClaimKey, point: TrackPoint) -> None:
        """Keep a refused fix for a while; the oldest refusals are forgotten first."""
        self.withheld[key] = point
        if len(self.withheld) > _WITHHELD_MAX:
            del self.withheld[next(iter(self.withheld))]

    def vindicated(self) -> list[TrackPoint]:
        """Return withheld points, once each, that are believed now; those nobody can judge any more go."""
        points: list[TrackPoint] = []
        for key, point in list(self.withheld.items()):
            result = self.timeline.result(key)
            if result is not Result.IMPOSSIBLE_SPEED:
                del self.withheld[key]
                if result in TRACKED:
                    points.append(point)
        return points

    def remember_shift(self, shift: Shift) -> None:
        """Remember a shift of the record if it has ended."""
        if shift.ended_at_ms is not None:
            self.worked(shift.started_at_ms, shift.ended_at_ms)

    @property
    def on_shift(self) -> bool:
        """Tell whether the courier works now."""
        return self.courier.shift is ShiftState.ON

    def takes(self, at_ms: int) -> bool:
        """Tell whether a fix of this moment may be taken now.

        On shift all are, since a shift may have begun without network; but never those of a break.
        """
        if self.on_shift:
            return not any(start < at_ms < end for start, end in self._rested)
        return any(start <= at_ms <= end for start, end in self._worked)


class FleetState:
    """All couriers of a fleet, by id."""

    def __init__(self) -> None:
        self.couriers: dict[CourierId, CourierState] = {}
