"""What a phone makes of a true path: errors, doubts about them, gaps, lateness.

The model, and where its figures come from:

- *White noise and a slow bias.* A smartphone's error is mostly correlated over time; it is modelled as a
  first-order Gauss-Markov process (time constant 30 to 60 s) plus white noise (P. Groves, *Principles of
  GNSS, Inertial, and Multisensor Integrated Navigation Systems*, 2nd ed., 2013, chapters 9 and 14). Under
  open sky the median error of phones is about 5 m (F. van Diggelen and P. Enge, "The World's first GPS MOOC
  and Worldwide Laboratory using Smartphones", ION GNSS+ 2015); in towns 7 to 13 m on average (K. Merry and
  P. Bettinger, "Smartphone GPS accuracy study in an urban environment", PLoS ONE 14(7), 2019).
- *Urban canyons.* Reflections move the fix by tens of metres for as long as the rider is in the street: the
  bias grows, and turns, in stretches of about a minute and a half.
- *Reported accuracy.* The radius of 68 % confidence (Android ``Location.getAccuracy``), right on average in
  the open and too good in canyons.
- *Cold starts.* Fixes 80 to 300 m away that claim 10 m, for up to 20 s and at least one fix.
- *Tunnels and basements.* 20 to 120 s without a fix; half of the phones repeat the last fix meanwhile.
- *Late, reordered and repeated.* Some fixes arrive up to 100 s late, some twice.
- *Doppler.* Most phones report speed and heading, good to about 0.4 m/s (Groves, 9.2), worse in canyons.
"""

import math
import random
from dataclasses import dataclass, replace

from bench.rides import Ride


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of place and phone. Standard deviations are metres per axis; rates are per hour.

    Attributes:
        outlier_share: fixes whose white noise is six times as large (heavy tails).
        claims: ``reported`` from the true spread; ``none`` at all; or always ``ten`` metres.
    """

    name: str
    white_m: float
    bias_m: float
    bias_tau_s: float
    canyon_bias_m: float = 0.0
    canyon_share: float = 0.0
    claim_low: float = 0.8
    claim_high: float = 1.4
    cold_starts_per_h: float = 0.0
    tunnels_per_h: float = 0.0
    late_share: float = 0.0
    twice_share: float = 0.0
    outlier_share: float = 0.0
    claims: str = "reported"


FAMILIES = (
    Family("open", white_m=1.5, bias_m=3.0, bias_tau_s=60),
    Family("street", white_m=2.0, bias_m=6.0, bias_tau_s=60, cold_starts_per_h=1, late_share=0.02),
    Family(
        "canyon",
        white_m=2.5,
        bias_m=5.0,
        bias_tau_s=45,
        canyon_bias_m=15.0,
        canyon_share=0.4,
        claim_low=0.6,
        claim_high=1.3,
        cold_starts_per_h=2,
        tunnels_per_h=1,
        late_share=0.04,
        twice_share=0.01,
    ),
    Family(
        "harsh",
        white_m=3.0,
        bias_m=6.0,
        bias_tau_s=35,
        canyon_bias_m=18.0,
        canyon_share=0.5,
        claim_low=0.5,
        claim_high=1.5,
        cold_starts_per_h=5,
        tunnels_per_h=4,
        late_share=0.1,
        twice_share=0.03,
    ),
)
URBAN = ("street", "canyon", "harsh")
"""The families that together are called realistic urban noise."""

_CANYON = FAMILIES[2]
HELD_OUT = (
    replace(_CANYON, name="heavy_tails", outlier_share=0.08),
    replace(_CANYON, name="deep_canyons", canyon_bias_m=28.0, canyon_share=0.6),
    replace(_CANYON, name="lasting_bias", bias_tau_s=240),
    replace(_CANYON, name="restless_bias", bias_tau_s=10),
    replace(_CANYON, name="no_accuracy", claims="none"),
    replace(_CANYON, name="always_10_m", claims="ten"),
    replace(_CANYON, name="too_sure", claim_low=0.3, claim_high=0.65),
    replace(_CANYON, name="too_modest", claim_low=1.2, claim_high=2.6),
    replace(_CANYON, name="very_late", late_share=0.3, twice_share=0.2),
)
"""Variations that nothing was tuned on: ``--noise held_out`` shows how far the figures carry."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One fix as the phone reports it; times in seconds of the ride; ``honest`` when it is of that moment."""

    at_s: float
    arrives_s: float
    x: float
    y: float
    accuracy_m: float | None
    speed_mps: float | None
    heading_deg: float | None
    honest: bool = True


