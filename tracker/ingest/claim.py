"""A phone's claim on its way through the pipeline, and what may become of it.

A claim never leaves the tracker: what others see is a ``Position`` or a ``TrackPoint``.
"""

import enum
import math

from domain.ids import DeviceId
from domain.position import Fix


class Result(enum.StrEnum):
    """What became of one fix; the names are metric labels and the codes in ``rejected`` frames."""

    ACCEPTED = "accepted"
    HEARTBEAT = "heartbeat"
    MALFORMED = "malformed"
    OFF_SHIFT = "off_shift"
    OUT_OF_RANGE = "out_of_range"
    FUTURE = "future"
    DUPLICATE = "duplicate"
    TOO_OLD = "too_old"
    LATE = "late"
    VAGUE = "vague"
    IMPOSSIBLE_SPEED = "impossible_speed"


TRACKED = frozenset({Result.ACCEPTED, Result.TOO_OLD, Result.LATE, Result.VAGUE})
"""Results whose fix enters the archived track."""

UNREMARKABLE = frozenset({Result.ACCEPTED, Result.HEARTBEAT})
"""Results that are not reported back to the phone as rejected."""

ClaimKey = tuple[int, float, float, str]


class Claim:
    """One fix with coordinates, cleaned of values that mean "unknown".

    Attributes:
        at_ms: event time.
        accuracy_m: reported, or assumed where the phone said none.
        behind_ms: how much newer the newest fix was when this one came, in event time; 0 in order.
    """

    __slots__ = (
        "accuracy_m",
        "at_ms",
        "behind_ms",
        "device",
        "heading_deg",
        "lat",
        "lon",
        "received_at_ms",
        "speed_mps",
    )

    def __init__(
        self,
        at_ms: int,
        lon: float,
        lat: float,
        accuracy_m: float,
        speed_mps: float | None,
        heading_deg: float | None,
        device: DeviceId,
        received_at_ms: int,
    ) -> None:
        self.at_ms = at_ms
        self.lon = lon
        self.lat = lat
        self.accuracy_m = accuracy_m
        self.speed_mps = speed_mps
        self.heading_deg = heading_deg
        self.device = device
        self.received_at_ms = received_at_ms
        self.behind_ms = 0

    @property
    def key(self) -> ClaimKey:
        """Order in event time, ties broken by place; two claims of a device with one key are duplicates."""
        return (self.at_ms, self.lon, self.lat, self.device)


def claim_of(
    fix: Fix, device: DeviceId, received_at_ms: int, accuracy_m_assumed: float, accuracy_m_min: float
) -> Claim:
    """Return the claim in a fix whose coordinates are known to be in range."""
    accuracy = fix.accuracy_m
    if accuracy is None or not 0 < accuracy < math.inf:
        accuracy = accuracy_m_assumed
    elif accuracy < accuracy_m_min:
        accuracy = accuracy_m_min
    speed = fix.speed_mps
    if speed is not None and not 0 <= speed < 200:
        speed = None
    heading = fix.heading_deg
    if heading is not None:
        heading = heading % 360.0 if 0 <= heading <= 360 else None
    assert fix.lon is not None  # noqa: S101 - the range filter comes before
    assert fix.lat is not None  # noqa: S101 - the same
    return Claim(fix.fix_at_ms, fix.lon, fix.lat, accuracy, speed, heading, device, received_at_ms)
