"""Every limit of the tracker as a typed setting with bounds; ``server.settings`` fills them in.

Durations are seconds of the server's clock unless a name says ``wall``; distances metres, speeds metres per
second.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from tracker.history.radii import RadiusSettings

Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Metres = Annotated[float, Meta(ge=0, le=10_000)]
Speed = Annotated[float, Meta(ge=0, le=100)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class FilterSettings(msgspec.Struct, frozen=True, kw_only=True):
    """When a fix is not believed.

    Attributes:
        future_s: a fix may be this far ahead of the server's clock.
        live_age_s: an older fix goes to the track but is not shown as the live position.
        accuracy_m_max: a vaguer fix goes to the track but is neither live nor evidence at a fence.
        accuracy_m_assumed: used for a phone that reports none (or 0).
        accuracy_m_min: phones that claim to be better are not believed.
        hatch_refusals: after so many refusals in a row that agree with one another, believe again.
        hatch_s: or after refusing for so long.
    """

    future_s: Seconds = 60
    live_age_s: Seconds = 300
    accuracy_m_max: Metres = 65
    accuracy_m_assumed: Metres = 20
    accuracy_m_min: Metres = 3
    hatch_refusals: Count = 8
    hatch_s: Seconds = 60


class SmoothingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the Kalman filter sees a courier.

    Attributes:
        acceleration_mps2: standard deviation of the acceleration between fixes.
        accelerating_s: nobody keeps one acceleration for longer.
        doppler_mps: standard deviation of a reported speed and heading.
        gap_s: after a longer silence the filter starts afresh at the new fix.
        bias_share: part of a phone's reported accuracy that stays however many fixes agree, because
            errors in a street are correlated over time.
        surprise_max: a fix that lies farther from what was expected (squared normalised innovation; 12 is
            passed by 1 in 400) is believed with doubt but is no evidence at a fence.
    """

    acceleration_mps2: Annotated[float, Meta(gt=0, le=20)] = 1.2
    accelerating_s: Annotated[float, Meta(gt=0, le=60)] = 6.0
    doppler_mps: Annotated[float, Meta(gt=0, le=20)] = 1.0
    gap_s: Seconds = 60
    bias_share: Annotated[float, Meta(ge=0, le=1)] = 0.7
    surprise_max: Annotated[float, Meta(ge=1, le=1_000)] = 12.0


class FenceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Hysteresis of fences, in event time.

    Attributes:
        arrival_radius_m: circle around a stop.
        exit_buffer_m: how far outside the edge a courier must be, beyond the uncertainty, to have left.
        enter_dwell_s: evidence inside must hold for so long ...
        enter_fixes: ... or, in an operator's zone, for so many fixes in a row.
        exit_dwell_s: the same for leaving.
        slow_mps: slower than this inside a stop's circle is an arrival sooner ...
        slow_s: ... after so long.
        door_share: within this share of a stop's radius is at the door.
        edge_patience: at the edge of a stop's circle the stay must be this many times longer than at the
            door, since waiting at a crossing near it is no arrival.
        later_patience: the same anywhere in the circle of a stop before which the plan has others.
        stay_m: at a stop the courier must be within this distance of where the dwell began; riding through
            is no arrival.
        drift_mps: the same for longer stays: slower than this on the whole.
        revisit_s: coming back to a stop so soon after leaving is the same visit.
        reorder_s: fixes that come this much out of order give the same events as in order.
        linger_s: an ended order's fences still take late evidence, and the exit, for so long.
    """

    arrival_radius_m: Annotated[float, Meta(gt=0, le=2_000)] = 70
    exit_buffer_m: Metres = 30
    enter_dwell_s: Seconds = 15
    enter_fixes: Count = 4
    exit_dwell_s: Seconds = 20
    slow_mps: Speed = 1.5
    slow_s: Seconds = 8
    door_share: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    edge_patience: Annotated[float, Meta(ge=1, le=20)] = 3.0
    later_patience: Annotated[float, Meta(ge=1, le=20)] = 3.0
    stay_m: Metres = 30
    drift_mps: Speed = 0.7
    revisit_s: Seconds = 120
    reorder_s: Seconds = 120
    linger_s: Seconds = 7_200


class PresenceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Silence after which a phone counts as stale and as offline, in seconds of wall time."""

    stale_wall_s: Seconds = 30
    offline_wall_s: Seconds = 120
    check_wall_s: Annotated[float, Meta(gt=0, le=60)] = 1


class IntakeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How frames are taken in.

    Attributes:
        tick_wall_s: time between two writes of a fleet.
        frames_max: frames waiting per fleet; past it ``intake_full``.
        fixes_per_tick: a tick takes whole frames until it holds so many fixes.
        retry_wall_s: pause before a failed write is tried again.
    """

    tick_wall_s: Annotated[float, Meta(gt=0, le=1)] = 0.025
    frames_max: Count = 20_000
    fixes_per_tick: Count = 5_000
    retry_wall_s: Annotated[float, Meta(gt=0, le=60)] = 0.2


class TrackerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All of the tracker's settings."""

    filters: FilterSettings = FilterSettings()
    smoothing: SmoothingSettings = SmoothingSettings()
    fences: FenceSettings = FenceSettings()
    presence: PresenceSettings = PresenceSettings()
    intake: IntakeSettings = IntakeSettings()
    radii: RadiusSettings = RadiusSettings()
    history_max: Count = 4_096
