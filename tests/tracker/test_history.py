from rides import ANA, HOME, PHONE, START_MS

from domain.courier import Shift
from domain.geo import distance_m, moved
from domain.position import Position, TrackPoint
from tracker.history.radii import ArrivalRadii
from tracker.history.trips import shift_totals, stops_and_trips


def point(at_s, x, y=0.0, accuracy_m=6.0):
    place = moved(HOME, x, y)
    at_ms = START_MS + int(at_s * 1000)
    return TrackPoint(
        ANA, PHONE, int(at_s) + 1, 0, at_ms, at_ms, place.lon, place.lat, accuracy_m, None, None, None, True
    )


def ride(start_s, from_x, to_x, speed=5.0, step_s=5.0):
    seconds = abs(to_x - from_x) / speed
    count = int(seconds / step_s)
    return [point(start_s + n * step_s, from_x + (to_x - from_x) * n / count) for n in range(count + 1)]


def stand(start_s, x, seconds, step_s=5.0):
    return [point(start_s + n * step_s, x + (n % 3 - 1) * 4) for n in range(int(seconds / step_s))]


TRACK = [*ride(0, 0, 1_000), *stand(205, 1_000, 300), *ride(505, 1_000, 3_000), *stand(910, 3_000, 200)]


def test_stays_and_the_ways_between_them_are_found():
    stops, trips = stops_and_trips(TRACK)
    assert [round(distance_m(HOME, stop.at), -2) for stop in stops] == [1_000, 3_000]
    assert len(trips) == 2
    assert 290 <= (stops[0].to_ms - stops[0].from_ms) / 1000 <= 325


def test_distance_is_that_of_the_ride_and_standing_adds_none():
    _, trips = stops_and_trips(TRACK)
    assert (
        abs(sum(trip.distance_m for trip in trips) - 3_000) < 150
    )  # up to a stay radius is lost at each stop
    assert stops_and_trips(stand(0, 0, 3_600))[1] == []


def test_a_red_light_is_no_stop():
    track = [*ride(0, 0, 500), *stand(105, 500, 40), *ride(145, 500, 1_000)]
    stops, trips = stops_and_trips(track)
    assert (stops, len(trips)) == ([], 1)


def test_a_long_silence_on_the_way_ends_the_trip():
    _, trips = stops_and_trips([*ride(0, 0, 500), *ride(2_000, 5_000, 6_000)])
    assert len(trips) == 2
    assert sum(trip.distance_m for trip in trips) < 1_700


def test_vague_points_are_left_out():
    track = [*ride(0, 0, 1_000), point(100.5, 9_000, accuracy_m=500)]
    track.sort(key=lambda p: p.fix_at_ms)
    assert sum(trip.distance_m for trip in stops_and_trips(track)[1]) < 1_100


def test_an_empty_track_has_nothing():
    assert stops_and_trips([]) == ([], [])


def test_a_shift_is_summed_up():
    shift = Shift(courier_id=ANA, started_at_ms=START_MS, ended_at_ms=START_MS + 2_000_000)
    totals = shift_totals(TRACK, shift, START_MS)
    assert abs(totals.distance_m - 3_000) < 150  # up to a stay radius is lost at each stop
    assert totals.moving_s + totals.standing_s + totals.unseen_s == 2_000
    assert totals.unseen_s > 800


# --- radii -----------------------------------------------------------------------------------------


def position(x, accuracy_m=8.0):
    return Position(
        courier_id=ANA,
        at=moved(HOME, x, 0),
        accuracy_m=accuracy_m,
        speed_mps=0.0,
        heading_deg=None,
        fix_at_ms=START_MS,
        received_at_ms=START_MS,
    )


def test_a_radius_is_learnt_once_there_are_enough_visits():
    radii = ArrivalRadii(70)
    for _ in range(7):
        radii.learn(HOME, position(85))
    assert radii.radius_m(HOME) == 70
    radii.learn(HOME, position(85))
    assert 110 < radii.radius_m(HOME) < 120
    assert radii.radius_m(moved(HOME, 500, 0)) == 70


def test_a_precise_place_gets_a_small_circle_but_not_too_small():
    radii = ArrivalRadii(70)
    for _ in range(20):
        radii.learn(HOME, position(3))
    assert radii.radius_m(HOME) == 45


def test_far_or_vague_positions_teach_nothing():
    radii = ArrivalRadii(70)
    for _ in range(20):
        radii.learn(HOME, position(400))
        radii.learn(HOME, position(100, accuracy_m=60))
    assert radii.radius_m(HOME) == 70
