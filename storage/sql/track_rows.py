"""How SQLite and PostgreSQL each take and drop rows of ``track_points``.

Adding is insert-or-ignore, so a batch that is archived again adds nothing. Deleting is for good: SQLite
overwrites the pages (``secure_delete``), gives them back and empties its log; PostgreSQL drops whole days.
"""

import asyncio
import datetime as dt
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import Row, column, delete, exists, func, select, table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.ids import CourierId, DeviceId, FleetId
from domain.position import TrackPoint
from storage.sql import tables as t
from storage.sql.database import BUSY_TIMEOUT_MS, Database

DAY_MS = 86_400_000
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SQLITE_ADD = "INSERT OR IGNORE INTO track_points VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_POSTGRES_ADD = text(
    "INSERT INTO track_points SELECT * FROM unnest("
    "CAST(:c0 AS text[]), CAST(:c1 AS text[]), CAST(:c2 AS bigint[]), CAST(:c3 AS text[]),"
    "CAST(:c4 AS bigint[]), CAST(:c5 AS int[]), CAST(:c6 AS bigint[]), CAST(:c7 AS float8[]),"
    "CAST(:c8 AS float8[]), CAST(:c9 AS float8[]), CAST(:c10 AS float8[]), CAST(:c11 AS float8[]),"
    "CAST(:c12 AS float8[]), CAST(:c13 AS bool[])) ON CONFLICT DO NOTHING"
)
_PARTITION_PREFIX = "track_points_d"
_DDL_LOCK = 7_355_608_002
"""Advisory lock under which partitions are made and dropped."""


def to_row(fleet: FleetId, point: TrackPoint) -> tuple[Any, ...]:
    """Return a point in the order of the table's columns."""
    return (
        fleet,
        point.courier_id,
        point.fix_at_ms,
        point.device,
        point.seq,
        point.index,
        point.received_at_ms,
        point.lon,
        point.lat,
        point.accuracy_m,
        point.speed_mps,
        point.heading_deg,
        point.battery_pct,
        point.live,
    )


def from_row(row: Row[Any]) -> TrackPoint:
    """Return the point of a row of ``track_points``."""
    return TrackPoint(
        courier_id=CourierId(row.courier_id),
        device=DeviceId(row.device),
        seq=row.seq,
        index=row.idx,
        fix_at_ms=row.fix_at_ms,
        received_at_ms=row.received_at_ms,
        lon=row.lon,
        lat=row.lat,
        accuracy_m=row.accuracy_m,
        speed_mps=row.speed_mps,
        heading_deg=row.heading_deg,
        battery_pct=row.battery_pct,
        live=bool(row.live),
    )


class SqliteTrackRows:
    """One clustered table; days are deleted courier by courier, so that no transaction is long."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def prepare(self, points: Sequence[TrackPoint]) -> None:
        """The table takes any day."""

    async def add(self, db: AsyncConnection, fleet: FleetId, points: Sequence[TrackPoint]) -> int:
        """Insert the points that are new; returns how many."""
        result = await db.exec_driver_sql(_SQLITE_ADD, [to_row(fleet, point) for point in points])
        return max(0, result.rowcount)

    async def delete_before(self, fleet: FleetId, before_ms: int) -> int:
        """Delete, give the pages back and empty the log."""
        deleted = 0
        courier = await self._next_courier(fleet, "")
        while courier is not None:
            deleted += await self._delete_courier(fleet, courier, before_ms)
            courier = await self._next_courier(fleet, courier)
        if deleted:
            await asyncio.to_thread(_give_back, self._database.url.database or "")
        return deleted

    async def _next_courier(self, fleet: FleetId, after: str) -> str | None:
        points = t.track_points.c
        query = select(func.min(points.courier_id)).where(points.fleet == fleet, points.courier_id > after)
        async with self._database.read() as db:
            found: str | None = await db.scalar(query)
            return found

    async def _delete_courier(self, fleet: FleetId, courier: str, before_ms: int) -> int:
        points = t.track_points.c
        mine = (points.fleet == fleet) & (points.courier_id == courier)
        deleted = 0
        while True:
            async with self._database.write() as db:
                oldest = await db.scalar(select(func.min(points.fix_at_ms)).where(mine))
                if oldest is None or oldest >= before_ms:
                    return deleted
                until_ms = min(before_ms, oldest + DAY_MS)
                result = await db.execute(delete(t.track_points).where(mine, points.fix_at_ms < until_ms))
                deleted += result.rowcount


def _give_back(path: str) -> None:
    """Return free pages to the file system and empty the log, which may still hold deleted rows."""
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)) as file:
        file.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);")


class PostgresTrackRows:
    """A table partitioned by day of event time (UTC); old days are dropped whole."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._days: set[int] = set()

    async def prepare(self, points: Sequence[TrackPoint]) -> None:
        """Make the partitions these points need."""
        missing = {point.fix_at_ms // DAY_MS for point in points} - self._days
        if missing:
            async with self._database.write() as db:
                await _lock(db)
                for day in sorted(missing):
                    await db.exec_driver_sql(
                        f"CREATE TABLE IF NOT EXISTS {_partition(day)} PARTITION OF track_points "
                        f"FOR VALUES FROM ({day * DAY_MS}) TO ({(day + 1) * DAY_MS})"
                    )
            self._days |= missing

    async def add(self, db: AsyncConnection, fleet: FleetId, points: Sequence[TrackPoint]) -> int:
        """Insert the points that are new; returns how many."""
        columns = zip(*(to_row(fleet, point) for point in points), strict=True)
        result = await db.execute(_POSTGRES_ADD, {f"c{n}": list(c) for n, c in enumerate(columns)})
        return result.rowcount

    async def delete_before(self, fleet: FleetId, before_ms: int) -> int:
        """Drop days that hold nothing else; delete the fleet's rows from days it shares and from the last."""
        deleted = 0
        async with self._database.read() as db:
            names = await db.scalars(
                text("SELECT CAST(inhrelid::regclass AS text) FROM pg_inherits "
                     "WHERE inhparent = 'track_points'::regclass")
            )  # fmt: skip
            days = sorted(_day(name) for name in names)
        for day in days:
            if day * DAY_MS < before_ms:
                deleted += await self._clear_day(fleet, day, before_ms)
        return deleted

    async def _clear_day(self, fleet: FleetId, day: int, before_ms: int) -> int:
        name = _partition(day)
        rows = table(name, column("fleet"), column("fix_at_ms"))
        old = (rows.c.fleet == fleet) & (rows.c.fix_at_ms < before_ms)
        async with self._database.write() as db:
            await _lock(db)
            if await db.scalar(select(exists().where(~old))):
                return (await db.execute(delete(rows).where(old))).rowcount
            dropped = await db.scalar(select(func.count()).select_from(rows))
            await db.exec_driver_sql(f"DROP TABLE {name}")
            self._days.discard(day)
            return dropped or 0


def _partition(day: int) -> str:
    return _PARTITION_PREFIX + f"{_EPOCH + dt.timedelta(days=day):%Y%m%d}"


def _day(partition: str) -> int:
    date = dt.datetime.strptime(partition.removeprefix(_PARTITION_PREFIX), "%Y%m%d").replace(tzinfo=dt.UTC)
    return (date - _EPOCH).days


async def _lock(db: AsyncConnection) -> None:
    await db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _DDL_LOCK})
