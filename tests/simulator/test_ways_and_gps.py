import itertools
import random

import pytest

from domain.geo import LonLat, distance_m
from simulator.gps import BIAS_M, Gps
from simulator.ways import Way, zigzag

HERE = LonLat(-75.69, 4.81)
THERE = LonLat(-75.68, 4.82)


@pytest.mark.parametrize("detour", [1.0, 1.3, 1.5])
def test_a_zigzag_is_longer_by_its_detour(detour):
    way = Way(zigzag(HERE, THERE, detour))
    assert way.length_m == pytest.approx(detour * distance_m(HERE, THERE), rel=0.002)
    assert way.at(0)[0] == HERE
    assert way.at(way.length_m)[0] == THERE


def test_a_way_is_ridden_metre_by_metre():
    way = Way(zigzag(HERE, THERE))
    leg, before = 0, HERE
    for metres in range(10, int(way.length_m), 10):
        place, leg = way.at(metres, leg)
        assert distance_m(before, place) <= 10.01
        before = place
    assert leg == len(zigzag(HERE, THERE)) - 2


def test_a_way_of_one_place_has_no_length_and_no_heading():
    way = Way([HERE])
    assert way.length_m == 0
    assert way.at(0) == (HERE, 0)
    assert way.heading_deg(0) is None


def test_gps_errors_are_as_large_as_the_phone_reports():
    inside, total, errors = 0, 0, []
    for seed in range(40):
        gps = Gps(random.Random(seed))
        for second in range(0, 3600, 20):
            place, accuracy_m = gps.fix(HERE, 1_000_000 + second * 1000)
            error_m = distance_m(place, HERE)
            errors.append(error_m)
            inside += error_m <= accuracy_m
            total += 1
    assert 0.63 < inside / total < 0.73
    assert sorted(errors)[len(errors) // 2] < 2 * BIAS_M


def test_gps_errors_wander_instead_of_jumping():
    gps = Gps(random.Random(1))
    places = [gps.fix(HERE, 1_000_000 + k * 1000)[0] for k in range(120)]
    steps = [distance_m(a, b) for a, b in itertools.pairwise(places)]
    offsets = [distance_m(place, HERE) for place in places]
    assert sum(steps) / len(steps) < sum(offsets) / len(offsets)
