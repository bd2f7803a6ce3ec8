"""Live truth in Redis or Valkey: the tick is written here before a phone hears that it is safe.

A few long-lived connections write and a few read. Writes are not retried here: the tick writer in the
tracker owns that, and a tick written twice leaves the same state (its points are archived once by their
content). Commands are those of Redis 7.0.

Who comes before: ``tracker.intake`` (ticks), routes (``near``). Who comes after: ``tracker.archiver``.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from domain.errors import Unavailable
from domain.geo import LonLat
from domain.ids import CourierId, DeviceId, FleetId
from domain.ports import Tick
from domain.position import Position, TrackPoint
from storage import keys

SOCKET_TIMEOUT_S = 5.0
WRITE_CONNECTIONS = 4
"""Ticks of several fleets share one fsync of the server when they arrive together."""
READ_CONNECTIONS = 8
GEO_LAT_LIMIT_DEG = 85.05112878
"""Web Mercator's edge; GEOADD refuses anything beyond."""
ENTRIES_PER_READ = 128
_PASSING = ("MISCONF", "LOADING", "CLUSTERDOWN", "TRYAGAIN", "MASTERDOWN", "NOREPLICAS", "OOM", "READONLY")

_encode = msgspec.msgpack.Encoder().encode
_decode_position = msgspec.msgpack.Decoder(Position).decode
_decode_points = msgspec.msgpack.Decoder(list[TrackPoint]).decode


