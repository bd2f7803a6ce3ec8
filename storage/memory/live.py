"""Live truth in plain memory; lost with the process."""

from collections import defaultdict

from domain.geo import LonLat, distance_m
from domain.ids import CourierId, DeviceId, FleetId
from domain.ports import Tick
from domain.position import Position, TrackPoint
from storage import keys


class MemoryLive:
    """``domain.ports.LiveStore`` without a server. Written from one event loop only."""

    def __init__(self) -> None:
        self._positions: dict[FleetId, dict[CourierId, Position]] = defaultdict(dict)
        self._memories: dict[FleetId, dict[CourierId, bytes]] = defaultdict(dict)
        self._places: dict[FleetId, dict[str, bytes]] = defaultdict(dict)
        self._seqs: dict[tuple[FleetId, CourierId, DeviceId], int] = {}
        self._entries: dict[FleetId, list[tuple[int, tuple[TrackPoint, ...]]]] = defaultdict(list)
        self._last_entry = 0

    async def write_tick(self, tick: Tick) -> None:
        if tick.points:
            self._last_entry += 1
            self._entries[tick.fleet].append((self._last_entry, tick.points))
        for position in tick.positions:
            self._positions[tick.fleet][position.courier_id] = position
        self._memories[tick.fleet].update(tick.memories)
        for key, value in tick.places.items():
            if value is None:
                self._places[tick.fleet].pop(key, None)
            else:
                self._places[tick.fleet][key] = value
        for (courier_id, device), seq in tick.seqs.items():
            self._seqs[tick.fleet, courier_id, device] = seq

    async def last_seq(self, fleet: FleetId, courier_id: CourierId, device: DeviceId) -> int:
        return self._seqs.get((fleet, courier_id, device), 0)

    async def positions(self, fleet: FleetId) -> list[Position]:
        return list(self._positions[fleet].values())

    async def memories(self, fleet: FleetId) -> dict[CourierId, bytes]:
        return dict(self._memories[fleet])

    async def places(self, fleet: FleetId) -> dict[str, bytes]:
        return dict(self._places[fleet])

    async def near(
        self, fleet: FleetId, at: LonLat, radius_m: float, limit: int
    ) -> list[tuple[CourierId, float]]:
        away = ((distance_m(at, p.at), p.courier_id) for p in self._positions[fleet].values())
        nearest = sorted(pair for pair in away if pair[0] <= radius_m)
        return [(courier_id, metres) for metres, courier_id in nearest[:limit]]

    async def forget(self, fleet: FleetId, courier_id: CourierId) -> None:
        self._positions[fleet].pop(courier_id, None)
        self._memories[fleet].pop(courier_id, None)

    async def read_points(self, fleet: FleetId, after: str, limit: int) -> tuple[str, list[TrackPoint]]:
        """Return points of whole entries after ``after``: at least one entry, then up to ``limit`` points."""
        last, points = after, list[TrackPoint]()
        for number, more in self._entries[fleet]:
            if number <= _number(after):
                continue
            if points and len(points) + len(more) > limit:
                break
            last, points = f"{number}-0", [*points, *more]
        return last, points

    async def trim_points(self, fleet: FleetId, up_to: str) -> None:
        self._entries[fleet] = [entry for entry in self._entries[fleet] if entry[0] > _number(up_to)]

    async def ping(self) -> None:
        """Memory can always be written."""

    async def close(self) -> None:
        """Nothing to close."""


def _number(entry_id: str) -> int:
    return int((entry_id or keys.STREAM_START).partition("-")[0])
