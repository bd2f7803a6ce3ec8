"""Between GeoJSON (RFC 7946) and the domain's zones. The tracker mends rings that cross themselves."""

from itertools import pairwise

from domain.errors import Invalid
from domain.geo import LonLat
from domain.ids import FleetId, ZoneId
from domain.zone import Area, Circle, Zone
from server.schemas.fleet import PointGeometry, PolygonGeometry, ZoneIn

MAX_VERTICES = 20_000


def zone_from_body(body: ZoneIn, fleet: FleetId, zone_id: ZoneId, version: int) -> Zone:
    """Return the zone that a body describes.

    Raises:
        Invalid: ``invalid_zone`` with what is wrong with its shape.
    """
    return Zone(
        id=zone_id,
        fleet=fleet,
        name=body.name,
        shape=_shape(body),
        kind=body.kind,
        dwell_s=body.dwell_s,
        vehicles=frozenset(body.vehicles),
        version=version,
    )


def _shape(body: ZoneIn) -> Circle | Area:
    geometry = body.geometry
    if isinstance(geometry, PointGeometry):
        if body.radius_m is None:
            raise Invalid("invalid_zone", "a Point needs radius_m: it is the centre of a circle")
        lon, lat = _vertex(geometry.coordinates)
        return Circle(center=LonLat(lon, lat), radius_m=body.radius_m)
    if body.radius_m is not None:
        raise Invalid("invalid_zone", "radius_m goes with a Point only")
    polygons = [geometry.coordinates] if isinstance(geometry, PolygonGeometry) else geometry.coordinates
    if sum(len(ring) for polygon in polygons for ring in polygon) > MAX_VERTICES:
        raise Invalid("invalid_zone", f"a zone may have at most {MAX_VERTICES} vertices")
    return Area(polygons=tuple(tuple(_ring(ring) for ring in polygon) for polygon in polygons))


def _ring(ring: list[list[float]]) -> tuple[tuple[float, float], ...]:
    vertices = tuple(_vertex(coordinate) for coordinate in ring)
    if vertices[0] != vertices[-1]:
        raise Invalid("invalid_zone", "a ring must end where it begins (RFC 7946, 3.1.6)")
    if len(set(vertices)) < 3:
        raise Invalid("invalid_zone", "a ring needs at least three different vertices")
    if _area(vertices) == 0.0:
        raise Invalid("invalid_zone", "a ring must enclose an area")
    return vertices


def _vertex(coordinate: list[float]) -> tuple[float, float]:
    lon, lat = coordinate[0], coordinate[1]
    if not -90 <= lat <= 90:
        raise Invalid("invalid_zone", f"latitude {lat} is out of range; GeoJSON has longitude first")
    return lon, lat


def _area(ring: tuple[tuple[float, float], ...]) -> float:
    """Return twice the signed area in square degrees (shoelace formula)."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))
