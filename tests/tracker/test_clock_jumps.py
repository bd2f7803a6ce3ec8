"""The server's clock is put forward or back by an hour during a ride: no visit is missed or doubled."""

import pytest
from rides import START_MS, World, order, ride

SHOP, DOOR = (1_000, 0), (1_000, 1_500)
WAY = [(0, 0, 0), (200, 1_000, 0), (400, 1_000, 0), (700, 1_000, 1_500), (900, 1_000, 1_500)]
HOUR_MS = 3_600_000


def ridden(jump_ms: int) -> World:
    """The phones' clocks are right all the time; the server's is off by ``jump_ms`` between 150 and 500 s."""
    world = World()
    world.fences.follow(order(SHOP, DOOR), START_MS)
    for item in ride(WAY):
        wrong = START_MS + 150_000 <= item.fix_at_ms < START_MS + 500_000
        world.send_at(item.fix_at_ms + 500 + (jump_ms if wrong else 0), item)
    world.wait(400)
    return world


def places(world: World) -> list[tuple[str, str, int]]:
    return [event[:3] for event in world.account()]


def test_an_hour_forward_changes_no_event_but_its_lateness():
    assert ridden(HOUR_MS).account() == ridden(0).account()


@pytest.mark.parametrize("jump_ms", [-HOUR_MS, -30_000])
def test_a_clock_put_back_doubles_nothing_and_the_live_position_does_not_go_back(jump_ms):
    world = ridden(jump_ms)
    assert len(places(world)) == len(set(places(world)))
    assert world.state.live.fix_at_ms >= START_MS + 895_000
    kinds = [kind for name, kind, _ in places(world) if name == "o1.dropoff"]
    assert kinds == ["entered"]


def test_fixes_that_a_clock_put_back_calls_future_are_counted_as_such():
    assert ridden(-HOUR_MS).state.results["future"] == 70
