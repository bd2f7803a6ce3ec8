"""The archiver: every point of the stream into the record once, whatever happens between its steps."""

import pytest

from domain.errors import Unavailable
from domain.ids import CourierId
from domain.ports import Tick
from server.archive import Archiver
from server.clock import ManualClock
from server.metrics import Metrics
from storage.memory import MemoryLive, MemoryStores
from tests.contract.samples import FLEET, NOON_MS, fleet, point

ANA = CourierId("c_ana")
ALL = (0, 2**62)
DAY_S = 86_400


@pytest.fixture
async def world():
    live, stores, clock = MemoryLive(), MemoryStores(), ManualClock(NOON_MS)
    await stores.people.put_fleet(fleet())
    return live, stores, clock, Archiver(live, stores, clock, Metrics(), lambda: [FLEET], 60)


def tick(*points) -> Tick:
    return Tick(fleet=FLEET, points=points, positions=(), seqs={})


async def test_what_waits_is_archived_and_trimmed(world):
    live, stores, _, archiver = world
    for seq in range(5):
        await live.write_tick(tick(*(point(seq, index) for index in range(900))))

    await archiver.archive_all()

    assert len(await stores.tracks.track(FLEET, ANA, *ALL)) == 4500
    assert await live.read_points(FLEET, "0-0", 10) == ("0-0", [])


async def test_a_crash_between_archiving_and_trimming_doubles_nothing(world, monkeypatch):
    live, stores, _, archiver = world
    await live.write_tick(tick(point(1), point(2)))

    async def crash(*_):
        raise Unavailable("live_store_unavailable", "gone")

    with monkeypatch.context() as crashing:
        crashing.setattr(live, "trim_points", crash)
        with pytest.raises(Unavailable):
            await archiver.archive_all()
    await live.write_tick(tick(point(2), point(3)))
    await archiver.archive_all()

    assert [p.seq for p in await stores.tracks.track(FLEET, ANA, *ALL)] == [1, 2, 3]


async def test_entries_below_the_recorded_place_are_archived_too(world):
    """Redis lost its files and began anew while the clock had gone back."""
    live, stores, _, archiver = world
    await stores.tracks.archive(FLEET, [], "9999999999999-0")
    await live.write_tick(tick(point(1)))

    await archiver.archive_all()

    assert [p.seq for p in await stores.tracks.track(FLEET, ANA, *ALL)] == [1]


async def test_positions_past_their_retention_are_deleted(world):
    _, stores, clock, archiver = world
    await stores.tracks.archive(FLEET, [point(1), point(2, fix_at_ms=NOON_MS + 2 * DAY_S * 1000)], "1-0")

    clock.advance(61 * DAY_S)
    await archiver.delete_old()

    assert [p.seq for p in await stores.tracks.track(FLEET, ANA, *ALL)] == [2]


async def test_a_fix_older_than_the_retention_is_never_written(world):
    live, stores, _, archiver = world
    old = point(1, fix_at_ms=NOON_MS - 61 * DAY_S * 1000)
    await live.write_tick(tick(old, point(2)))

    await archiver.archive_all()

    assert [p.seq for p in await stores.tracks.track(FLEET, ANA, *ALL)] == [2]
    assert (await live.read_points(FLEET, "0-0", 10))[1] == []
