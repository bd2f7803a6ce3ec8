"""Plans, zones and tracks in plain memory, and all memory stores as one value."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from domain.ids import CourierId, DeviceId, FleetId, OrderId, ZoneId
from domain.plan import Route
from domain.position import TrackPoint
from domain.zone import Zone
from storage import keys, refusals
from storage.memory.orders import MemoryOrders
from storage.memory.people import MemoryPeople
from storage.memory.webhooks import MemoryWebhooks


class MemoryPlans:
    """``domain.ports.PlanStore`` in dictionaries."""

    def __init__(self) -> None:
        self._epochs: dict[FleetId, int] = {}
        self._routes: dict[FleetId, dict[CourierId, Route]] = defaultdict(dict)
        self._explanations: dict[tuple[FleetId, OrderId], dict[str, object]] = {}
        self._learnt: dict[tuple[FleetId, str], dict[str, object]] = {}

    async def put_routes(self, fleet: FleetId, epoch: int, routes: Sequence[Route]) -> None:
        newest = self._epochs.get(fleet, 0)
        if epoch < newest:
            raise refusals.stale_epoch(epoch, newest)
        self._epochs[fleet] = epoch
        self._routes[fleet].update({route.courier_id: route for route in routes})

    async def routes(self, fleet: FleetId) -> tuple[int, list[Route]]:
        routes = sorted(self._routes[fleet].values(), key=lambda route: route.courier_id)
        return self._epochs.get(fleet, 0), routes

    async def put_explanation(
        self,
        fleet: FleetId,
        order_id: OrderId,
        at_ms: int,  # noqa: ARG002 - kept by the SQL store for people who look
        doc: Mapping[str, object],
    ) -> None:
        self._explanations[fleet, order_id] = dict(doc)

    async def find_explanation(self, fleet: FleetId, order_id: OrderId) -> dict[str, object] | None:
        return self._explanations.get((fleet, order_id))

    async def put_learnt(
        self,
        fleet: FleetId,
        name: str,
        at_ms: int,  # noqa: ARG002 - kept by the SQL store for people who look
        doc: Mapping[str, object],
    ) -> None:
        self._learnt[fleet, name] = dict(doc)

    async def find_learnt(self, fleet: FleetId, name: str) -> dict[str, object] | None:
        return self._learnt.get((fleet, name))


class MemoryZones:
    """``domain.ports.ZoneStore`` in a dictionary."""

    def __init__(self) -> None:
        self._zones: dict[tuple[FleetId, ZoneId], Zone] = {}

    async def zones(self, fleet: FleetId) -> list[Zone]:
        mine = (zone for (owner, _), zone in self._zones.items() if owner == fleet)
        return sorted(mine, key=lambda zone: zone.id)

    async def put_zone(self, zone: Zone) -> None:
        self._zones[zone.fleet, zone.id] = zone

    async def drop_zone(self, fleet: FleetId, zone_id: ZoneId) -> bool:
        return self._zones.pop((fleet, zone_id), None) is not None


class MemoryTracks:
    """``domain.ports.TrackStore`` in a dictionary by what makes a point unique."""

    def __init__(self) -> None:
        self._points: dict[FleetId, dict[tuple[CourierId, int, DeviceId, int, int], TrackPoint]]
        self._points = defaultdict(dict)
        self._cursors: dict[FleetId, str] = {}

    async def archive(self, fleet: FleetId, points: Sequence[TrackPoint], cursor: str) -> int:
        archived = self._points[fleet]
        before = len(archived)
        for point in points:
            archived.setdefault(
                (point.courier_id, point.fix_at_ms, point.device, point.seq, point.index), point
            )
        self._cursors[fleet] = cursor
        return len(archived) - before

    async def cursor(self, fleet: FleetId) -> str:
        return self._cursors.get(fleet, keys.STREAM_START)

    async def track(
        self, fleet: FleetId, courier_id: CourierId, from_ms: int, to_ms: int, limit: int = 100_000
    ) -> list[TrackPoint]:
        mine = sorted(
            key for key in self._points[fleet] if key[0] == courier_id and from_ms <= key[1] <= to_ms
        )
        return [self._points[fleet][key] for key in mine[:limit]]

    async def delete_before(self, fleet: FleetId, before_ms: int) -> int:
        old = [key for key in self._points[fleet] if key[1] < before_ms]
        for key in old:
            del self._points[fleet][key]
        return len(old)


class MemoryStores:
    """``domain.ports.Stores`` in plain memory."""

    def __init__(self) -> None:
        self.people = MemoryPeople()
        self.orders = MemoryOrders()
        self.plans = MemoryPlans()
        self.zones = MemoryZones()
        self.tracks = MemoryTracks()
        self.webhooks = MemoryWebhooks(self.orders.committed)

    async def close(self) -> None:
        """Nothing to close."""
