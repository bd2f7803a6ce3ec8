"""What RedisLive does when its server dies, comes back, or is full."""

import asyncio
import os
import signal

import pytest
from redis.asyncio import Redis

from domain.errors import Unavailable
from domain.geo import LonLat
from domain.ids import CourierId, DeviceId, FleetId
from domain.ports import Tick
from storage.embedded import EmbeddedRedis
from storage.redis_live import RedisLive
from tests.contract.samples import point

pytestmark = pytest.mark.redis
FLEET, ANA, PHONE = FleetId("condesa"), CourierId("c_ana"), DeviceId("phone")


def tick(seq: int) -> Tick:
    return Tick(fleet=FLEET, points=(point(seq),), positions=(), seqs={(ANA, PHONE): seq})


@pytest.fixture
async def redis(tmp_path):
    server = EmbeddedRedis(tmp_path)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def live(redis):
    store = RedisLive(redis.url)
    yield store
    await store.close()


async def kill(redis: EmbeddedRedis) -> None:
    os.kill(redis.pid, signal.SIGKILL)
    await redis._link.ended()


async def test_a_dead_server_is_unavailable_and_works_again_when_it_is_back(redis, live):
    await live.write_tick(tick(1))
    await kill(redis)

    with pytest.raises(Unavailable):
        await live.write_tick(tick(2))
    with pytest.raises(Unavailable):
        await live.near(FLEET, LonLat(0, 0), 10, 10)
    with pytest.raises(Unavailable):
        await live.ping()
    await redis.start()

    assert await live.last_seq(FLEET, ANA, PHONE) == 1
    await _until_written(live, tick(2))
    assert await live.last_seq(FLEET, ANA, PHONE) == 2


async def test_every_connection_recovers_by_itself(redis, live):
    await asyncio.gather(*(live.write_tick(tick(seq)) for seq in range(1, 9)))
    await kill(redis)
    await redis.start()

    for _ in range(8):
        await _until_written(live, tick(9))
    assert await live.last_seq(FLEET, ANA, PHONE) == 9


async def test_a_full_server_takes_no_part_of_a_tick_and_forgets_nothing(redis, live):
    await live.write_tick(tick(1))
    admin = Redis.from_url(redis.url)
    await admin.config_set("maxmemory", "1mb")

    with pytest.raises(Unavailable):
        await live.write_tick(tick(2))
    with pytest.raises(Unavailable):
        await live.ping()

    assert await live.last_seq(FLEET, ANA, PHONE) == 1
    await admin.config_set("maxmemory", "1gb")
    await live.write_tick(tick(2))
    assert [p.seq for p in (await live.read_points(FLEET, "0-0", 9))[1]] == [1, 2]
    await admin.aclose()


async def test_a_server_that_hangs_is_unavailable_within_the_timeout(redis):
    live = RedisLive(redis.url, socket_timeout_s=0.2)
    await live.write_tick(tick(1))
    os.kill(redis.pid, signal.SIGSTOP)
    try:
        with pytest.raises(Unavailable):
            await live.write_tick(tick(2))
    finally:
        os.kill(redis.pid, signal.SIGCONT)
        await live.close()


async def test_everything_acknowledged_before_kill_9_is_read_back_after_it(redis, live):
    """Writers stream without pause; the server is killed under them; nothing acknowledged is missing."""
    acknowledged: list[int] = []
    stop = asyncio.Event()

    async def write(first: int) -> None:
        seq = first
        while not stop.is_set():
            try:
                await live.write_tick(tick(seq))
            except Unavailable:
                return
            acknowledged.append(seq)
            seq += 4

    for first in range(0, 40_000, 10_000):
        stop.clear()
        writers = [asyncio.create_task(write(first + offset)) for offset in range(4)]
        while not [seq for seq in acknowledged if seq > first + 400]:  # noqa: ASYNC110 - a count
            await asyncio.sleep(0.01)
        await kill(redis)
        stop.set()
        await asyncio.gather(*writers)
        await redis.start()

    assert set(acknowledged) <= await _seqs_in_stream(live)


async def _until_written(live: RedisLive, what: Tick) -> None:
    while True:
        try:
            await live.write_tick(what)
        except Unavailable:
            continue
        return


async def _seqs_in_stream(live: RedisLive) -> set[int]:
    found, last = set(), "0-0"
    while True:
        last, points = await live.read_points(FLEET, last, 1000)
        if not points:
            return found
        found |= {p.seq for p in points}
