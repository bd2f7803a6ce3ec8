"""One courier and one fence: when evidence becomes an event.

The states are OUT (no state kept), ENTERING, IN and EXITING. Evidence is a believed place whose uncertainty
is small enough; a fix that is no evidence is passed to ``blind``. A state is a value: ``step`` returns a new
one and changes nothing, so that the timeline can go back to before a late fix and take the same road again.

Worse accuracy never adds an event: leaving needs more distance, an unclear place only restarts the waiting,
and so does a fix that is no evidence.
"""

import enum
import math

import msgspec

from domain.zone import FenceEventKind
from tracker.geofence.fence import Fence
from tracker.settings import FenceSettings

_M_PER_DEG = 111_195.08


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


class FenceState(msgspec.Struct, frozen=True):
    """What is remembered of one courier and one fence that is not OUT.

    Attributes:
        since_ms: the first evidence inside: the visit's beginning and its name within the timeline.
        hold_ms: since when the present evidence (inside, or in EXITING outside) holds; None when interrupted.
        fixes: how many fixes in a row hold.
        slow: how many of them in a row were slow.
        stay_ms: since when the courier has stayed around ``stay_lon``, ``stay_lat``.
        out_ms: in EXITING the first evidence outside.
    """

    phase: Phase
    since_ms: int
    hold_ms: int | None
    fixes: int
    slow: int
    stay_ms: int
    stay_lon: float
    stay_lat: float
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
        if distance_m > 0.0 or not _may_enter(fence, evidence):
            return None, None
        return _entering(fence, _first_inside(evidence), evidence, settings)
    if state.phase is Phase.ENTERING:
        if distance_m <= 0.0:
            return _entering(fence, _still_inside(state, evidence, settings), evidence, settings)
        if distance_m > evidence.uncertainty_m:
            return None, None
        return _interrupted(state), None
    return _inside(fence, state, evidence, distance_m, settings)


def blind(state: FenceState) -> FenceState:
    """Return the state after a fix that is no evidence: what was waited for starts anew."""
    return state if state.phase is Phase.IN or state.hold_ms is None else _interrupted(state)


def apart_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Return the distance of two places of one city (flat-Earth)."""
    east = (lon_b - lon_a) * _M_PER_DEG * math.cos(math.radians(lat_a))
    return math.hypot(east, (lat_b - lat_a) * _M_PER_DEG)


def _may_enter(fence: Fence, evidence: Evidence) -> bool:
    if not fence.from_ms <= evidence.at_ms <= fence.until_ms:
        return False
    if evidence.moved:
        return True
    return fence.shape.signed_distance_m(evidence.anchor_lon, evidence.anchor_lat) <= 0.0


def _first_inside(evidence: Evidence) -> FenceState:
    at_ms = evidence.at_ms
    slow = 1 if evidence.slow else 0
    return FenceState(Phase.ENTERING, at_ms, at_ms, 1, slow, at_ms, evidence.lon, evidence.lat)


def _still_inside(state: FenceState, evidence: Evidence, settings: FenceSettings) -> FenceState:
    at_ms, lon, lat = evidence.at_ms, evidence.lon, evidence.lat
    held = state.hold_ms is not None
    stays = held and apart_m(state.stay_lon, state.stay_lat, lon, lat) <= settings.stay_m
    return FenceState(
        Phase.ENTERING,
        state.since_ms,
        state.hold_ms if held else at_ms,
        state.fixes + 1 if held else 1,
        (state.slow + 1 if held else 1) if evidence.slow else 0,
        state.stay_ms if stays else at_ms,
        state.stay_lon if stays else lon,
        state.stay_lat if stays else lat,
    )


def _entering(fence: Fence, state: FenceState, evidence: Evidence, settings: FenceSettings) -> Outcome:
    assert state.hold_ms is not None  # noqa: S101 - set by both callers
    dwell_ms = settings.enter_dwell_s * 1000.0
    if fence.stop:
        arrived = state.slow >= settings.slow_fixes or evidence.at_ms - state.stay_ms >= dwell_ms
    else:
        arrived = state.fixes >= settings.enter_fixes or evidence.at_ms - state.hold_ms >= dwell_ms
    if not arrived:
        return state, None
    inside = msgspec.structs.replace(state, phase=Phase.IN)
    return inside, Transition(fence, FenceEventKind.ENTERED, state.since_ms, state.since_ms)


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
    return msgspec.structs.replace(state, hold_ms=None, fixes=0, slow=0)
