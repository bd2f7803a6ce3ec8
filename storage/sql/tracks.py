"""The archived track in SQL: each accepted fix once, read by courier and event time, deleted when old."""

from collections.abc import Sequence

from sqlalchemy import select

from domain.ids import CourierId, FleetId
from domain.position import TrackPoint
from storage import keys
from storage.sql import tables as t
from storage.sql.database import Database
from storage.sql.documents import put
from storage.sql.track_rows import PostgresTrackRows, SqliteTrackRows, from_row


class SqlTracks:
    """``domain.ports.TrackStore`` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = SqliteTrackRows(database) if database.is_sqlite else PostgresTrackRows(database)

    async def archive(self, fleet: FleetId, points: Sequence[TrackPoint], cursor: str) -> int:
        await self._rows.prepare(points)
        async with self._database.write() as db:
            added = await self._rows.add(db, fleet, points) if points else 0
            await put(db, t.track_cursors, {"fleet": fleet, "cursor": cursor})
        return added

    async def cursor(self, fleet: FleetId) -> str:
        async with self._database.read() as db:
            query = select(t.track_cursors.c.cursor).where(t.track_cursors.c.fleet == fleet)
            return await db.scalar(query) or keys.STREAM_START

    async def track(
        self, fleet: FleetId, courier_id: CourierId, from_ms: int, to_ms: int, limit: int = 100_000
    ) -> list[TrackPoint]:
        """Return points with ``from_ms <= fix_at_ms <= to_ms`` in event-time order."""
        points = t.track_points.c
        query = (
            select(t.track_points)
            .where(points.fleet == fleet, points.courier_id == courier_id)
            .where(points.fix_at_ms.between(from_ms, to_ms))
            .order_by(points.fix_at_ms, points.device, points.seq, points.idx)
            .limit(limit)
        )
        async with self._database.read() as db:
            rows = await db.execute(query)
        return [from_row(row) for row in rows]

    async def delete_before(self, fleet: FleetId, before_ms: int) -> int:
        """Delete points older than ``before_ms`` for good, in short transactions; returns rows deleted."""
        return await self._rows.delete_before(fleet, before_ms)