def observe(ride: Ride, family: Family, interval_s: float, rng: random.Random) -> list[Seen]:
    """Return what arrives of a ride, in the order of arrival."""
    errors = _Errors(family, rng)
    doppler = rng.random() < 0.7
    stuck_phone = rng.random() < 0.5
    gaps = _spans(len(ride.x), family.tunnels_per_h, (20, 120), rng)
    cold = _spans(len(ride.x), family.cold_starts_per_h, (interval_s, interval_s + 20), rng)
    jump = (0.0, 0.0)
    seen: list[Seen] = []
    due = rng.uniform(0, interval_s)
    in_cold = False
    for second in range(len(ride.x)):
        east, north, claim = errors.step()
        if second < due:
            continue
        due += interval_s
        if any(a <= second < b for a, b in gaps):
            if stuck_phone and seen and rng.random() < 0.5:
                last = seen[-1]
                seen.append(replace(last, at_s=second, arrives_s=second + 1.0, speed_mps=None, honest=False))
            continue
        speed, heading = _doppler(ride, second, errors.canyon, rng) if doppler else (None, None)
        if any(a <= second < b for a, b in cold):
            if not in_cold:
                angle, far = rng.uniform(0, math.tau), rng.uniform(80, 300)
                jump = (far * math.cos(angle), far * math.sin(angle))
            in_cold = True
            east, north, claim, speed, heading = jump[0], jump[1], 10.0, None, None
        else:
            in_cold = False
        delay = rng.uniform(0.2, 1.5)
        if rng.random() < family.late_share:
            delay = rng.uniform(3, 100)
        x, y = ride.x[second] + east, ride.y[second] + north
        said = {"none": None, "ten": 10.0}.get(family.claims, claim)
        fix = Seen(second, second + delay, x, y, said, speed, heading, not in_cold)
        seen.append(fix)
        if rng.random() < family.twice_share:
            seen.append(replace(fix, arrives_s=fix.arrives_s + rng.uniform(1, 30)))
    seen.sort(key=lambda fix: fix.arrives_s)
    return seen


class _Errors:
    """The error second by second: white noise, a Gauss-Markov bias, and canyons in which it grows."""

    def __init__(self, family: Family, rng: random.Random) -> None:
        self._family, self._rng = family, rng
        self._east, self._north = rng.gauss(0, family.bias_m), rng.gauss(0, family.bias_m)
        self._claim = rng.uniform(family.claim_low, family.claim_high)
        self._canyon_ends = 0
        self._second = 0
        self.canyon = False

    def step(self) -> tuple[float, float, float]:
        """Return the error east and north and the accuracy the phone claims."""
        family, rng = self._family, self._rng
        self._second += 1
        if self._second >= self._canyon_ends:
            self.canyon = rng.random() < family.canyon_share
            self._canyon_ends = self._second + int(rng.expovariate(1 / 90)) + 5
            self._claim = rng.uniform(family.claim_low, family.claim_high)
        spread = math.hypot(family.bias_m, family.canyon_bias_m) if self.canyon else family.bias_m
        keep = math.exp(-1.0 / family.bias_tau_s)
        kick = spread * math.sqrt(1 - keep * keep)
        self._east = keep * self._east + rng.gauss(0, kick)
        self._north = keep * self._north + rng.gauss(0, kick)
        radius = 1.515 * math.hypot(spread, family.white_m)
        claim = max(3.0, radius * self._claim * rng.uniform(0.9, 1.1))
        white_m = family.white_m
        if family.outlier_share and rng.random() < family.outlier_share:
            white_m *= 6.0
        return (
            self._east + rng.gauss(0, white_m),
            self._north + rng.gauss(0, white_m),
            round(claim, 1),
        )


def _doppler(ride: Ride, second: int, canyon: bool, rng: random.Random) -> tuple[float, float]:
    speed, heading = ride.speed_heading(second)
    spread = 0.9 if canyon else 0.4
    east = speed * math.sin(math.radians(heading)) + rng.gauss(0, spread)
    north = speed * math.cos(math.radians(heading)) + rng.gauss(0, spread)
    return round(math.hypot(east, north), 2), round(math.degrees(math.atan2(east, north)) % 360, 1)


def _spans(
    seconds: int, per_hour: float, length_s: tuple[float, float], rng: random.Random
) -> list[tuple[float, float]]:
    """Return spans that begin at random times."""
    if per_hour <= 0:
        return []
    spans = []
    at = rng.expovariate(per_hour / 3600)
    while at < seconds:
        length = rng.uniform(*length_s)
        spans.append((at, at + length))
        at += length + rng.expovariate(per_hour / 3600)
    return spans
