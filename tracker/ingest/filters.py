"""Doubt: the ordered filters that a fix must pass, each refusal with a reason.

First those that need only the fix itself and the moment it arrived (``screen``), then those that need what
was believed before it in event time (``doubt``). Duplicates are found between the two, by the timeline that
knows all earlier claims. Nothing here raises: a refusal is a value, counted by reason.
"""

import math

from domain.position import Fix
from tracker.ingest.claim import Claim, Result
from tracker.ingest.smoothing import Belief
from tracker.settings import FilterSettings

_EPOCH_OF_SATELLITES_MS = 1_262_304_000_000
"""2010-01-01; a phone that claims an earlier fix has no clock (satellite week rollovers land before it)."""


def screen(fix: Fix, received_at_ms: int, future_ms: float) -> Result:
    """Judge a fix by itself.

    Args:
        fix: the phone's claim, types checked.
        received_at_ms: arrival at the server.
        future_ms: how far ahead of arrival a fix may claim to be.
    """
    lon, lat = fix.lon, fix.lat
    if lon is None or lat is None:
        return Result.HEARTBEAT
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0) or (lon == 0.0 and lat == 0.0):
        return Result.OUT_OF_RANGE
    if fix.fix_at_ms < _EPOCH_OF_SATELLITES_MS:
        return Result.OUT_OF_RANGE
    if fix.fix_at_ms > received_at_ms + future_ms:
        return Result.FUTURE
    return Result.ACCEPTED


class Streak:
    """Refusals in a row for one reason, in event time: the memory behind the escape hatch."""

    __slots__ = ("count", "last", "reason", "since_ms")

    def __init__(self, reason: Result, count: int, since_ms: int, last: Claim) -> None:
        self.reason = reason
        self.count = count
        self.since_ms = since_ms
        self.last = last


def doubt(
    claim: Claim,
    belief: Belief | None,
    streak: Streak | None,
    believable_mps: float,
    settings: FilterSettings,
) -> tuple[Result, Streak | None, bool]:
    """Judge a claim against what was believed just before it.

    Returns:
        The result, the streak of refusals after it (None once a claim was believed), and whether the escape
        hatch let it through, so that what was believed before counts for nothing.
    """
    if claim.accuracy_m > settings.accuracy_m_max:
        reason, agrees = Result.VAGUE, True
    elif belief is not None and _impossible(claim, belief, believable_mps):
        reason = Result.IMPOSSIBLE_SPEED
        agrees = streak is not None and _possible_between(streak.last, claim, believable_mps)
    else:
        return Result.ACCEPTED, None, False
    if streak is None or streak.reason is not reason:
        return reason, Streak(reason, 1, claim.at_ms, claim), False
    grown = Streak(reason, streak.count + 1 if agrees else 1, streak.since_ms, claim)
    waited_ms = claim.at_ms - grown.since_ms
    if grown.count >= settings.hatch_refusals or waited_ms >= settings.hatch_s * 1000.0:
        return Result.ACCEPTED, None, True
    return reason, grown, False


def _impossible(claim: Claim, belief: Belief, believable_mps: float) -> bool:
    """Tell whether nobody gets here from where the courier is believed, nor from the last claim believed."""
    x, y = belief.plane.to_xy(claim.lon, claim.lat)
    reach_m = believable_mps * max(abs(claim.at_ms - belief.at_ms) / 1000.0, 0.5) + claim.accuracy_m
    if math.hypot(x - belief.x, y - belief.y) <= reach_m + belief.accuracy_m:
        return False
    claimed_x, claimed_y, claimed_m = belief.claimed
    return math.hypot(x - claimed_x, y - claimed_y) > reach_m + claimed_m


def _possible_between(a: Claim, b: Claim, believable_mps: float) -> bool:
    north = (b.lat - a.lat) * 111_195.0
    east = (b.lon - a.lon) * 111_195.0 * math.cos(math.radians(a.lat))
    distance = math.hypot(east, north) - a.accuracy_m - b.accuracy_m
    return distance <= believable_mps * max(abs(b.at_ms - a.at_ms) / 1000.0, 0.5)
