"""A fix that comes late may contradict what was told: it is corrected, and a wrong visit is taken back."""

from rides import START_MS, World, fix, order, zone

SHOP, DOOR = (1_000, 0), (1_000, 1_500)
STANDING = [fix(0, 600, 0), *(fix(100 + 5 * n, *SHOP) for n in range(8))]


def carrying() -> World:
    world = World()
    world.fences.follow(order(SHOP, DOOR), START_MS)
    return world


def test_an_arrival_is_corrected_to_an_earlier_time_by_a_late_fix():
    world = carrying()
    world.send_each(STANDING)
    world.send_at(world.now_ms, fix(95, 1_005, 0))
    world.wait(200)
    assert world.told() == [("o1.pickup", "entered", 1, 100.0)]
    [correction] = world.corrections
    assert (correction.corrects, correction.retracted) == (world.events[0].id, False)
    assert (correction.was_at_ms - START_MS, correction.at_ms - START_MS) == (100_000, 95_000)
    assert world.account() == [("o1.pickup", "entered", 1, 95.0)]


def test_a_visit_to_a_zone_that_a_late_fix_shows_to_be_none_is_taken_back():
    world = World(zones=[zone(0, 0, 60)])
    passing = [
        fix(0, -100, 0),
        fix(10, -40, 0),
        fix(24, 40, 0),
        fix(26, 50, 0),
        fix(40, 130, 0),
        fix(70, 400, 0),
    ]
    late = fix(17, -110, 0)
    world.send_each(passing)
    told = world.told()
    world.send_at(world.now_ms, late)
    world.wait(300)
    assert told[:1] == [("z1", "entered", 1, 10.0)]
    assert any(event.retracted or event.at_ms != event.was_at_ms for event in world.corrections)
    ordered = World(zones=[zone(0, 0, 60)])
    ordered.send_each(sorted([*passing, late], key=lambda item: item.fix_at_ms))
    ordered.wait(300)
    assert world.account() == ordered.account()


def test_what_is_told_again_after_it_was_taken_back_has_a_new_id():
    world = carrying()
    world.send_each([fix(0, 850, 0), fix(20, *SHOP, speed_mps=0.0), fix(40, *SHOP, speed_mps=0.0)])
    assert world.told() == [("o1.pickup", "entered", 1, 20.0)]
    world.send_at(world.now_ms, fix(30, 1_140, 0))
    world.send_each(fix(200 + 5 * n, *SHOP, speed_mps=0.0) for n in range(8))
    world.wait(300)
    assert len(world.account()) == 1
    ids = [event.id for event in [*world.events, *world.corrections]]
    assert len(ids) == len(set(ids))


def test_coming_back_within_two_minutes_of_leaving_is_the_same_visit():
    world = carrying()
    world.send_each(fix(5 * n, *SHOP) for n in range(10))
    world.send_each(fix(60 + 5 * n, 1_200, 0) for n in range(8))
    world.send_each(fix(130 + 5 * n, *SHOP) for n in range(10))
    world.send_each(fix(200 + 5 * n, 1_300, 0) for n in range(10))
    assert [event[1:3] for event in world.told()] == [("entered", 1), ("exited", 1)]
    assert world.corrections == []
