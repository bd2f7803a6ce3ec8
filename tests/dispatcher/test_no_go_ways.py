"""Ways lead around no-go areas; where no way leads, that is said."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.model import NoGoArea
from dispatcher.no_go import NoGo, simplified
from dispatcher.travel_times.around import NO_WAY_S, around
from dispatcher.travel_times.legs import legs_between
from dispatcher.travel_times.straight_line import StraightLine
from domain.courier import Vehicle
from domain.geo import LonLat, moved
from domain.ids import FleetId, ZoneId
from domain.zone import Area, Circle, Zone, ZoneKind

CENTER = LonLat(-99.17, 19.41)
BIKE = Vehicle.BICYCLE


def at(east_m, north_m):
    return moved(CENTER, east_m, north_m)


def ring(*corners):
    places = [at(*corner) for corner in corners]
    return tuple((place.lon, place.lat) for place in (*places, places[0]))


def box(east_m, north_m, half_m):
    low_e, high_e, low_n, high_n = east_m - half_m, east_m + half_m, north_m - half_m, north_m + half_m
    return ring((low_e, low_n), (high_e, low_n), (high_e, high_n), (low_e, high_n))


def zone(shape, **fields):
    return Zone(
        id=ZoneId("z_1"), fleet=FleetId("norte"), name="Vía", shape=shape, kind=ZoneKind.NO_GO, **fields
    )


def ride_s(areas, a, b, vehicle=BIKE):
    return around(StraightLine(), tuple(areas)).matrix_s([a], [b], vehicle)[0][0]


def test_a_way_across_costs_the_way_around_the_corner():
    areas = [NoGoArea((box(0, 0, 300),))]
    free = ride_s([], at(-600, 0), at(600, 0))
    expected = (2 * (300**2 + 312**2) ** 0.5 + 624) / 1200  # to the corner, along the side, and back
    assert ride_s(areas, at(-600, 0), at(600, 0)) / free == pytest.approx(expected, rel=0.03)
    assert ride_s(areas, at(-600, 400), at(600, 400)) == pytest.approx(
        ride_s([], at(-600, 400), at(600, 400))
    )


def test_who_stands_inside_rides_straight_out():
    areas = [NoGoArea((box(0, 0, 300),))]
    assert ride_s(areas, at(0, 0), at(600, 0)) == pytest.approx(ride_s([], at(0, 0), at(600, 0)))


def test_an_area_keeps_out_whom_it_names():
    areas = [NoGoArea((box(0, 0, 300),), frozenset({Vehicle.CAR}))]
    a, b = at(-600, 0), at(600, 0)
    assert ride_s(areas, a, b) == pytest.approx(ride_s([], a, b))
    assert ride_s(areas, a, b, Vehicle.CAR) > 1.2 * ride_s([], a, b, Vehicle.CAR)


def test_no_way_leads_out_of_a_ring():
    areas = [NoGoArea((box(0, 0, 500), box(0, 0, 300)))]
    assert ride_s(areas, at(0, 0), at(900, 0)) == NO_WAY_S
    assert ride_s(areas, at(-200, 0), at(200, 0)) < NO_WAY_S


def test_a_bay_is_left_the_way_it_was_entered():
    horseshoe = ring((-400, -400), (400, -400), (400, 400), (300, 400), (300, -300), (-300, -300),
                     (-300, 400), (-400, 400))  # fmt: skip
    straight = ride_s([], at(0, 0), at(600, 0))
    assert ride_s([NoGoArea((horseshoe,))], at(0, 0), at(600, 0)) > 1.7 * straight


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-900, 900), st.integers(-900, 900)), min_size=2, max_size=8))
def test_single_legs_tables_and_blocks_agree_and_never_get_shorter(points):
    areas = (NoGoArea((box(-300, 0, 200),)), NoGoArea((box(400, 100, 150),)))
    places = [at(*point) for point in points]
    legs = legs_between(places, around(StraightLine(), areas))
    free = np.asarray(StraightLine().matrix_s(places, places, BIKE))
    table = np.asarray(around(StraightLine(), areas).matrix_s(places, places, BIKE))
    block = legs.block(range(len(places)), range(len(places)), BIKE)
    single = [[legs.seconds(i, j, BIKE) for j in range(len(places))] for i in range(len(places))]
    assert np.allclose(table, block, atol=0.01)
    assert np.allclose(table, single, atol=0.01)
    assert (table >= free - 0.01).all()
    assert np.allclose(table, table.T, atol=0.01)


def test_a_large_problem_is_looked_at_in_good_time():
    areas = tuple(NoGoArea((box(700 * i - 1500, 300 * i - 600, 150),)) for i in range(5))
    rng = np.random.default_rng(1)
    places = [at(*xy) for xy in rng.uniform(-4000, 4000, (600, 2))]
    begun = time.process_time()
    legs_between(places, around(StraightLine(), areas)).block(range(600), range(600), BIKE)
    assert time.process_time() - begun < 5.0


def test_a_circle_and_a_shape_with_a_hole_know_what_lies_inside():
    circle = NoGo([zone(Circle(center=CENTER, radius_m=200))])
    assert circle.zone_at(at(190, 0))
    assert circle.zone_at(at(210, 0)) is None
    holed = NoGo([zone(Area(polygons=((box(0, 0, 300), box(0, 0, 100)),)))])
    assert holed.zone_at(at(200, 0))
    assert holed.zone_at(CENTER) is None
    cars = NoGo([zone(Circle(center=CENTER, radius_m=200), vehicles=frozenset({Vehicle.CAR}))])
    assert cars.zone_at(CENTER, Vehicle.CAR)
    assert cars.zone_at(CENTER, BIKE) is None


def test_a_fine_outline_is_simplified_to_what_the_planner_can_look_at():
    angles = np.linspace(0, 2 * np.pi, 8001)[:-1]
    fine = ring(*[(500 * np.cos(a), 500 * np.sin(a)) for a in angles])
    coarse = simplified(fine, 40)
    assert coarse[0] == coarse[-1]
    assert 8 <= len(coarse) <= 41
    no_go = NoGo([zone(Area(polygons=((fine,),)))])
    assert len(no_go.areas()[0].rings[0]) <= 151
    assert ride_s(no_go.areas(), at(-700, 0), at(700, 0)) > 1.1 * ride_s([], at(-700, 0), at(700, 0))
