"""Reads what an earlier process of a fleet left: memories, learnt places, and the way ridden since."""

from collections.abc import Mapping, Sequence

import msgspec

from domain.ids import CourierId, FleetId
from domain.ports import LiveStore, TrackStore
from domain.position import TrackPoint
from tracker.memory import Memory, unpacked

_OLD_MS = 2 * 3_600_000
"""A courier not heard of for so long begins afresh."""
_BATCH = 2_000
_START = "0-0"


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What the tracker stands on when it opens a fleet.

    Attributes:
        memories: by courier.
        points: each courier's fixes since the memory's ground, archived or still waiting for it.
        places: learnt arrival distances.
    """

    memories: Mapping[CourierId, Memory] = {}
    points: Mapping[CourierId, Sequence[TrackPoint]] = {}
    places: Mapping[str, bytes] = {}


async def read_past(fleet: FleetId, live: LiveStore, tracks: TrackStore, now_ms: int) -> Past:
    """Return the past of a fleet; a point may be there twice, from the stream and from the archive.

    Raises:
        Unavailable: a store cannot be read.
    """
    memories: dict[CourierId, Memory] = {}
    for courier_id, data in (await live.memories(fleet)).items():
        memory = unpacked(data)
        if memory is not None and memory.ground.at_ms > now_ms - _OLD_MS:
            memories[courier_id] = memory
    if not memories:
        return Past(places=await live.places(fleet))
    points: dict[CourierId, list[TrackPoint]] = {courier_id: [] for courier_id in memories}
    after = _START
    while True:
        last, waiting = await live.read_points(fleet, after, _BATCH)
        if last == after:
            break
        after = last
        for point in waiting:
            if point.courier_id in points:
                points[point.courier_id].append(point)
    for courier_id, memory in memories.items():
        archived = await tracks.track(fleet, courier_id, memory.ground.at_ms, now_ms + 3_600_000)
        points[courier_id].extend(archived)
    return Past(memories=memories, points=points, places=await live.places(fleet))
