"""Scores arrival predictions against what happened.

Accuracy follows the public transit ETA accuracy benchmark (TransitApp, ETA-Accuracy-Benchmark): predictions
are put into bands by the time left until the courier was really there, each band has its own tolerance for
early and late arrivals, and the overall figure is the plain mean of the four bands. The tolerances forgive
late arrivals more than early ones, so that accuracy rewards times that are a little too early; ``bias``
(actual minus predicted) shows when that is what happened.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from domain.plan import Eta

BANDS = {
    "0_3": (0, 180, 30, 90),
    "3_6": (180, 360, 60, 150),
    "6_10": (360, 600, 60, 210),
    "10_15": (600, 900, 90, 270),
}
"""From and to (seconds left), then how early and how late an arrival may be, seconds."""


class Prediction(msgspec.Struct, frozen=True):
    """What was said at a moment about one stop."""

    at_ms: int
    eta: Eta


class Track(msgspec.Struct, frozen=True):
    """All that was said about one stop, and when the courier came."""

    predictions: tuple[Prediction, ...]
    arrived_at_ms: int


def scores(tracks: Iterable[Track], prefix: str = "") -> dict[str, float]:
    """Return coverage of the 80 % range, accuracy and errors by band, and jitter."""
    accurate: defaultdict[str, list[bool]] = defaultdict(list)
    covered: defaultdict[str, list[bool]] = defaultdict(list)
    errors_s: defaultdict[str, list[float]] = defaultdict(list)
    signed_s: defaultdict[str, list[float]] = defaultdict(list)
    widths_s: list[float] = []
    jitter = Jitter()
    for track in tracks:
        jitter.add(track)
        for prediction in track.predictions:
            band = _band(track, prediction)
            if band is None:
                continue
            eta, arrived = prediction.eta, track.arrived_at_ms
            _, _, early_s, late_s = BANDS[band]
            error_s = (arrived - eta.p50_at_ms) / 1000
            errors_s[band].append(abs(error_s))
            signed_s[band].append(error_s)
            accurate[band].append(-early_s <= error_s <= late_s)
            covered[band].append(eta.p10_at_ms <= arrived <= eta.p90_at_ms)
            widths_s.append((eta.p90_at_ms - eta.p10_at_ms) / 1000)
    found = {f"accuracy_{band}_min_pct": _percent(accurate[band]) for band in BANDS}
    found["accuracy_pct"] = sum(found.values()) / len(BANDS)
    found |= {f"coverage_{band}_min_pct": _percent(covered[band]) for band in BANDS}
    found["coverage_pct"] = _percent([hit for hits in covered.values() for hit in hits])
    found |= {f"error_mean_{band}_min_s": _mean(errors_s[band]) for band in BANDS}
    found |= {f"bias_{band}_min_s": _mean(signed_s[band]) for band in BANDS}
    found["range_width_mean_s"] = _mean(widths_s)
    found |= jitter.figures()
    found["predictions"] = sum(len(hits) for hits in covered.values())
    return {f"{prefix}{name}": round(value, 2) for name, value in found.items()}


class Jitter:
    """How much predictions move about: path over distance, and turns."""

    def __init__(self) -> None:
        self._moved_s = 0.0
        self._minutes = 0.0
        self._turns = 0
        self._stops = 0

    def add(self, track: Track) -> None:
        """Take one stop's predictions."""
        said = track.predictions
        if len(said) < 2:
            return
        self._stops += 1
        self._minutes += (said[-1].at_ms - said[0].at_ms) / 60_000
        before = 0
        for a, b in itertools.pairwise(said):
            step = b.eta.p50_at_ms - a.eta.p50_at_ms
            self._moved_s += abs(step) / 1000
            if step * before < 0:
                self._turns += 1
            before = step or before

    def figures(self) -> dict[str, float]:
        """Return seconds moved per minute watched, and turns per stop."""
        return {
            "jitter_s_per_min": self._moved_s / self._minutes if self._minutes else 0.0,
            "turns_per_stop": self._turns / self._stops if self._stops else 0.0,
        }


def _band(track: Track, prediction: Prediction) -> str | None:
    left_s = (track.arrived_at_ms - prediction.at_ms) / 1000
    return next((name for name, (low, high, _, _) in BANDS.items() if low <= left_s < high), None)


def _percent(hits: list[bool]) -> float:
    return 100 * sum(hits) / len(hits) if hits else 0.0


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
