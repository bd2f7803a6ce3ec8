import random

import pytest
from rides import START_MS, World, fix, order, ride, zone

PICKUP, DROPOFF = (1_000, 0), (1_000, 1_500)
WAY = [(0, 0, 0), (200, 1_000, 0), (400, 1_000, 0), (700, 1_000, 1_500), (900, 1_000, 1_500)]
FUTURE_MS = START_MS + 4_000_000


def carrying() -> World:
    world = World()
    world.fences.follow(order(PICKUP, DROPOFF), START_MS)
    return world


def in_order() -> World:
    world = carrying()
    world.send_each(ride(WAY))
    return world


def test_fixes_that_swap_places_give_the_same_events():
    world, fixes = carrying(), ride(WAY)
    for a, b in zip(fixes[::2], fixes[1::2], strict=False):
        world.send(b)
        world.send(a)
    world.send(fixes[-1])
    world.wait(600)
    assert world.told() == in_order().told()
    assert not any(event.late for event in world.events)


def test_a_backlog_of_an_hour_sent_newest_first_is_told_late_and_in_order():
    world = carrying()
    backlog = ride(WAY, step_s=3)
    world.send_at(FUTURE_MS, fix(3_990, 3_000, 1_500))
    frames = [backlog[at : at + 100] for at in range(0, len(backlog), 100)]
    for frame in reversed(frames):
        world.send_at(FUTURE_MS + 1_000, *frame)
    world.wait(600)
    assert world.state.live.fix_at_ms == START_MS + 3_990_000
    assert [event[:3] for event in world.told()] == [
        ("o1.pickup", "entered", 1),
        ("o1.pickup", "exited", 1),
        ("o1.dropoff", "entered", 1),
    ]
    assert all(event.late for event in world.events)
    assert [event.at_ms for event in world.events] == sorted(event.at_ms for event in world.events)


def test_500_shuffled_fixes_sent_twice_with_three_impossible_give_one_visit_each():
    world, fixes = carrying(), ride([(0, 0, 0), *[(t + 400, x, y) for t, x, y in WAY]], step_s=2.6)[:497]
    fixes += [fix(100.5, 30_000, 0), fix(500.5, -40_000, 5), fix(900.5, 0, 50_000)]
    random.Random(7).shuffle(fixes)
    for _ in range(2):
        for at in range(0, 500, 50):
            world.send_at(FUTURE_MS, *fixes[at : at + 50])
    world.wait(600)
    assert [event[:3] for event in world.told()] == [
        ("o1.pickup", "entered", 1),
        ("o1.pickup", "exited", 1),
        ("o1.dropoff", "entered", 1),
    ]
    assert world.state.results["duplicate"] == 500
    assert world.state.results["impossible_speed"] == 3


@pytest.mark.parametrize("size", [1, 50])
@pytest.mark.parametrize("seed", range(20))
def test_each_honest_fix_is_tracked_once_however_it_and_three_impossible_ones_are_shuffled(seed, size):
    world, honest = carrying(), ride([(0, 0, 0), *[(t + 400, x, y) for t, x, y in WAY]], step_s=2.6)[:497]
    wild = [fix(100.5, 30_000, 0), fix(500.5, -40_000, 5), fix(900.5, 0, 50_000)]
    rng, sent, tracked, at_ms = random.Random(seed), [*honest, *wild], [], FUTURE_MS
    for _ in range(2):
        rng.shuffle(sent)
        for begin in range(0, 500, size):
            at_ms += 20
            tracked += [point.fix_at_ms for point in world.send_at(at_ms, *sent[begin : begin + size]).points]
    world.wait(600)
    assert len(tracked) == len(set(tracked))
    assert set(tracked) >= {item.fix_at_ms for item in honest}
    # Only a wild fix that comes before any other could be doubted is in the track.
    assert len(tracked) <= 498
    results = {moment.claim.at_ms: moment.result for moment in world.state.timeline._moments}
    assert all(results.get(item.fix_at_ms) == "impossible_speed" for item in wild)
    assert [event[:3] for event in world.told()] == [
        ("o1.pickup", "entered", 1),
        ("o1.pickup", "exited", 1),
        ("o1.dropoff", "entered", 1),
    ]


def test_an_arrival_in_order_is_told_at_once_and_not_held_back():
    world = carrying()
    for item in ride(WAY):
        world.send(item)
        if world.events:
            break
    assert world.now_ms - world.events[0].at_ms < 26_000


def test_a_late_fix_that_fills_a_visit_already_told_adds_nothing():
    world, fixes = carrying(), ride(WAY)
    missing = fixes.pop(42)
    world.send_each(fixes[:60])
    told = world.told()
    world.send(missing)
    assert world.told() == told


def test_an_earlier_visit_to_a_stop_found_after_a_later_one_is_not_told():
    world = carrying()
    world.send_each(fix(1_000 + 5 * n, *PICKUP) for n in range(10))
    world.send_at(FUTURE_MS, *(fix(5 * n, *PICKUP) for n in range(10)), fix(400, 0, 0), fix(440, 0, 0))
    assert [event[:3] for event in world.told()] == [("o1.pickup", "entered", 1)]


def test_after_a_restart_older_fixes_are_tracked_but_not_placed():
    world = World(zones=[zone(0, 0, 100)])
    world.send(fix(100, 0, 0))
    again = World(zones=[zone(0, 0, 100)])
    again.pipeline.restore(world.state.live)
    done = again.send_at(START_MS + 101_000, fix(90, 10, 0))
    assert (done.rejected(), len(done.points), done.position) == ({"late": 1}, 1, None)
    assert again.state.live.fix_at_ms == START_MS + 100_000


def test_memory_is_bounded_however_disordered_the_fixes():
    world = World()
    fixes = ride([(0, 0, 0), (9_000, 20_000, 0)], step_s=1)
    random.Random(3).shuffle(fixes)
    for at in range(0, len(fixes), 500):
        world.send_at(START_MS + 9_100_000, *fixes[at : at + 500])
    assert len(world.state.timeline._moments) <= world.settings.history_max + 1


def test_in_order_only_the_reorder_window_is_remembered():
    world = World()
    world.send_each(fix(5 * n, 3 * n, 0) for n in range(400))
    assert len(world.state.timeline._moments) < 60


def test_after_a_restart_a_zone_is_not_entered_again_but_left_once():
    world = World(zones=[zone(0, 0, 100)])
    world.send_each(fix(5 * n, 0, 0) for n in range(10))
    again = World(zones=[zone(0, 0, 100)])
    again.pipeline.restore(world.state.live)
    again.send_each(fix(50 + 5 * n, 0, 0) for n in range(10))
    again.send_each(ride([(100, 0, 0), (200, 500, 0), (300, 500, 0)]))
    assert [event[1] for event in again.told()] == ["exited"]


def test_visits_of_a_zone_have_ids_of_their_own_over_restarts():
    ids = set()
    for start in (0, 5_000):
        world = World(zones=[zone(0, 0, 100)])
        world.send_each(fix(start + 5 * n, 0, 0) for n in range(10))
        ids.update(event.id for event in world.events)
    assert len(ids) == 2
