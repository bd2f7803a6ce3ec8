"""Tracks out of the archive and what is not archived yet, each point once, never older than the retention.

The stream is read before the archive: a point moves from the one to the other, never back, and leaves the
stream only after its row is committed. Whatever is archived meanwhile is seen at least once, and told from
its copy by device, frame and place in the frame.
"""

from collections.abc import Collection

from domain.ids import CourierId, FleetId
from domain.position import TrackPoint
from server.system import System
from storage.keys import STREAM_START

DAY_MS = 86_400_000
_POINTS_PER_READ = 20_000

PointKey = tuple[str, int, int, int]
"""Device, frame, place in the frame, event time: the key of a courier's point in the archive."""


async def track_points(
    system: System, fleet: FleetId, couriers: Collection[CourierId], since_ms: int, to_ms: int
) -> dict[CourierId, list[TrackPoint]]:
    """Return each courier's points in event-time order, both ends included."""
    since_ms = max(since_ms, kept_from_ms(system))
    found = await _unarchived(system, fleet, couriers, since_ms, to_ms)
    for courier_id, own in found.items():
        await _add_archived(system, fleet, courier_id, since_ms, to_ms, own)
    return {courier_id: sorted(own.values(), key=_order) for courier_id, own in found.items()}


async def _unarchived(
    system: System, fleet: FleetId, couriers: Collection[CourierId], since_ms: int, to_ms: int
) -> dict[CourierId, dict[PointKey, TrackPoint]]:
    """Return what the stream holds, from its very start: ids may be below the archive's cursor."""
    found: dict[CourierId, dict[PointKey, TrackPoint]] = {courier_id: {} for courier_id in couriers}
    after = STREAM_START
    while True:
        last, points = await system.live.read_points(fleet, after, _POINTS_PER_READ)
        for point in points:
            if point.courier_id in found and since_ms <= point.fix_at_ms <= to_ms:
                found[point.courier_id][_key(point)] = point
        if last == after:
            return found
        after = last


async def _add_archived(
    system: System,
    fleet: FleetId,
    courier_id: CourierId,
    since_ms: int,
    to_ms: int,
    own: dict[PointKey, TrackPoint],
) -> None:
    """Add the archive's points, part after part: a month has more than one read may bring."""
    while True:
        points = await system.stores.tracks.track(fleet, courier_id, since_ms, to_ms, _POINTS_PER_READ)
        own.update((_key(point), point) for point in points)
        if len(points) < _POINTS_PER_READ or points[-1].fix_at_ms == since_ms:
            return
        since_ms = points[-1].fix_at_ms


def kept_from_ms(system: System) -> int:
    """Return the oldest moment of which tracks are kept; what is older may wait for its deletion, unseen."""
    return system.clock.now_ms() - system.settings.retention_days * DAY_MS


def _key(point: TrackPoint) -> PointKey:
    return point.device, point.seq, point.index, point.fix_at_ms


def _order(point: TrackPoint) -> tuple[int, int, int, int]:
    return point.fix_at_ms, point.received_at_ms, point.seq, point.index
