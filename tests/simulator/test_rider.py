import random

from domain.courier import Vehicle
from domain.geo import LonLat, distance_m, moved
from simulator.rider import PATIENCE_MS, Doing, Habits, Rider
from simulator.ways import zigzag
from ws.messages import StopView, WindowView

START = LonLat(-99.2, 19.4)
NOW = 1_800_000_000_000
HABITS = Habits(pickup_s=(30, 30), dropoff_s=(60, 60), forget_arrived_share=0.0)


def stop(order, kind, east_m, ready_ms=None, earliest_ms=None):
    at = moved(START, east_m, 0)
    return StopView(
        stop_id=f"{order}.{kind}",
        kind=kind,
        order_id=order,
        lon=at.lon,
        lat=at.lat,
        name=None,
        notes=None,
        window=WindowView(earliest_at_ms=earliest_ms),
        eta_at_ms=0,
        ready_at_ms=ready_ms,
    )


def rider(**options):
    return Rider(
        at=START,
        vehicle=Vehicle.BICYCLE,
        find_way=zigzag,
        rng=random.Random(1),
        habits=options.pop("habits", HABITS),
        **options,
    )


def said(actions):
    return [(action.stop_id, action.action) for action in actions]


def test_a_rider_does_the_stops_in_the_order_of_the_route():
    r = rider()
    r.follow([stop("o1", "pickup", 200), stop("o1", "dropoff", 500)], NOW)
    r.advance(NOW + 1_200_000)
    actions = r.take_actions()
    assert said(actions) == [
        ("o1.pickup", "arrived"),
        ("o1.pickup", "picked_up"),
        ("o1.dropoff", "arrived"),
        ("o1.dropoff", "delivered"),
    ]
    assert [a.at_ms for a in actions] == sorted(a.at_ms for a in actions)
    assert len({a.id for a in actions}) == 4
    assert not r.has_work
    assert distance_m(r.at, moved(START, 500, 0)) < 0.5


def test_small_steps_and_one_large_step_lead_to_the_same_actions():
    route = [stop("o1", "pickup", 200), stop("o1", "dropoff", 500)]
    once, often = rider(), rider()
    once.follow(route, NOW)
    once.advance(NOW + 900_000)
    often.follow(route, NOW)
    for at_ms in range(NOW, NOW + 900_001, 500):
        often.advance(at_ms)
    assert said(once.take_actions()) == said(often.take_actions())


def test_goods_are_not_picked_up_before_they_are_ready():
    r = rider()
    r.follow([stop("o1", "pickup", 50, ready_ms=NOW + 600_000)], NOW)
    r.advance(NOW + 620_000)
    assert said(r.take_actions()) == [("o1.pickup", "arrived")]
    r.advance(NOW + 640_000)
    assert said(r.take_actions()) == [("o1.pickup", "picked_up")]


def test_a_new_ready_time_is_taken_while_waiting():
    r = rider()
    r.follow([stop("o1", "pickup", 10, ready_ms=NOW + 600_000)], NOW)
    r.advance(NOW + 100_000)
    r.follow([stop("o1", "pickup", 10, ready_ms=NOW + 120_000)], NOW + 100_000)
    r.advance(NOW + 155_000)
    assert said(r.take_actions())[-1] == ("o1.pickup", "picked_up")


def test_a_door_is_not_rung_before_its_window_opens():
    r = rider()
    r.follow([stop("o1", "dropoff", 10, earliest_ms=NOW + 300_000)], NOW)
    r.advance(NOW + 355_000)
    assert ("o1.dropoff", "delivered") not in said(r.take_actions())
    r.advance(NOW + 365_000)
    assert ("o1.dropoff", "delivered") in said(r.take_actions())


def test_a_changed_route_turns_the_rider_round():
    r = rider()
    r.follow([stop("o1", "pickup", 1000)], NOW)
    r.advance(NOW + 60_000)
    assert r.doing is Doing.RIDING
    r.follow([stop("o2", "pickup", -300)], NOW + 60_000)
    r.advance(NOW + 900_000)
    assert said(r.take_actions())[:2] == [("o2.pickup", "arrived"), ("o2.pickup", "picked_up")]


def test_a_stop_under_way_is_kept_when_the_route_behind_it_changes():
    r = rider()
    r.follow([stop("o1", "pickup", 400)], NOW)
    r.advance(NOW + 30_000)
    before = r.at
    r.follow([stop("o1", "pickup", 400), stop("o2", "pickup", 900)], NOW + 30_000)
    assert r.at == before
    r.advance(NOW + 31_000)
    assert distance_m(r.at, before) < 8


def test_a_cancelled_route_leaves_the_rider_where_he_is():
    r = rider()
    r.follow([stop("o1", "pickup", 400)], NOW)
    r.advance(NOW + 30_000)
    r.follow([], NOW + 30_000)
    at = r.at
    r.advance(NOW + 60_000)
    assert r.at == at
    assert r.doing is Doing.NOTHING


def test_a_stop_done_but_still_in_the_route_is_not_done_twice():
    r = rider()
    route = [stop("o1", "pickup", 10)]
    r.follow(route, NOW)
    r.advance(NOW + 300_000)
    r.take_actions()
    r.follow(route, NOW + 300_000)
    r.advance(NOW + 900_000)
    assert r.take_actions() == []


def test_a_stop_that_the_server_refused_is_done_again():
    r = rider()
    r.follow([stop("o1", "pickup", 10)], NOW)
    r.advance(NOW + 300_000)
    r.take_actions()
    r.refuse_done("o1.pickup")
    r.advance(NOW + 600_000)
    assert ("o1.pickup", "picked_up") in said(r.take_actions())


def test_a_rider_without_work_rides_to_a_better_place_after_a_while_and_comes_back_for_work():
    rest = moved(START, 300, 0)
    r = rider(find_rest=lambda: rest)
    r.advance(NOW)
    r.advance(NOW + PATIENCE_MS - 1)
    assert r.at == START
    for at_ms in range(NOW + PATIENCE_MS, NOW + 400_000, 1000):
        r.advance(at_ms)
    assert distance_m(r.at, rest) < 1
    r.follow([stop("o1", "pickup", 0)], NOW + 400_000)
    r.advance(NOW + 700_000)
    assert ("o1.pickup", "picked_up") in said(r.take_actions())


def test_time_never_runs_backwards():
    r = rider()
    r.follow([stop("o1", "pickup", 400)], NOW)
    r.advance(NOW + 30_000)
    at = r.at
    r.advance(NOW + 10_000)
    assert r.at == at
