"""Moves the positions stream of each open fleet into SQL, then trims it; deletes tracks past their retention.

Comes after the tracker's tick writer; each point is archived once however often this is repeated, because the
record takes each point once; the stream is trimmed after the commit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from domain.errors import Unavailable
from domain.ids import FleetId
from domain.ports import Clock, LiveStore, Stores
from server.metrics import Metrics

PAUSE_S = 1.0
BATCH = 2000
RETENTION_EVERY_S = 3600.0
DAY_MS = 86_400_000
_log = structlog.get_logger("relevo.archive")


class Archiver:
    """The only reader and trimmer of the positions streams.

    Args:
        fleets: tells which fleets are open.
        retention_days: older points are deleted.
    """

    def __init__(
        self,
        live: LiveStore,
        stores: Stores,
        clock: Clock,
        metrics: Metrics,
        fleets: Callable[[], Iterable[FleetId]],
        retention_days: int,
    ) -> None:
        self._live = live
        self._stores = stores
        self._clock = clock
        self._metrics = metrics
        self._fleets = fleets
        self._retention_ms = retention_days * DAY_MS

    async def run(self) -> None:
        """Archive about once a second and delete once an hour, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeat(PAUSE_S, self.archive_all))
            group.create_task(self._repeat(RETENTION_EVERY_S, self.delete_old))

    async def archive_all(self) -> None:
        """Archive everything that waits."""
        for fleet in list(self._fleets()):
            while await self._archive_batch(fleet):
                pass

    async def delete_old(self) -> None:
        """Delete what is past its retention."""
        for fleet in list(self._fleets()):
            deleted = await self._stores.tracks.delete_before(
                fleet, self._clock.now_ms() - self._retention_ms
            )
            if deleted:
                _log.info("old_track_points_deleted", fleet=fleet, points=deleted)

    async def _archive_batch(self, fleet: FleetId) -> bool:
        # What is past its retention is never written: a phone's wrong clock must not bring old days back.
        # From the very start: what is archived is trimmed, and should Redis have lost its data and begun
        # anew under a clock that went back, its new ids may be below the recorded cursor.
        last, points = await self._live.read_points(fleet, "0-0", BATCH)
        if last == "0-0":
            return False
        horizon_ms = self._clock.now_ms() - self._retention_ms
        added = await self._stores.tracks.archive(
            fleet, [p for p in points if p.fix_at_ms >= horizon_ms], last
        )
        await self._live.trim_points(fleet, last)
        self._metrics.archived(added)
        return True

    async def _repeat(self, pause_s: float, work: Callable[[], Awaitable[None]]) -> None:
        waits = False
        while True:
            try:
                await work()
                waits = False
            except Unavailable as error:
                if not waits:
                    _log.warning("archive_waits", code=error.code)
                waits = True
            await asyncio.sleep(pause_s)
