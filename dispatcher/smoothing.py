"""Arrival times as a waiting customer sees them: they hold still until there is something to tell.

A dead band (the "play" operator of hysteresis, Krasnosel'skii and Pokrovskii 1989): the shown time stays
while it is within a band around the newest estimate and is pulled along by the band's edge otherwise. It
never swings back and forth, and it is never further off than the band, which shrinks as the courier comes
nearer.
"""

from domain.ids import StopId
from domain.plan import Eta

BAND_MIN_MS = 5_000
BAND_SHARE = 0.03
"""Half of the band, as a share of the 80 % range."""


class Smoother:
    """What was shown last, per stop of one fleet."""

    def __init__(self) -> None:
        self._shown_ms: dict[StopId, int] = {}

    def shown(self, stop: StopId, eta: Eta) -> Eta:
        """Return the estimate to show; asking again with the same estimate changes nothing."""
        band_ms = max(BAND_MIN_MS, round((eta.p90_at_ms - eta.p10_at_ms) * BAND_SHARE))
        before_ms = self._shown_ms.get(stop, eta.p50_at_ms)
        at_ms = min(max(before_ms, eta.p50_at_ms - band_ms), eta.p50_at_ms + band_ms)
        self._shown_ms[stop] = at_ms
        return Eta(p10_at_ms=min(eta.p10_at_ms, at_ms), p50_at_ms=at_ms, p90_at_ms=max(eta.p90_at_ms, at_ms))

    def forget(self, stop: StopId) -> None:
        """Forget a stop whose order ended."""
        self._shown_ms.pop(stop, None)
