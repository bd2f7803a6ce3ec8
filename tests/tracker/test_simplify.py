import math

import numpy as np
from msgspec import structs
from rides import ANA, HOME, PHONE, START_MS

from domain.geo import LocalPlane, moved
from domain.position import TrackPoint
from tracker.history.simplify import simplified, simplified_in_time


def track(*places):
    points = []
    for n, (x, y) in enumerate(places):
        place, at_ms = moved(HOME, x, y), START_MS + n * 5_000
        points.append(
            TrackPoint(ANA, PHONE, n + 1, 0, at_ms, at_ms, place.lon, place.lat, 6.0, None, None, None, True)
        )
    return points


def test_points_on_a_straight_way_are_left_out_and_corners_stay():
    there = [(x, (x % 3) - 1.0) for x in range(0, 500, 10)]
    up = [(500.0, y) for y in range(0, 300, 10)]
    points = track(*there, *up)
    corners = [(p.seq - 1) for p in simplified(points, 5)]
    assert corners == [0, len(there), len(points) - 1]


def test_a_way_back_over_the_same_places_keeps_its_far_end_in_order():
    there = [(float(x), 0.0) for x in range(0, 200, 10)]
    points = track(*there, *there[-2::-1])
    assert [p.seq for p in simplified(points, 5)] == [1, 20, 39]


def test_a_courier_who_stood_still_keeps_both_ends():
    points = track(*[(0.0, 0.0)] * 50)
    assert [p.seq for p in simplified(points, 5)] == [1, 50]


def test_a_track_of_up_to_two_points_is_left_alone():
    for length in range(3):
        points = track(*[(0.0, 0.0)] * length)
        assert simplified(points, 5) == points


def test_in_time_a_wait_on_a_straight_way_stays_a_wait():
    points = track(
        *[(x, 0.0) for x in range(0, 300, 20)], *[(300.0, 0.0)] * 30, *[(x, 0.0) for x in range(320, 600, 20)]
    )
    (kept,) = simplified_in_time(points, 5, gap_s=60)
    assert [p.seq for p in kept] == [1, 16, 45, 59]
    assert [p.seq for p in simplified(points, 5)] == [1, 59]


def test_in_time_nobody_is_drawn_further_off_than_the_tolerance():
    places = [(n * 7.0 * math.sin(n / 40), n * 3.0 + 40 * math.cos(n / 9)) for n in range(2_000)]
    points = track(*places)
    (kept,) = simplified_in_time(points, 10, gap_s=60)
    assert len(kept) < len(points) / 3
    frame = LocalPlane(HOME)
    drawn = [
        np.interp(
            [p.fix_at_ms for p in points],
            [p.fix_at_ms for p in kept],
            [frame.to_xy(p.lon, p.lat)[axis] for p in kept],
        )
        for axis in (0, 1)
    ]
    true = np.array([frame.to_xy(p.lon, p.lat) for p in points]).T
    assert np.hypot(drawn[0] - true[0], drawn[1] - true[1]).max() <= 10.1


def test_in_time_a_silence_splits_the_track():
    points = track(*[(float(n), 0.0) for n in range(10)])
    late = [structs.replace(p, seq=p.seq + 10, fix_at_ms=p.fix_at_ms + 900_000) for p in points]
    stretches = simplified_in_time([*points, *late], 5, gap_s=300)
    assert [[p.seq for p in stretch] for stretch in stretches] == [[1, 10], [11, 20]]
    assert simplified_in_time([], 5, gap_s=300) == []
