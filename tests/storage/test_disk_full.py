"""A disk that becomes full: nothing acknowledged is lost, and all goes on once there is room."""

import asyncio
import contextlib
import os
import signal
import subprocess

import pytest

from domain.errors import Unavailable
from domain.ids import CourierId, DeviceId
from domain.ports import Tick
from storage.embedded import EmbeddedRedis
from storage.redis_live import RedisLive
from storage.sql.stores import open_stores
from tests.contract.samples import FLEET, fleet, order, placed, point

pytestmark = pytest.mark.redis


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk cannot be mounted here (that needs root)")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def enlarge(folder) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], check=True)


def tick(seq: int) -> Tick:
    points = tuple(point(seq, index) for index in range(50))
    return Tick(fleet=FLEET, points=points, positions=(), seqs={(CourierId("c_ana"), DeviceId("p")): seq})


async def write_until_full(live: RedisLive) -> int:
    """Return how many ticks were acknowledged."""
    seq = 0
    with contextlib.suppress(Unavailable):
        while True:
            await live.write_tick(tick(seq))
            seq += 1
    return seq


async def when_back(call):
    while True:
        try:
            return await call()
        except Unavailable:
            await asyncio.sleep(0.05)


async def test_nothing_acknowledged_is_lost_when_the_disk_fills_up_and_redis_is_killed(small_disk):
    redis = EmbeddedRedis(small_disk / "data")
    await redis.start()
    supervisor = asyncio.create_task(redis.supervise())
    live = RedisLive(redis.url)
    stores = await open_stores(f"sqlite:///{small_disk}/data/relevo.db")
    await stores.people.put_fleet(fleet())

    acknowledged = await write_until_full(live)
    with pytest.raises(Unavailable):
        await live.ping()
    with pytest.raises(Unavailable):
        await stores.orders.save([placed(order(f"o_{number}")) for number in range(200)])
    with contextlib.suppress(ProcessLookupError):
        os.kill(redis.pid, signal.SIGKILL)
    await asyncio.to_thread(enlarge, small_disk)

    await when_back(live.ping)
    seqs, last = set(), "0-0"
    while points := (found := await live.read_points(FLEET, last, 5000))[1]:
        last = found[0]
        seqs |= {p.seq for p in points}
    assert seqs >= set(range(acknowledged))
    assert acknowledged > 100
    await live.write_tick(tick(acknowledged))
    await stores.orders.save([placed(order("o_after"))])
    supervisor.cancel()
    await asyncio.wait([supervisor])
    await live.close()
    await stores.close()
    await redis.stop()
