"""One courier and one fence: when evidence becomes an event.

The states are OUT (no state kept), ENTERING, IN and EXITING. Evidence is a believed place whose uncertainty
is small enough; a fix that is no evidence is passed to ``blind``. A state is a value: ``step`` returns a new
one and changes nothing, so that the timeline can go back to before a late fix and take the same road again.

Worse accuracy never adds an event: leaving needs more distance, an unclear place only restarts the waiting,
and so does a fix that is no evidence.
"""

import enum

import msgspec

from domain.zone import FenceEventKind
from tracker.geofence.fence import Fence
from tracker.geofence.shapes import apart_m
from tracker.settings import FenceSettings


class Evidence:
    """A believed place good enough to judge fences by.

    Attributes:
        uncertainty_m: radius of 68 % confidence.
        slow: the courier is known to move slower than the setting.
        anchor: where the courier last really moved to; a shorter way than both uncertainties is no move.
    """

    __slots__ = ("anchor_lat", "anchor_lon", "anchor_m", "at_ms", "lat", "lon", "slow", "uncertainty_m")

    def __init__(
        self,
        at_ms: int,
        lon: float,
        lat: float,
        uncertainty_m: float,
        *,
        slow: bool,
        before: "Evidence | None" = None,
        moving: bool = True,
    ) -> None:
        self.at_ms = at_ms
        self.lon = lon
        self.lat = lat
        self.uncertainty_m = uncertainty_m
        self.slow = slow
        if before is None or moving or self._left(before):
            self.anchor_lon, self.anchor_lat, self.anchor_m = lon, lat, uncertainty_m
        else:
            self.anchor_lon, self.anchor_lat = before.anchor_lon, before.anchor_lat
            self.anchor_m = before.anchor_m

    @property
    def moved(self) -> bool:
        """Tell whether this is a new place rather than noise around the last one."""
        return self.anchor_lon == self.lon and self.anchor_lat == self.lat

    def _left(self, before: "Evidence") -> bool:
        way = apart_m(before.anchor_lon, before.anchor_lat, self.lon, self.lat)
        return way > before.anchor_m + self.uncertainty_m


class Phase(enum.IntEnum):
    """Where a courier stands with a fence; OUT is the absence of a state."""

    ENTERING = 1
    IN = 2
    EXITING = 3


Trace = tuple[int, float, float]
"""(event time, lon, lat)"""


class FenceState(msgspec.Struct, frozen=True):
    """What is remembered of one courier and one fence that is not OUT.

    Attributes:
        since_ms: the first evidence inside: the visit's beginning and its name within the timeline.
        hold_ms: since when the present evidence (inside, or in EXITING outside) holds; None when interrupted.
        fixes: how many fixes in a row hold.
        slow_ms: since when they have all been slow, None when the last was not.
        recent: places while the evidence holds, back to one from a dwell time ago.
        out_ms: in EXITING the first evidence outside.
    """

    phase: Phase
    since_ms: int
    hold_ms: int | None
    fixes: int = 0
    slow_ms: int | None = None
    recent: tuple[Trace, ...] = ()
    out_ms: int = 0
    dwelled: bool = False


class Transition(msgspec.Struct, frozen=True):
    """Something happened at a fence: ``at_ms`` in event time, during the visit that began at ``since_ms``."""

    fence: Fence
    kind: FenceEventKind
    at_ms: int
    since_ms: int


Outcome = tuple[FenceState | None, Transition | None]


def step(
    fence: Fence, state: FenceState | None, evidence: Evidence, distance_m: float, settings: FenceSettings
) -> Outcome:
    """Return the state after one piece of evidence, and what happened if anything did.

    Args:
        fence: the fence.
        state: before the evidence; None is OUT.
        evidence: the believed place.
        distance_m: signed distance to the fence's edge, negative inside.
        settings: the hysteresis.
    """
    if state is None:
        if distance_m > 0.0 or not _may_enter(fence, evidence, distance_m):
            return None, None
        return _entering(fence, _first_inside(evidence), evidence, distance_m, settings)
    if state.phase is Phase.ENTERING:
        if distance_m <= 0.0:
            return _entering(fence, _still_inside(state, evidence, settings), evidence, distance_m, settings)
        if distance_m > evidence.uncertainty_m:
            return None, None
        return _interrupted(state), None
    return _inside(fence, state, evidence, distance_m, settings)


def blind(state: FenceState) -> FenceState:
    """Return the state after a fix that is no evidence: what was waited for starts anew."""
    return state if state.phase is Phase.IN or state.hold_ms is None else _interrupted(state)


def _may_enter(fence: Fence, evidence: Evidence, distance_m: float) -> bool:
    if not fence.from_ms <= evidence.at_ms <= fence.until_ms:
        return False
    if evidence.moved or distance_m <= -evidence.uncertainty_m:
        return True
    return fence.shape.signed_distance_m(evidence.anchor_lon, evidence.anchor_lat) <= 0.0


def _first_inside(evidence: Evidence) -> FenceState:
    at_ms = evidence.at_ms
    slow_ms = at_ms if evidence.slow else None
    return FenceState(Phase.ENTERING, at_ms, at_ms, 1, slow_ms, ((at_ms, evidence.lon, evidence.lat),))


