"""Between GeoJSON (RFC 7946) and the domain's zones."""

from domain.errors import Invalid
from domain.geo import LonLat, distance_m
from domain.ids import FleetId, ZoneId
from domain.zone import Area, Circle, Zone
from server.schemas.fleet import PointGeometry, PolygonGeometry, ZoneIn
from tracker.geofence.validity import why_invalid

MAX_VERTICES = 20_000
_FAR_M = 1_000_000.0


def zone_from_body(body: ZoneIn, fleet: FleetId, zone_id: ZoneId, version: int, near: LonLat) -> Zone:
    """Return the zone that a body describes; takes tens of milliseconds at most.

    Args:
        body: checked field by field.
        fleet: whose it is.
        zone_id: its id.
        version: its version.
        near: the fleet's town; a zone that would lie there with its axes swapped is a mistake.

    Raises:
        Invalid: ``invalid_zone`` with what is wrong with its shape.
    """
    shape = _shape(body)
    _check_axes(shape, near)
    return Zone(
        id=zone_id,
        fleet=fleet,
        name=body.name,
        shape=shape,
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
    area = Area(polygons=tuple(tuple(_ring(ring) for ring in polygon) for polygon in polygons))
    wrong = why_invalid(area)
    if wrong is not None:
        raise Invalid("invalid_zone", wrong)
    return area


def _check_axes(shape: Circle | Area, near: LonLat) -> None:
    at = shape.center if isinstance(shape, Circle) else LonLat(*shape.polygons[0][0][0])
    swapped = LonLat(at.lat, at.lon)
    if swapped.is_valid() and distance_m(at, near) > _FAR_M and distance_m(swapped, near) < _FAR_M:
        raise Invalid("invalid_zone", "latitude and longitude look swapped; GeoJSON has longitude first")


def _ring(ring: list[list[float]]) -> tuple[tuple[float, float], ...]:
    vertices = tuple(_vertex(coordinate) for coordinate in ring)
    if vertices[0] != vertices[-1]:
        raise Invalid("invalid_zone", "a ring must end where it begins (RFC 7946, 3.1.6)")
    if len(set(vertices)) < 3:
        raise Invalid("invalid_zone", "a ring needs at least three different vertices")
    return vertices


def _vertex(coordinate: list[float]) -> tuple[float, float]:
    lon, lat = coordinate[0], coordinate[1]
    if not -90 <= lat <= 90:
        raise Invalid("invalid_zone", f"latitude {lat} is out of range; GeoJSON has longitude first")
    return lon, lat
