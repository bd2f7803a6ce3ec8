"""Why an area cannot be a zone: what a person drawing it should hear. Pure; shapes mend nothing silently."""

import math
import re
from itertools import combinations

import shapely
from shapely.geometry import Polygon

from domain.geo import EARTH_RADIUS_M
from domain.zone import Area

Ring = tuple[tuple[float, float], ...]

_SMALLEST_M2 = 1.0
_M_PER_DEG = math.radians(EARTH_RADIUS_M)
_WHERE = re.compile(r"\[(\S+) (\S+)\]")
_WHAT = (
    ("Hole lies outside shell", "a hole lies outside its polygon"),
    ("Holes are nested", "a hole lies within another hole"),
    ("Nested shells", "a polygon lies within another"),
    ("Interior is disconnected", "holes cut the polygon into pieces"),
)


def why_invalid(area: Area) -> str | None:
    """Return what is wrong with an area's rings and where, None when nothing is.

    Args:
        area: rings closed, at least three different vertices each.
    """
    polygons: list[Polygon] = []
    for rings in area.polygons:
        polygon = Polygon(rings[0], rings[1:])
        wrong = _wrong(polygon)
        if wrong is not None:
            return wrong
        if any(_area_m2(ring) < _SMALLEST_M2 for ring in rings):
            return "a ring must enclose an area"
        polygons.append(polygon)
    for a, b in combinations(polygons, 2):
        if shapely.relate_pattern(a, b, "T********"):
            place = shapely.intersection(a, b).representative_point()
            return f"two of its polygons overlap at {_shown(place.x, place.y)}; draw them as one"
    return None


def _wrong(polygon: Polygon) -> str | None:
    if polygon.is_valid:
        return None
    reason = shapely.is_valid_reason(polygon)
    what = next((ours for theirs, ours in _WHAT if reason.startswith(theirs)), "its outline crosses itself")
    where = _WHERE.search(reason)
    return what if where is None else f"{what} at {_shown(float(where[1]), float(where[2]))}"


def _shown(lon: float, lat: float) -> str:
    return f"longitude {lon:.6f}, latitude {lat:.6f}"


def _area_m2(ring: Ring) -> float:
    lon, lat = ring[0]
    scale = _M_PER_DEG * _M_PER_DEG * math.cos(math.radians(lat))
    flat = Polygon([(x - lon, y - lat) for x, y in ring])
    return float(flat.area) * scale