def _still_inside(state: FenceState, evidence: Evidence, settings: FenceSettings) -> FenceState:
    at_ms = evidence.at_ms
    here = (at_ms, evidence.lon, evidence.lat)
    if state.hold_ms is None:
        slow_ms = at_ms if evidence.slow else None
        return FenceState(Phase.ENTERING, state.since_ms, at_ms, 1, slow_ms, (here,))
    recent = (*state.recent, here)
    ripe_ms = at_ms - settings.enter_dwell_s * max(settings.edge_patience, settings.later_patience) * 1000.0
    while len(recent) > 1 and recent[1][0] <= ripe_ms:
        recent = recent[1:]
    slow_ms = (at_ms if state.slow_ms is None else state.slow_ms) if evidence.slow else None
    return FenceState(Phase.ENTERING, state.since_ms, state.hold_ms, state.fixes + 1, slow_ms, recent)


def _entering(
    fence: Fence, state: FenceState, evidence: Evidence, distance_m: float, settings: FenceSettings
) -> Outcome:
    if fence.stop:
        arrives = _stays(fence, state, evidence, settings, _patience(fence, distance_m, settings))
    else:
        arrives = _holds(state, evidence, settings)
    if not arrives:
        return state, None
    inside = FenceState(Phase.IN, state.since_ms, state.hold_ms)
    return inside, Transition(fence, FenceEventKind.ENTERED, state.since_ms, state.since_ms)


def _holds(state: FenceState, evidence: Evidence, settings: FenceSettings) -> bool:
    """A zone is entered by being inside for long enough, whether riding or standing."""
    assert state.hold_ms is not None  # noqa: S101 - set by both callers of _entering
    held_ms = evidence.at_ms - state.hold_ms
    return state.fixes >= settings.enter_fixes or held_ms >= settings.enter_dwell_s * 1000.0


def _patience(fence: Fence, distance_m: float, settings: FenceSettings) -> float:
    """Return how many times longer a courier must stay here than at the door itself.

    Far from the door, or where another stop comes first in the plan, a red light is as likely as an arrival;
    a longer stay tells them apart.
    """
    if fence.order is None:
        return 1.0
    if fence.later:
        return settings.later_patience
    near_m = settings.door_share * fence.order.radius_m
    away_m = fence.order.radius_m + distance_m
    outer = min(1.0, max(0.0, (away_m - near_m) / (fence.order.radius_m - near_m)))
    return 1.0 + outer * (settings.edge_patience - 1.0)


def _stays(
    fence: Fence, state: FenceState, evidence: Evidence, settings: FenceSettings, patience: float
) -> bool:
    """A stop is reached by staying there: slow for a while, or about where one was a dwell time ago.

    Whoever was heard inside before and after a longer silence, and got on no faster than a drift, stayed:
    nobody who rode would still be so near.
    """
    at_ms = evidence.at_ms
    if state.slow_ms is not None and at_ms - state.slow_ms >= settings.slow_s * patience * 1000.0:
        return True
    then = _trace_before(state, at_ms - settings.enter_dwell_s * patience * 1000.0)
    if then is None:
        return False
    reach_m = max(settings.stay_m, settings.drift_mps * (at_ms - then[0]) / 1000.0)
    if apart_m(then[1], then[2], evidence.lon, evidence.lat) > reach_m:
        return False
    # Whoever waited farther out and now moves in has not been at the door for all that time.
    patience = max(patience, _patience(fence, fence.shape.signed_distance_m(then[1], then[2]), settings))
    return _trace_before(state, at_ms - settings.enter_dwell_s * patience * 1000.0) is not None


def _trace_before(state: FenceState, at_ms: float) -> Trace | None:
    return next((trace for trace in reversed(state.recent) if trace[0] <= at_ms), None)


def _inside(
    fence: Fence, state: FenceState, evidence: Evidence, distance_m: float, settings: FenceSettings
) -> Outcome:
    at_ms, uncertainty = evidence.at_ms, evidence.uncertainty_m
    if distance_m > max(settings.exit_buffer_m, uncertainty) + uncertainty:
        return _leaving(fence, state, at_ms, settings)
    if state.phase is Phase.EXITING:
        state = msgspec.structs.replace(state, phase=Phase.IN)
    if fence.dwell_s is None or state.dwelled or distance_m > 0.0:
        return state, None
    dwelled_ms = state.since_ms + int(fence.dwell_s * 1000)
    if at_ms < dwelled_ms:
        return state, None
    dwelled = msgspec.structs.replace(state, dwelled=True)
    return dwelled, Transition(fence, FenceEventKind.DWELLED, dwelled_ms, state.since_ms)


def _leaving(fence: Fence, state: FenceState, at_ms: int, settings: FenceSettings) -> Outcome:
    if state.phase is Phase.IN:
        state = msgspec.structs.replace(state, phase=Phase.EXITING, hold_ms=at_ms, out_ms=at_ms)
    elif state.hold_ms is None:
        state = msgspec.structs.replace(state, hold_ms=at_ms)
    assert state.hold_ms is not None  # noqa: S101 - set just now
    if at_ms - state.hold_ms < settings.exit_dwell_s * 1000.0:
        return state, None
    return None, Transition(fence, FenceEventKind.EXITED, state.out_ms, state.since_ms)


def _interrupted(state: FenceState) -> FenceState:
    return msgspec.structs.replace(state, hold_ms=None, fixes=0, slow_ms=None, recent=())
