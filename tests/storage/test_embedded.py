"""The embedded server: started, taken over, restarted, stopped; never two on one data dir."""

import asyncio
import contextlib
import os
import signal

import pytest

from domain.ids import CourierId, DeviceId, FleetId
from domain.ports import Tick
from storage import embedded
from storage.embedded import EmbeddedRedis, EmbeddedRedisError, socket_path
from storage.redis_live import RedisLive

pytestmark = pytest.mark.redis
FLEET, ANA, PHONE = FleetId("condesa"), CourierId("c_ana"), DeviceId("phone")


@contextlib.asynccontextmanager
async def running(data_dir, **options):
    redis = EmbeddedRedis(data_dir, **options)
    await redis.start()
    try:
        yield redis
    finally:
        await redis.stop()


async def write(redis: EmbeddedRedis, seq: int) -> None:
    live = RedisLive(redis.url)
    await live.write_tick(Tick(fleet=FLEET, points=(), positions=(), seqs={(ANA, PHONE): seq}))
    await live.close()


async def read(redis: EmbeddedRedis) -> int:
    live = RedisLive(redis.url)
    try:
        return await live.last_seq(FLEET, ANA, PHONE)
    finally:
        await live.close()


def alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


async def test_what_was_written_is_there_after_stop_and_start(tmp_path):
    async with running(tmp_path) as redis:
        await write(redis, 7)
    async with running(tmp_path) as redis:
        assert await read(redis) == 7


@pytest.mark.parametrize("fsync", ["always", "everysec"])
async def test_what_was_written_is_there_after_kill_9(tmp_path, fsync):
    async with running(tmp_path, fsync=fsync) as redis:
        await write(redis, 7)
        os.kill(redis.pid, signal.SIGKILL)
    async with running(tmp_path, fsync=fsync) as redis:
        assert await read(redis) == 7


async def test_stop_ends_the_server(tmp_path):
    async with running(tmp_path) as redis:
        pid = redis.pid
    assert not alive(pid)


async def test_a_server_left_by_a_killed_relevo_is_taken_over(tmp_path):
    left = EmbeddedRedis(tmp_path)
    await left.start()
    await write(left, 9)

    async with running(tmp_path) as redis:
        assert redis.pid == left.pid
        assert await read(redis) == 9

    await left._process.wait()  # this test is its parent
    assert not alive(left.pid)


async def test_a_server_that_dies_is_started_again_with_its_data(tmp_path):
    async with running(tmp_path) as redis:
        supervisor = asyncio.create_task(redis.supervise())
        await write(redis, 3)
        first = redis.pid
        os.kill(first, signal.SIGKILL)
        async with asyncio.timeout(20):
            while redis.pid == first:  # noqa: ASYNC110 - the supervisor has nobody to tell but its log
                await asyncio.sleep(0.02)
        assert redis.restarts == 1
        assert await read(redis) == 3
        supervisor.cancel()
        await asyncio.wait([supervisor])


async def test_an_old_socket_file_without_a_server_does_no_harm(tmp_path):
    async with running(tmp_path) as redis:
        await write(redis, 5)
        os.kill(redis.pid, signal.SIGKILL)
    assert redis.socket.exists()
    async with running(tmp_path) as redis:
        assert await read(redis) == 5


async def test_a_held_lock_stops_a_second_server(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "START_TIMEOUT_S", 0.2)
    async with running(tmp_path) as first:
        first.socket.rename(first.socket.with_suffix(".moved"))  # it cannot be reached, but it lives

        with pytest.raises(EmbeddedRedisError, match="No answer"):
            await EmbeddedRedis(tmp_path).start()

        first.socket.with_suffix(".moved").rename(first.socket)


async def test_a_server_that_cannot_start_shows_its_log(tmp_path):
    folder = tmp_path / "redis" / "appendonlydir"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof.manifest").write_text("nonsense\n")

    with pytest.raises(EmbeddedRedisError, match="manifest"):
        await EmbeddedRedis(tmp_path).start()


async def test_a_data_dir_with_a_very_long_path_works(tmp_path):
    long = tmp_path / ("x" * 120)
    assert len(os.fsencode(socket_path(long / "redis"))) <= embedded.LONGEST_SOCKET_PATH
    async with running(long) as redis:
        await write(redis, 4)
        assert await read(redis) == 4


async def test_it_listens_on_no_network_and_refuses_rather_than_evicts(tmp_path):
    async with running(tmp_path, maxmemory="64mb") as redis:
        client = RedisLive(redis.url)._reader
        settings = await client.config_get("port", "maxmemory-policy", "maxmemory", "appendonly")
        await client.aclose()
    assert settings == {
        "port": "0", "maxmemory-policy": "noeviction", "maxmemory": str(64 << 20), "appendonly": "yes",
    }  # fmt: skip
