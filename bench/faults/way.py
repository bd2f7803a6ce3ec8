"""The round that every phone rides: a stand at the shop, half a circle to the door, a stand, and back."""

import math

from domain.geo import LonLat

CENTER = LonLat(-99.17, 19.41)
RADIUS_DEG = 0.0012
RIDE_MS, STAND_MS = 32_000, 25_000
ROUND_MS = 2 * (RIDE_MS + STAND_MS)
SHOP = LonLat(CENTER.lon + RADIUS_DEG, CENTER.lat)
DOOR = LonLat(CENTER.lon - RADIUS_DEG, CENTER.lat)


def place_at(at_ms: int, head_start_ms: int) -> LonLat:
    """Return where a phone is: standing at the shop first, then on its way to the door."""
    half, into_ms = divmod((at_ms + head_start_ms) % ROUND_MS, ROUND_MS // 2)
    angle = math.pi * (half + max(0, into_ms - STAND_MS) / RIDE_MS)
    lon, lat = CENTER.lon + RADIUS_DEG * math.cos(angle), CENTER.lat + RADIUS_DEG * math.sin(angle)
    return LonLat(round(lon, 7), round(lat, 7))


def stands_at(stop: LonLat, at_ms: int, head_start_ms: int, slack_ms: int) -> bool:
    """Tell whether a phone stands at the shop or the door, or did or will within ``slack_ms``."""
    into_ms = (at_ms + head_start_ms + (0 if stop is SHOP else ROUND_MS // 2)) % ROUND_MS
    return into_ms <= STAND_MS + slack_ms or into_ms >= ROUND_MS - slack_ms
