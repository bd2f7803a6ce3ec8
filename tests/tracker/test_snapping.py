"""Couriers are shown on their street; everything that decides keeps the position as believed."""

import asyncio
import contextlib

import msgspec
import pytest

from domain.courier import Vehicle
from domain.events import PositionChanged, PresenceChanged
from domain.geo import LonLat
from domain.ids import CourierId, FleetId
from domain.position import Position, Presence
from tests.one_street import LAT, M_PER_DEG, OneStreet
from tracker.matching.live import SnappedPositions

FLEET, ANA, BETO = FleetId("f"), CourierId("ana"), CourierId("beto")


class Tracker:
    """What is believed."""

    def __init__(self):
        self.believed = {}

    def positions(self, fleet):
        return self.believed

    def presence(self, fleet, courier_id):
        return Presence.ONLINE


class World:
    def __init__(self):
        self.server, self.tracker, self.told, self.fallbacks = OneStreet(), Tracker(), [], []
        self.stage = SnappedPositions(self.tracker, self.server, lambda *_: Vehicle.BICYCLE, self)
        self.stage.tell = self.told.extend

    def road_fallback(self, reason, count=1):
        self.fallbacks.append(reason)

    def moves(self, courier_id, lon, north_m, at_ms=0):
        at = LonLat(lon, LAT + north_m / M_PER_DEG)
        position = Position(
            courier_id=courier_id, at=at, accuracy_m=8, speed_mps=4, heading_deg=90, fix_at_ms=at_ms,
            received_at_ms=at_ms,
        )  # fmt: skip
        self.tracker.believed[courier_id] = position
        event = PositionChanged(fleet=FLEET, at_ms=at_ms, position=position, presence=Presence.ONLINE)
        self.stage.listen([event])
        return event

    async def told_by_then(self, count):
        async with asyncio.timeout(5):
            while len(self.told) < count:  # noqa: ASYNC110 - one look a turn
                await asyncio.sleep(0.005)
        return self.told


@pytest.fixture
async def world():
    world = World()
    task = asyncio.create_task(world.stage.run())
    yield world
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_couriers_are_shown_on_their_street_and_asked_about_together(world):
    before = world.moves(ANA, -76.6, 9.0)
    world.moves(BETO, -76.61, -12.0)
    told = await world.told_by_then(2)
    assert {event.position.at.lat for event in told} == {LAT}
    assert [service for service, *_ in world.server.asked] == ["table"]
    assert world.tracker.believed[ANA] is before.position, "what is believed stays as it is"
    assert before.position.at.lat != LAT
    assert world.stage.positions(FLEET)[ANA].at.lat == LAT


async def test_a_place_that_is_known_is_not_asked_again(world):
    world.moves(ANA, -76.6, 9.0)
    await world.told_by_then(1)
    world.moves(BETO, -76.6, 9.0, at_ms=1)
    assert world.told[-1].position.at.lat == LAT
    assert len(world.server.asked) == 1


async def test_a_courier_in_a_yard_stays_there(world):
    event = world.moves(ANA, -76.6, 45.0)
    assert await world.told_by_then(1) == [event]
    assert world.fallbacks == ["no_match"]
    assert world.stage.positions(FLEET)[ANA] is event.position


async def test_without_the_server_positions_go_on_as_believed(world):
    world.server.away = True
    event = world.moves(ANA, -76.6, 9.0)
    assert await world.told_by_then(1) == [event]


async def test_other_events_do_not_wait_and_keep_their_order(world):
    event = world.moves(ANA, -76.6, 9.0)
    gone = PresenceChanged(fleet=FLEET, at_ms=1, courier_id=ANA, presence=Presence.OFFLINE)
    world.stage.listen([gone])
    assert world.told == [event, gone], "the position came first, so it is shown first"
    await asyncio.sleep(0.1)
    assert world.told == [event, gone], "and it is not shown again afterwards"


async def test_of_two_positions_within_a_moment_the_newer_is_shown(world):
    world.moves(ANA, -76.6, 9.0, at_ms=1)
    newer = world.moves(ANA, -76.5, 9.0, at_ms=2)
    (told,) = await world.told_by_then(1)
    assert told.position == msgspec.structs.replace(newer.position, at=LonLat(-76.5, LAT))


async def test_a_courier_who_left_is_not_shown_any_more(world):
    world.moves(ANA, -76.6, 9.0)
    await world.told_by_then(1)
    world.tracker.believed.clear()
    assert dict(world.stage.positions(FLEET)) == {}
