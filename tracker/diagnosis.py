"""Why a courier is or is not seen: facts about their phone, and what they add up to. Pure.

For the dispatcher's question "why is this courier stale?" and for the courier's own page.
"""

import msgspec

from domain.courier import ShiftState
from domain.position import Presence
from tracker.fleet_state import CourierState
from tracker.ingest.claim import UNREMARKABLE, Result
from tracker.sentences import LANGUAGES, sentence
from tracker.settings import TrackerSettings

BATTERY_LOW_PCT = 15
RECENT_S = 120.0
LINK_REFUSED_S = 900.0
"""Apps try a refused record again within minutes; the slowest wait five."""
_FINE = UNREMARKABLE | {Result.DUPLICATE}


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a courier's phone.

    Attributes:
        causes: stable codes, the weightiest first: ``off_shift``, ``on_break``, ``link_refused``,
            ``never_connected``, ``no_contact``, ``no_fix``, ``old_fixes``, ``refused_REASON``,
            ``battery_low``, ``power_saver``; empty when all is well.
        contact_age_s: since anything came from the phone, server seconds; None for never.
        fix_age_s: age of the newest believable fix.
        position_age_s: age of the live position.
        backlog_s: how old the last frame's newest fix was when it came.
        refused: fixes refused so far, by reason.
        says: the same in words, by language.
    """

    presence: Presence
    shift: ShiftState
    causes: tuple[str, ...]
    contact_age_s: float | None
    fix_age_s: float | None
    position_age_s: float | None
    backlog_s: float
    battery_pct: float | None
    power_saver: bool
    app: str
    accepted: int
    refused: dict[str, int]
    says: dict[str, str]


def diagnose(
    courier: CourierState, presence: Presence, now_ms: int, scale: float, settings: TrackerSettings
) -> Diagnosis:
    """Return what is known of a courier's phone.

    Args:
        courier: the tracker's state of them.
        presence: as it is now.
        now_ms: the server's clock.
        scale: how fast that clock runs.
        settings: the thresholds.
    """
    live = courier.live
    causes = tuple(_causes(courier, presence, now_ms, scale, settings))
    every_ms = courier.timeline.usual_gap_ms()
    says = {
        language: sentence(
            causes,
            language,
            contact_age_s=_age_s(courier.contact_ms, now_ms),
            fix_age_s=_age_s(courier.newest_fix_ms, now_ms),
            battery_pct=courier.battery_pct,
            saving_s=_age_s(courier.power_saver_since_ms, now_ms),
            every_s=None if every_ms is None else every_ms / 1000,
        )
        for language in LANGUAGES
    }
    return Diagnosis(
        presence=presence,
        shift=courier.courier.shift,
        causes=causes,
        says=says,
        contact_age_s=_age_s(courier.contact_ms, now_ms),
        fix_age_s=_age_s(courier.newest_fix_ms, now_ms),
        position_age_s=_age_s(live.fix_at_ms if live else None, now_ms),
        backlog_s=courier.backlog_ms / 1000,
        battery_pct=courier.battery_pct,
        power_saver=courier.power_saver_since_ms is not None,
        app=courier.app,
        accepted=courier.results[Result.ACCEPTED],
        refused={str(name): count for name, count in courier.results.items() if name not in _FINE and count},
    )


def _causes(
    courier: CourierState, presence: Presence, now_ms: int, scale: float, settings: TrackerSettings
) -> list[str]:
    causes: list[str] = []
    if courier.courier.shift is ShiftState.OFF:
        causes.append("off_shift")
    elif courier.courier.shift is ShiftState.BREAK:
        causes.append("on_break")
    refused_ms = courier.link_refused_ms
    if refused_ms is not None and refused_ms > max(
        courier.contact_ms or 0, now_ms - LINK_REFUSED_S * 1000 * scale
    ):
        causes.append("link_refused")
    if courier.contact_ms is None:
        return [*causes, "never_connected"]
    if presence is not Presence.ONLINE:
        causes.append("no_contact")
    elif courier.newest_fix_ms is None:
        causes.append("no_fix")
    elif now_ms - courier.newest_fix_ms > settings.presence.stale_wall_s * 1000 * scale:
        causes.append("old_fixes")
    recent_ms = RECENT_S * 1000 * scale
    refused = [
        (at_ms, str(name))
        for name, at_ms in courier.last_result_ms.items()
        if name not in _FINE and now_ms - at_ms <= recent_ms
    ]
    causes += [f"refused_{name}" for _, name in sorted(refused, reverse=True)]
    if courier.battery_pct is not None and courier.battery_pct < BATTERY_LOW_PCT:
        causes.append("battery_low")
    if courier.power_saver_since_ms is not None:
        causes.append("power_saver")
    return causes


def _age_s(at_ms: int | None, now_ms: int) -> float | None:
    return None if at_ms is None else round(max(0, now_ms - at_ms) / 1000, 1)
