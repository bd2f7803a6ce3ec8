from rides import ANA, HOME, PHONE, START_MS

from domain.geo import moved
from domain.position import TrackPoint
from tracker.history.simplify import simplified


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