class RedisLive:
    """``domain.ports.LiveStore`` on a Redis (7.0 or later) or Valkey server.

    Args:
        url: ``redis://``, ``rediss://`` or ``unix://`` address.
        socket_timeout_s: after this many seconds without an answer a call raises Unavailable.
    """

    def __init__(self, url: str, *, socket_timeout_s: float = SOCKET_TIMEOUT_S) -> None:
        once = Retry(NoBackoff(), 0)
        thrice = Retry(ExponentialBackoff(cap=0.2, base=0.01), 2)
        self._writer = _client(url, WRITE_CONNECTIONS, socket_timeout_s, once)
        self._reader = _client(url, READ_CONNECTIONS, socket_timeout_s, thrice)

    async def close(self) -> None:
        """Close all connections."""
        await self._writer.aclose()
        await self._reader.aclose()

    async def write_tick(self, tick: Tick) -> None:
        """Write a tick in one transaction; returns after the server has logged it.

        Raises:
            Unavailable: the tick may or may not be written; write the same tick again.
        """
        if not (tick.points or tick.positions or tick.seqs or tick.memories or tick.places):
            return
        pipe = self._writer.pipeline(transaction=True)
        if tick.points:
            pipe.xadd(keys.points(tick.fleet), {keys.POINTS_FIELD: _encode(tick.points)})
        if tick.positions:
            newest: dict[Any, Any] = {position.courier_id: _encode(position) for position in tick.positions}
            pipe.hset(keys.positions(tick.fleet), mapping=newest)
        if members := _geo_members(tick.positions):
            pipe.geoadd(keys.geo(tick.fleet), members)
        if tick.seqs:
            frames: dict[Any, Any] = {
                keys.seq_field(courier, device): seq for (courier, device), seq in tick.seqs.items()
            }
            pipe.hset(keys.seqs(tick.fleet), mapping=frames)
        if tick.memories:
            memories: dict[Any, Any] = dict(tick.memories)
            pipe.hset(keys.memories(tick.fleet), mapping=memories)
        learnt: dict[Any, Any] = {key: value for key, value in tick.places.items() if value is not None}
        if learnt:
            pipe.hset(keys.places(tick.fleet), mapping=learnt)
        if forgotten := [key for key, value in tick.places.items() if value is None]:
            pipe.hdel(keys.places(tick.fleet), *forgotten)
        async with _unavailable():
            await pipe.execute()

    async def last_seq(self, fleet: FleetId, courier_id: CourierId, device: DeviceId) -> int:
        async with _unavailable():
            found = await self._reader.hget(keys.seqs(fleet), keys.seq_field(courier_id, device))
        return int(found) if found else 0

    async def positions(self, fleet: FleetId) -> list[Position]:
        async with _unavailable():
            found: list[Any] = await self._reader.hvals(keys.positions(fleet))
        return [_decode_position(packed) for packed in found]

    async def memories(self, fleet: FleetId) -> dict[CourierId, bytes]:
        async with _unavailable():
            found: Any = await self._reader.hgetall(keys.memories(fleet))
        return {CourierId(courier.decode()): data for courier, data in found.items()}

    async def places(self, fleet: FleetId) -> dict[str, bytes]:
        async with _unavailable():
            found: Any = await self._reader.hgetall(keys.places(fleet))
        return {key.decode(): data for key, data in found.items()}

    async def near(
        self, fleet: FleetId, at: LonLat, radius_m: float, limit: int
    ) -> list[tuple[CourierId, float]]:
        if abs(at.lat) > GEO_LAT_LIMIT_DEG:
            return []
        async with _unavailable():
            found: list[Any] = await self._reader.geosearch(
                keys.geo(fleet),
                longitude=at.lon,
                latitude=at.lat,
                radius=radius_m,
                unit="m",
                sort="ASC",
                count=limit,
                withdist=True,
            )
        return [(CourierId(member.decode()), float(distance_m)) for member, distance_m in found]

    async def forget(self, fleet: FleetId, courier_id: CourierId) -> None:
        pipe = self._writer.pipeline(transaction=True)
        pipe.zrem(keys.geo(fleet), courier_id)
        pipe.hdel(keys.positions(fleet), courier_id)
        pipe.hdel(keys.memories(fleet), courier_id)
        async with _unavailable():
            await pipe.execute()

    async def read_points(self, fleet: FleetId, after: str, limit: int) -> tuple[str, list[TrackPoint]]:
        """Return points of whole entries after ``after``: at least one entry, then up to ``limit`` points."""
        async with _unavailable():
            entries: Any = await self._reader.xrange(
                keys.points(fleet), min=f"({after}", count=min(limit, ENTRIES_PER_READ)
            )
        last, points = after, list[TrackPoint]()
        for entry_id, fields in entries:
            more = _decode_points(fields[keys.POINTS_FIELD])
            if points and len(points) + len(more) > limit:
                break
            last, points = entry_id.decode(), points + more
        return last, points

    async def trim_points(self, fleet: FleetId, up_to: str) -> None:
        async with _unavailable():
            await self._reader.xtrim(keys.points(fleet), minid=keys.id_after(up_to), approximate=False)

    async def ping(self) -> None:
        async with _unavailable():
            await self._reader.set(keys.PROBE, b"1", px=keys.PROBE_TTL_MS)


def _client(url: str, connections: int, timeout_s: float, retry: Retry) -> Redis:
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=timeout_s,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=retry,
    )
    return Redis.from_pool(pool)


def _geo_members(positions: Sequence[Position]) -> list[Any]:
    """Return ``lon, lat, courier`` triples, flat, as GEOADD takes them."""
    members: list[Any] = []
    for position in positions:
        if abs(position.at.lat) <= GEO_LAT_LIMIT_DEG:
            members += (position.at.lon, position.at.lat, position.courier_id)
    return members


@asynccontextmanager
async def _unavailable() -> AsyncIterator[None]:
    """Turn what may pass (no connection, still loading, disk or memory full) into Unavailable."""
    try:
        yield
    except (RedisConnectionError, RedisTimeoutError, OutOfMemoryError, ReadOnlyError, OSError) as error:
        raise _passing(error) from error
    except ResponseError as error:
        if any(word in str(error) for word in _PASSING):
            raise _passing(error) from error
        raise


def _passing(error: Exception) -> Unavailable:
    return Unavailable("live_store_unavailable", f"The live store did not take the write or read: {error}")
