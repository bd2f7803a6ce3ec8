"""Tracks out of the archive and what is not archived yet, each point once, never older than the retention."""

from collections.abc import Collection

from domain.ids import CourierId, FleetId
from domain.position import TrackPoint
from server.system import System

DAY_MS = 86_400_000
_UNARCHIVED_MAX = 20_000


async def track_points(
    system: System, fleet: FleetId, couriers: Collection[CourierId], since_ms: int, to_ms: int
) -> dict[CourierId, list[TrackPoint]]:
    """Return each courier's points in event-time order, both ends included."""
    since_ms = max(since_ms, kept_from_ms(system))
    tracks = system.stores.tracks
    cursor = await tracks.cursor(fleet)
    found = {
        courier_id: {
            (p.device, p.seq, p.index): p for p in await tracks.track(fleet, courier_id, since_ms, to_ms)
        }
        for courier_id in couriers
    }
    _, fresh = await system.live.read_points(fleet, cursor, _UNARCHIVED_MAX)
    for point in fresh:
        if point.courier_id in found and since_ms <= point.fix_at_ms <= to_ms:
            found[point.courier_id].setdefault((point.device, point.seq, point.index), point)
    return {courier_id: sorted(own.values(), key=_order) for courier_id, own in found.items()}


def kept_from_ms(system: System) -> int:
    """Return the oldest moment of which tracks are kept; what is older may wait for its deletion, unseen."""
    return system.clock.now_ms() - system.settings.retention_days * DAY_MS


def _order(point: TrackPoint) -> tuple[int, int, int, int]:
    return point.fix_at_ms, point.received_at_ms, point.seq, point.index
