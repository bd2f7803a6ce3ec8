"""A constant-velocity Kalman filter: from claims to a belief with its uncertainty.

State per axis: place and speed. Both axes share measurement and process noise, so one covariance serves both
(Bar-Shalom, Li and Kirubarajan, *Estimation with Applications to Tracking and Navigation*, 2001, 6.2:
discrete white noise acceleration). A claim far outside the expected spread is not thrown away but given less
weight (inflated measurement noise), because in a street of tall houses many fixes in a row are off together.
For the same reason the uncertainty never sinks below a share of what the phone itself reports.
"""

import math

from domain.geo import LocalPlane, LonLat
from tracker.ingest.claim import Claim
from tracker.settings import SmoothingSettings

RADIUS_68_PER_SIGMA = 1.515
"""Radius that holds 68 % of a round two-dimensional normal, in standard deviations of one axis."""

_GATE = 9.0
"""Squared normalised innovation (two axes) above which a claim loses weight; 99 % lie below."""


class Belief:
    """What is believed of a courier at one moment: place and velocity on a local plane, with covariance.

    ``surprise`` is the squared normalised innovation of the claim that led here: how far it lay from what was
    expected, in units of what both could be off. ``claimed`` is that claim's own place on the plane and its
    accuracy: after a silence in a curve the belief may lie far beside a phone that tells the truth.
    """

    __slots__ = (
        "accuracy_m",
        "at_ms",
        "claimed",
        "plane",
        "ppp",
        "ppv",
        "pvv",
        "surprise",
        "vx",
        "vy",
        "x",
        "y",
    )

    def __init__(
        self,
        at_ms: int,
        plane: LocalPlane,
        x: float,
        y: float,
        vx: float,
        vy: float,
        ppp: float,
        ppv: float,
        pvv: float,
        accuracy_m: float,
        surprise: float = 0.0,
        claimed: tuple[float, float, float] | None = None,
    ) -> None:
        self.surprise = surprise
        self.claimed = claimed if claimed is not None else (x, y, accuracy_m)
        self.at_ms = at_ms
        self.plane = plane
        self.x = x
        self.y = y
        self.vx = vx
        self.vy = vy
        self.ppp = ppp
        self.ppv = ppv
        self.pvv = pvv
        self.accuracy_m = accuracy_m

    def place(self) -> LonLat:
        """Return the believed place, in range even beside the date line and the poles."""
        place = self.plane.to_lonlat(self.x, self.y)
        if place.is_valid():
            return place
        return LonLat((place.lon + 180.0) % 360.0 - 180.0, max(-90.0, min(90.0, place.lat)))

    def speed_mps(self) -> float:
        """Return the believed speed."""
        return math.hypot(self.vx, self.vy)

    def heading_deg(self) -> float | None:
        """Return the believed heading, None when the speed is too small to tell."""
        if self.vx * self.vx + self.vy * self.vy < 1.0:
            return None
        return math.degrees(math.atan2(self.vx, self.vy)) % 360.0


def first_belief(claim: Claim) -> Belief:
    """Believe a claim as it is: nothing is known before it."""
    plane = LocalPlane(LonLat(claim.lon, claim.lat))
    sigma = claim.accuracy_m / RADIUS_68_PER_SIGMA
    vx, vy, spread = 0.0, 0.0, 5.0
    if claim.speed_mps is not None and (claim.heading_deg is not None or claim.speed_mps < 0.5):
        vx, vy = _velocity(claim.speed_mps, claim.heading_deg or 0.0)
        spread = 1.0
    return Belief(claim.at_ms, plane, 0.0, 0.0, vx, vy, sigma * sigma, 0.0, spread * spread, claim.accuracy_m)


def next_belief(before: Belief, claim: Claim, settings: SmoothingSettings) -> Belief:
    """Move a belief to a later claim's time and let the claim correct it."""
    dt = (claim.at_ms - before.at_ms) / 1000.0
    if dt > settings.gap_s:
        return first_belief(claim)
    x, y = before.x + before.vx * dt, before.y + before.vy * dt
    # Nobody accelerates for long: past ``accelerating_s`` the spread grows with time, not with its square.
    q = (settings.acceleration_mps2 * min(1.0, settings.accelerating_s / dt)) ** 2 if dt > 0.0 else 0.0
    ppp = before.ppp + dt * (2.0 * before.ppv + dt * before.pvv) + q * dt**4 / 4.0
    ppv = before.ppv + dt * before.pvv + q * dt**3 / 2.0
    pvv = before.pvv + q * dt * dt

    claim_x, claim_y = before.plane.to_xy(claim.lon, claim.lat)
    ix, iy = claim_x - x, claim_y - y
    r = (claim.accuracy_m / RADIUS_68_PER_SIGMA) ** 2
    surprise = (ix * ix + iy * iy) / (ppp + r)
    if surprise > _GATE:
        r *= surprise / _GATE
    gain_p, gain_v = ppp / (ppp + r), ppv / (ppp + r)
    x, y = x + gain_p * ix, y + gain_p * iy
    vx, vy = before.vx + gain_v * ix, before.vy + gain_v * iy
    pvv -= gain_v * ppv
    ppp, ppv = ppp * (1.0 - gain_p), ppv * (1.0 - gain_p)

    speed, heading = claim.speed_mps, claim.heading_deg
    if speed is not None and (heading is not None or speed < 0.5):
        mx, my = _velocity(speed, heading or 0.0)
        r = settings.doppler_mps * settings.doppler_mps
        gain_p, gain_v = ppv / (pvv + r), pvv / (pvv + r)
        ix, iy = mx - vx, my - vy
        x, y, vx, vy = x + gain_p * ix, y + gain_p * iy, vx + gain_v * ix, vy + gain_v * iy
        ppp -= gain_p * ppv
        ppv, pvv = ppv * (1.0 - gain_v), pvv * (1.0 - gain_v)

    accuracy = max(math.sqrt(max(ppp, 0.0)) * RADIUS_68_PER_SIGMA, settings.bias_share * claim.accuracy_m)
    claimed = (claim_x, claim_y, claim.accuracy_m)
    return Belief(claim.at_ms, before.plane, x, y, vx, vy, ppp, ppv, pvv, accuracy, surprise, claimed)


def _velocity(speed_mps: float, heading_deg: float) -> tuple[float, float]:
    angle = math.radians(heading_deg)
    return speed_mps * math.sin(angle), speed_mps * math.cos(angle)
