"""Fixes (a phone's claim) and positions (the fleet's belief)."""

import enum

import msgspec

from domain.geo import LonLat
from domain.ids import CourierId, DeviceId


class Fix(msgspec.Struct, frozen=True, array_like=True):
    """One GNSS solution as a phone reports it; a claim, checked by nobody yet.

    On the wire it is an array; nulls are allowed from ``accuracy_m`` on and trailing values may be
    left out. ``lon`` and ``lat`` may be out of range here: the filters refuse such a fix by reason.

    Attributes:
        fix_at_ms: Unix UTC milliseconds of the solution.
        lon: degrees east; None for a heartbeat without coordinates.
        lat: degrees north; None for a heartbeat without coordinates.
        accuracy_m: radius of 68 % confidence, metres.
        speed_mps: metres per second.
        heading_deg: degrees clockwise from true north.
        battery_pct: 0 to 100.
    """

    fix_at_ms: int
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None
    battery_pct: float | None = None


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where a courier is believed to be.

    Attributes:
        at: the smoothed place.
        accuracy_m: standard uncertainty of ``at``, metres.
        speed_mps: smoothed speed, or None when unknown.
        heading_deg: smoothed heading, or None when standing or unknown.
        fix_at_ms: event time.
        received_at_ms: arrival time; only measures delay.
    """

    courier_id: CourierId
    at: LonLat
    accuracy_m: float
    speed_mps: float | None
    heading_deg: float | None
    fix_at_ms: int
    received_at_ms: int
    battery_pct: float | None = None


class TrackPoint(msgspec.Struct, frozen=True, array_like=True):
    """One believed fix as it is archived; unique by (courier, device, seq, index).

    ``live`` is False for fixes that entered the track only (late, vague or older than the live position).
    """

    courier_id: CourierId
    device: DeviceId
    seq: int
    index: int
    fix_at_ms: int
    received_at_ms: int
    lon: float
    lat: float
    accuracy_m: float | None
    speed_mps: float | None
    heading_deg: float | None
    battery_pct: float | None
    live: bool


class Presence(enum.StrEnum):
    """Whether a courier's phone is in contact; not whether the courier moves."""

    ONLINE = "online"
    STALE = "stale"
    OFFLINE = "offline"
