import math

import pytest

from domain.geo import LocalPlane, LonLat, distance_m, heading_deg, moved

ANGEL = LonLat(-99.1677, 19.4270)
ZOCALO = LonLat(-99.1332, 19.4326)


def test_a_known_distance_is_right_to_half_a_percent():
    # The geodesic on WGS 84 (Karney 2013, computed with GeographicLib) is 3 675.8 m.
    assert distance_m(ANGEL, ZOCALO) == pytest.approx(3675.8, rel=0.005)


def test_headings_follow_the_compass():
    assert heading_deg(ANGEL, moved(ANGEL, 0, 100)) == pytest.approx(0, abs=0.1)
    assert heading_deg(ANGEL, moved(ANGEL, 100, 0)) == pytest.approx(90, abs=0.1)
    assert heading_deg(ANGEL, moved(ANGEL, -100, 0)) == pytest.approx(270, abs=0.1)


def test_the_plane_and_the_sphere_agree_within_a_city():
    plane = LocalPlane(ANGEL)
    x, y = plane.to_xy(ZOCALO.lon, ZOCALO.lat)
    assert math.hypot(x, y) == pytest.approx(distance_m(ANGEL, ZOCALO), rel=0.001)
    assert distance_m(plane.to_lonlat(x, y), ZOCALO) < 0.01


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, 91), (math.nan, 0), (0, math.inf), (-180.1, 0)])
def test_places_that_are_not_on_earth_are_told(lon, lat):
    assert not LonLat(lon, lat).is_valid()
