"""Places on the Earth and the distances between them.

Distances use the haversine formula on a sphere of mean radius (IUGG R1 = 6 371 008.8 m); within a
city its error against the ellipsoid is under 0.5 %, far below a phone's own.
"""

import math

import msgspec

EARTH_RADIUS_M = 6_371_008.8


class LonLat(msgspec.Struct, frozen=True):
    """A WGS 84 place, longitude first.

    Attributes:
        lon: degrees east, -180 to 180.
        lat: degrees north, -90 to 90.
    """

    lon: float
    lat: float

    def is_valid(self) -> bool:
        """Tell whether both coordinates are finite and in range."""
        return -180.0 <= self.lon <= 180.0 and -90.0 <= self.lat <= 90.0


def distance_m(a: LonLat, b: LonLat) -> float:
    """Return the great-circle distance in metres (haversine)."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    d_lat = lat_b - lat_a
    d_lon = math.radians(b.lon - a.lon)
    h = math.sin(d_lat / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(d_lon / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h)))


def heading_deg(a: LonLat, b: LonLat) -> float:
    """Return the initial heading from ``a`` to ``b`` in degrees clockwise from north, 0 to 360."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    d_lon = math.radians(b.lon - a.lon)
    x = math.sin(d_lon) * math.cos(lat_b)
    y = math.cos(lat_a) * math.sin(lat_b) - math.sin(lat_a) * math.cos(lat_b) * math.cos(d_lon)
    return math.degrees(math.atan2(x, y)) % 360.0


def moved(start: LonLat, east_m: float, north_m: float) -> LonLat:
    """Return the place ``east_m`` and ``north_m`` metres away (flat-Earth; for city distances)."""
    lat = start.lat + math.degrees(north_m / EARTH_RADIUS_M)
    lon = start.lon + math.degrees(east_m / (EARTH_RADIUS_M * math.cos(math.radians(start.lat))))
    return LonLat(lon, lat)


class LocalPlane:
    """A flat metric plane around one place: x metres east, y metres north of it.

    Good to 0.1 % within 20 km (equirectangular projection).
    """

    __slots__ = ("_m_per_deg_lat", "_m_per_deg_lon", "origin")

    def __init__(self, origin: LonLat) -> None:
        self.origin = origin
        self._m_per_deg_lat = math.radians(EARTH_RADIUS_M)
        self._m_per_deg_lon = self._m_per_deg_lat * math.cos(math.radians(origin.lat))

    def to_xy(self, lon: float, lat: float) -> tuple[float, float]:
        """Return metres east and north of the origin."""
        return (
            (lon - self.origin.lon) * self._m_per_deg_lon,
            (lat - self.origin.lat) * self._m_per_deg_lat,
        )

    def to_lonlat(self, x: float, y: float) -> LonLat:
        """Return the place at ``x`` metres east and ``y`` metres north of the origin."""
        return LonLat(self.origin.lon + x / self._m_per_deg_lon, self.origin.lat + y / self._m_per_deg_lat)
