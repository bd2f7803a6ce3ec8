import asyncio

import pytest
from rides import ANA, FLEET, HOME, PHONE, START_MS, courier, fix, zone

from domain.courier import ShiftState
from domain.errors import Conflict, NotFound, Unavailable
from domain.events import CourierChanged, Event, FenceCrossed, PositionChanged, PresenceChanged, ZoneChanged
from domain.ids import FleetId
from domain.ports import PingBatch, Tick
from domain.position import Fix, Presence
from storage.memory.live import MemoryLive
from tracker.settings import IntakeSettings, TrackerSettings
from tracker.tracker import Tracker


class ManualClock:
    scale = 1.0

    def __init__(self) -> None:
        self.at_ms = START_MS

    def now_ms(self) -> int:
        return self.at_ms

    async def sleep(self, seconds: float) -> None:
        self.at_ms += int(seconds * 1000)
        await asyncio.sleep(0)


class FlakyLive(MemoryLive):
    """The memory store, away until ``back`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.back = asyncio.Event()
        self.back.set()
        self.ticks: list[Tick] = []
        self.refused = asyncio.Event()

    async def write_tick(self, tick: Tick) -> None:
        if not self.back.is_set():
            self.refused.set()
            raise Unavailable("store_away", "the store is away")
        self.ticks.append(tick)
        await super().write_tick(tick)


def frame(seq: int, *fixes: Fix, at_ms: int = START_MS) -> PingBatch:
    return PingBatch(
        fleet=FLEET,
        courier_id=ANA,
        device=PHONE,
        seq=seq,
        fixes=fixes or (fix(seq - 1, seq, 0),),
        indexes=tuple(range(len(fixes or (1,)))),
        received_at_ms=at_ms,
    )


class Running:
    def __init__(self, live: FlakyLive, **limits: float) -> None:
        self.live = live
        self.clock = ManualClock()
        self.events: list[Event] = []
        settings = TrackerSettings(intake=IntakeSettings(tick_wall_s=0.001, retry_wall_s=0.001, **limits))
        self.tracker = Tracker(live, self.clock, self.events.extend, settings)

    async def open(self) -> None:
        self.tracker.open_fleet(FLEET, [courier()], [], await self.live.positions(FLEET))
        self.task = asyncio.create_task(self.tracker.run())

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@pytest.fixture
async def running():
    made = Running(FlakyLive())
    await made.open()
    yield made
    await made.close()


async def test_a_frame_is_durable_before_it_is_acknowledged(running):
    result = await running.tracker.submit(frame(1))
    assert (result.seq, result.duplicate, result.rejected) == (1, False, {})
    assert running.live.ticks[0].points[0].seq == 1
    assert await running.tracker.last_seq(FLEET, ANA, PHONE) == 1


async def test_nothing_is_told_before_it_is_durable(running):
    running.live.back.clear()
    waiting = asyncio.create_task(running.tracker.submit(frame(1)))
    await running.live.refused.wait()
    assert not waiting.done()
    assert running.events == []
    running.live.back.set()
    await waiting
    assert [type(event) for event in running.events] == [PresenceChanged, PositionChanged]


async def test_frames_of_one_moment_share_a_tick(running):
    async with asyncio.TaskGroup() as group:
        for seq in range(1, 21):
            group.create_task(running.tracker.submit(frame(seq)))
    assert len(running.live.ticks) <= 2
    assert running.live.ticks[-1].seqs == {(ANA, PHONE): 20}


async def test_a_frame_sent_again_is_acknowledged_and_stored_once(running):
    await running.tracker.submit(frame(1))
    result = await running.tracker.submit(frame(1))
    assert result.duplicate
    assert sum(len(tick.points) for tick in running.live.ticks) == 1


async def test_a_frame_sent_again_while_the_first_waits_is_acknowledged_once_that_is_durable(running):
    running.live.back.clear()
    first = asyncio.create_task(running.tracker.submit(frame(1)))
    await running.live.refused.wait()
    second = asyncio.create_task(running.tracker.submit(frame(1)))
    await asyncio.sleep(0)
    assert not second.done()
    running.live.back.set()
    assert [(await first).duplicate, (await second).duplicate] == [False, True]
    assert sum(len(tick.points) for tick in running.live.ticks) == 1


async def test_a_gap_in_the_numbers_is_refused_with_what_was_expected(running):
    await running.tracker.submit(frame(1))
    with pytest.raises(Conflict) as refused:
        await running.tracker.submit(frame(3))
    assert (refused.value.code, refused.value.detail) == ("seq_gap", {"expected": 2})


async def test_a_device_without_a_durable_frame_may_begin_at_any_number(running):
    assert (await running.tracker.submit(frame(42))).seq == 42
    assert (await running.tracker.submit(frame(43))).seq == 43


async def test_a_full_queue_refuses_and_loses_nothing():
    made = Running(FlakyLive(), frames_max=2)
    await made.open()
    made.live.back.clear()
    waiting = [asyncio.create_task(made.tracker.submit(frame(1)))]
    await made.live.refused.wait()
    waiting += [asyncio.create_task(made.tracker.submit(frame(seq))) for seq in (2, 3)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as refused:
        await made.tracker.submit(frame(4))
    assert refused.value.code == "intake_full"
    made.live.back.set()
    await asyncio.gather(*waiting)
    assert (await made.tracker.submit(frame(4))).seq == 4
    await made.close()


async def test_a_socket_that_goes_away_does_not_take_its_frame_along(running):
    running.live.back.clear()
    waiting = asyncio.create_task(running.tracker.submit(frame(1)))
    await running.live.refused.wait()
    waiting.cancel()
    running.live.back.set()
    assert (await running.tracker.submit(frame(2))).seq == 2
    assert [point.seq for tick in running.live.ticks for point in tick.points] == [1, 2]


async def test_an_unknown_fleet_is_not_found(running):
    with pytest.raises(NotFound):
        await running.tracker.last_seq(FleetId("other"), ANA, PHONE)


async def test_after_a_restart_the_position_does_not_go_back():
    live = FlakyLive()
    before = Running(live)
    await before.open()
    await before.tracker.submit(frame(1, fix(100, 0, 0), at_ms=START_MS + 100_000))
    await before.close()
    after = Running(live)
    await after.open()
    assert after.tracker.position(FLEET, ANA).fix_at_ms == START_MS + 100_000
    await after.tracker.submit(frame(2, fix(50, 9, 0), at_ms=START_MS + 101_000))
    assert after.tracker.position(FLEET, ANA).fix_at_ms == START_MS + 100_000
    assert await after.tracker.last_seq(FLEET, ANA, PHONE) == 2
    await after.close()


async def test_drained_waits_for_everything_taken_in(running):
    running.live.back.clear()
    waiting = asyncio.create_task(running.tracker.submit(frame(1)))
    await running.live.refused.wait()
    assert not await running.tracker.drained(0.01)
    running.live.back.set()
    assert await running.tracker.drained(5)
    assert waiting.done() or (await waiting).seq == 1


async def test_silence_makes_a_phone_stale_then_offline_and_a_heartbeat_brings_it_back(running):
    await running.tracker.submit(frame(1))
    told = []
    for seconds in (29, 1, 89, 1):
        running.clock.at_ms += seconds * 1000
        running.events.clear()
        running.tracker.check()
        told.append([event.presence for event in running.events if isinstance(event, PresenceChanged)])
    assert told == [[], [Presence.STALE], [], [Presence.OFFLINE]]
    running.events.clear()
    await running.tracker.submit(frame(2, Fix(running.clock.at_ms), at_ms=running.clock.at_ms))
    assert [event.presence for event in running.events] == [Presence.ONLINE]
    assert running.tracker.presence(FLEET, ANA) is Presence.ONLINE


async def test_the_end_of_a_shift_takes_the_courier_off_the_map(running):
    await running.tracker.submit(frame(1))
    off = CourierChanged(fleet=FLEET, at_ms=START_MS + 1_000, courier=courier(ShiftState.OFF))
    running.tracker.listen([off])
    for _ in range(5):
        await asyncio.sleep(0)
    assert await running.live.positions(FLEET) == []
    assert running.tracker.positions(FLEET) == {}


async def test_a_zone_drawn_now_is_entered_by_the_next_fixes(running):
    running.tracker.listen([ZoneChanged(fleet=FLEET, at_ms=START_MS, zone_id="z1", zone=zone(0, 0, 200))])
    for seq in range(1, 8):
        await running.tracker.submit(frame(seq, fix(5 * seq, 0, 0), at_ms=START_MS + 5_000 * seq))
    fences = [event for event in running.events if isinstance(event, FenceCrossed)]
    assert [(event.zone_id, event.kind) for event in fences] == [("z1", "entered")]
    assert running.tracker.position(FLEET, ANA).at.lon == pytest.approx(HOME.lon, abs=1e-4)
