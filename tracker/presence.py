"""Whether a phone is in contact. Silence alone decides; a phone that stands still and says so is alive."""

from domain.position import Presence
from tracker.settings import PresenceSettings


def presence_of(contact_ms: int | None, now_ms: int, scale: float, settings: PresenceSettings) -> Presence:
    """Return the presence of a phone.

    Args:
        contact_ms: when anything came from it last, on the server's clock; None for never.
        now_ms: the server's clock.
        scale: how many times faster than the wall that clock runs; thresholds are wall time.
        settings: the thresholds.
    """
    if contact_ms is None:
        return Presence.OFFLINE
    silence_s = (now_ms - contact_ms) / 1000.0 / scale
    if silence_s >= settings.offline_wall_s:
        return Presence.OFFLINE
    if silence_s >= settings.stale_wall_s:
        return Presence.STALE
    return Presence.ONLINE
