"""Keeps arrival ranges honest: learns how far past predictions were off, by how far ahead they were made.

Every prediction comes with a standard deviation from the model. Once the courier is there, its error in
units of that deviation is a score; the 10th and 90th percentile of the last scores of a band of horizons set
the range of new predictions. That is split conformal prediction with a sliding window (Vovk, Gammerman and
Shafer 2005, *Algorithmic Learning in a Random World*; Lei et al. 2018), which needs no belief about the shape
of the errors. Until there are enough scores, a prior counts as ``PRIOR_COUNT`` of them. The median stays the
model's: moving it by past scores was tried and made errors larger, because late surprises (an order that
joins the route) pull it. One writer: ``dispatcher.learning``, which also keeps the scores over a restart.
"""

import bisect
import collections
from collections.abc import Mapping, Sequence

from domain.order import StopKind

BANDS_S = (60.0, 180.0, 360.0, 600.0, 900.0)
"""Upper ends of the horizon bands, seconds: those of the transit ETA accuracy benchmark, and one more."""

WINDOW = 1_500
PRIOR_COUNT = 40
KEPT_MAX = 400
"""Scores per key that outlive the process."""

Key = tuple[StopKind, int, bool]
PRIOR = (-0.96, 1.6)
"""Scores at 10 and 90 % before anything is known: normal, with a longer late side."""


class Calibration:
    """Scores of one fleet, per kind of stop, band, and whether legs went along streets or straight."""

    def __init__(self) -> None:
        self._scores: collections.defaultdict[Key, collections.deque[float]]
        self._scores = collections.defaultdict(lambda: collections.deque(maxlen=WINDOW))
        self._quantiles: dict[Key, tuple[float, float]] = {}

    def learn(
        self, kind: StopKind, horizon_s: float, error_s: float, sd_s: float, *, along_streets: bool = False
    ) -> None:
        """Take one outcome.

        Args:
            kind: what the stop was for.
            horizon_s: how far ahead the arrival was predicted.
            error_s: actual minus predicted median; positive is late.
            sd_s: the model's standard deviation at the time, over 0.
            along_streets: whether the last leg was known along streets.
        """
        key = (kind, band_of(horizon_s), along_streets)
        self._scores[key].append(error_s / max(1.0, sd_s))
        self._quantiles[key] = _blended(sorted(self._scores[key]))

    def scores(self) -> dict[str, list[float]]:
        """Return the newest scores by kind, band and knowledge of streets, to be kept."""
        return {
            _name(key): [round(score, 3) for score in list(scores)[-KEPT_MAX:]]
            for key, scores in self._scores.items()
        }

    def restore(self, kept: Mapping[str, Sequence[float]]) -> None:
        """Begin with scores that ``scores`` returned once; what no key is called now is left out."""
        for name, scores in kept.items():
            key = _key(name)
            if key is not None and scores:
                self._scores[key].extend(scores)
                self._quantiles[key] = _blended(sorted(self._scores[key]))

    def quantiles(
        self, kind: StopKind, horizon_s: float, *, along_streets: bool = False
    ) -> tuple[float, float]:
        """Return the 10 and 90 % scores for predictions that far ahead."""
        return self._quantiles.get((kind, band_of(horizon_s), along_streets), PRIOR)


def _name(key: Key) -> str:
    kind, band, along_streets = key
    return f"{kind.value}.{band}.{int(along_streets)}"


def _key(name: str) -> Key | None:
    parts = name.split(".")
    if len(parts) != 3 or parts[0] not in set(StopKind) or not (parts[1] + parts[2]).isdigit():
        return None
    return StopKind(parts[0]), int(parts[1]), parts[2] == "1"


def band_of(horizon_s: float) -> int:
    """Return the number of the band a horizon lies in; lower ends belong to the band."""
    return bisect.bisect_right(BANDS_S, horizon_s)


def quantile(ordered: list[float], share: float) -> float:
    """Return a quantile of sorted numbers by linear interpolation (Hyndman and Fan's type 7)."""
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def _blended(ordered: list[float]) -> tuple[float, float]:
    n = len(ordered)
    seen = [quantile(ordered, share) for share in (0.1, 0.9)]
    low, high = (
        (n * own + PRIOR_COUNT * prior) / (n + PRIOR_COUNT) for own, prior in zip(seen, PRIOR, strict=True)
    )
    return min(low, 0.0), max(high, 0.0)
