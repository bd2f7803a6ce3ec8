"""What is wrong with a drawn zone is said in words; what is right stays as it was drawn."""

import pytest

from domain.errors import Invalid
from domain.geo import LonLat
from domain.ids import FleetId, ZoneId
from server.schemas.fleet import PointGeometry, ZoneIn
from server.zone_bodies import zone_from_body

X, Y, D = -99.17, 19.41, 0.002


def square(x=X, y=Y, d=D):
    return [[x - d, y - d], [x + d, y - d], [x + d, y + d], [x - d, y + d], [x - d, y - d]]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def multi(*polygons):
    return {"type": "MultiPolygon", "coordinates": [list(rings) for rings in polygons]}


async def draw(backend, geometry, **more):
    body = {"name": "z", "geometry": geometry, **more}
    status, doc, _ = await backend.call("POST", "/api/v1/zones", backend.token("dispatcher"), body)
    return status, doc


@pytest.mark.parametrize(
    ("geometry", "says"),
    [
        (polygon([[X, Y], [X + D, Y + D], [X + D, Y], [X, Y + D], [X, Y]]), "its outline crosses itself at"),
        (polygon([[X, Y], [X + 2 * D, Y + D], [X + D, Y], [X, Y + D], [X, Y]]), "longitude -99.16"),
        (polygon(square(), square(X + 0.02)), "a hole lies outside its polygon"),
        (polygon(square(), square(X + D, d=D / 2)), "crosses itself"),
        (polygon([[X, Y], [X + D, Y + D], [X + 2 * D, Y + 2 * D], [X, Y]]), "enclose an area"),
        (multi([square()], [square(X + D)]), "two of its polygons overlap at longitude"),
        (polygon([[lat, lon] for lon, lat in square()]), "longitude first"),
    ],
)
async def test_a_shape_that_cannot_be_is_refused_with_what_is_wrong_and_where(backend, geometry, says):
    status, doc = await draw(backend, geometry)
    assert (status, doc["code"]) == (422, "invalid_zone")
    assert says in doc["detail"]


def test_swapped_axes_are_noticed_where_both_are_in_range():
    lyon, vienna = LonLat(4.83, 45.76), LonLat(16.37, 48.21)
    swapped = ZoneIn(name="z", geometry=PointGeometry(coordinates=[lyon.lat, lyon.lon]), radius_m=100.0)
    with pytest.raises(Invalid, match="swapped"):
        zone_from_body(swapped, FleetId("f"), ZoneId("z"), 1, near=lyon)
    right = ZoneIn(name="z", geometry=PointGeometry(coordinates=[lyon.lon, lyon.lat]), radius_m=100.0)
    assert zone_from_body(right, FleetId("f"), ZoneId("z"), 1, near=vienna).shape.center == lyon


@pytest.mark.parametrize(
    "geometry",
    [
        polygon(square(), square(d=D / 2)),
        multi([square()], [square(X + 2 * D)]),
        multi([square(), square(d=D / 2)], [square(d=D / 4)]),
    ],
    ids=["a hole", "polygons side by side", "an island in a hole"],
)
async def test_holes_and_several_polygons_stay_as_they_were_drawn(backend, geometry):
    status, doc = await draw(backend, geometry)
    assert (status, doc["geometry"]) == (201, geometry)
