"""Clocks that never go back, and events that arrive in one order."""

import asyncio

from domain.events import PresenceChanged
from domain.ids import CourierId, FleetId
from domain.position import Presence
from server.bus import EventBus
from server.clock import ClockFile, ManualClock, ScaledClock, SystemClock, choose_clock, wall_ms


def event(number: int) -> PresenceChanged:
    return PresenceChanged(
        fleet=FleetId("f"), at_ms=number, courier_id=CourierId("c"), presence=Presence.ONLINE
    )


def test_a_scaled_clock_starts_where_it_ended_and_never_earlier(tmp_path):
    file = ClockFile(tmp_path)
    assert isinstance(choose_clock(1.0, file), SystemClock)
    ahead = wall_ms() + 3_600_000
    file.keep(ahead)
    assert file.last_ms() == ahead
    for scale in (60.0, 1.0):
        clock = choose_clock(scale, file)
        assert isinstance(clock, ScaledClock)
        assert clock.scale == scale
        assert clock.now_ms() >= ahead


def test_a_damaged_clock_file_counts_as_none(tmp_path):
    (tmp_path / "clock.json").write_text("{")
    assert ClockFile(tmp_path).last_ms() is None


async def test_a_manual_clock_wakes_sleepers_in_the_order_they_are_due():
    clock, woken = ManualClock(0), []

    async def sleep(seconds):
        await clock.sleep(seconds)
        woken.append(seconds)

    tasks = [asyncio.create_task(sleep(seconds)) for seconds in (3, 1, 2)]
    await asyncio.sleep(0)
    clock.advance(2)
    for _ in range(3):
        await asyncio.sleep(0)
    assert woken == [1, 2]
    clock.advance(1)
    await asyncio.gather(*tasks)
    assert (woken, clock.now_ms()) == ([1, 2, 3], 3000)


def test_everybody_hears_everything_in_the_same_order_also_what_listeners_publish():
    bus, first, second = EventBus(), [], []

    def answering(events):
        first.extend(e.at_ms for e in events)
        if events[0].at_ms == 1:
            bus([event(10)])

    bus.listen("answering", answering)
    bus.listen("second", lambda events: second.extend(e.at_ms for e in events))
    bus([event(1), event(2)])
    bus([event(3)])
    assert first == second == [1, 2, 10, 3]


def test_a_broken_listener_is_kept_as_failure_and_the_others_still_hear():
    bus, heard = EventBus(), []

    def broken(_events):
        raise ValueError("bug")

    bus.listen("broken", broken)
    bus.listen("fine", heard.extend)
    bus([event(1)])
    assert len(heard) == 1
    assert isinstance(bus.failure, ValueError)
