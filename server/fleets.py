"""Opens fleets, each once per process: loads the record, then lets desk, tracker and hub work on it.

A fleet made beside the running server is opened by the first request that names it. Single writer of the list
of open fleets.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import structlog

from dispatcher.desk import Desk
from dispatcher.planner import Planner
from domain.errors import NotFound
from domain.events import Event
from domain.ids import CourierId, FleetId
from domain.lifecycle import CARRIED
from domain.people import Fleet
from domain.ports import Clock, LiveStore, Stores
from server.bus import EventBus
from server.metrics import Metrics
from tracker.past import read_past
from tracker.tracker import Tracker
from ws.hub import Hub

SHIFTS_BACK_MS = 2 * 86_400_000
_log = structlog.get_logger("relevo.fleets")


class Fleets:
    """The fleets of this process.

    Args:
        planner: makes a fleet's planner.
    """

    def __init__(
        self,
        *,
        stores: Stores,
        live: LiveStore,
        clock: Clock,
        bus: EventBus,
        tracker: Tracker,
        hub: Hub,
        metrics: Metrics,
        planner: Callable[[], Planner],
    ) -> None:
        self._stores = stores
        self._live = live
        self._clock = clock
        self._bus = bus
        self._tracker = tracker
        self._hub = hub
        self._metrics = metrics
        self._make_planner = planner
        self._planners: list[Planner] = []
        self._desks: dict[FleetId, Desk] = {}
        self._locks: defaultdict[FleetId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._to_run: asyncio.Queue[Desk] = asyncio.Queue()

    def open_fleets(self) -> Mapping[FleetId, Desk]:
        """Return the desks of fleets that are open."""
        return self._desks

    async def desk(self, fleet: FleetId) -> Desk:
        """Return the fleet's desk, opening the fleet first when this process has not yet.

        Raises:
            NotFound: ``no_such_fleet``.
        """
        known = self._desks.get(fleet)
        if known is not None:
            return known
        record = await self._stores.people.find_fleet(fleet)
        if record is None:
            raise NotFound("no_such_fleet", "there is no such fleet")
        async with self._locks[fleet]:
            return self._desks.get(fleet) or await self._open(fleet)

    async def open_all(self) -> None:
        """Open every fleet of the record."""
        for fleet in await self._stores.people.fleets():
            await self.desk(fleet.id)

    async def configure(self, fleet: Fleet) -> None:
        """Let a fleet's dispatch take over what the fleet chose."""
        await self.desk(fleet.id)
        self._desks[fleet.id].configure(fleet)

    async def refresh_couriers(self, fleet: FleetId) -> None:
        """Take in couriers whom another process wrote to the record."""
        desk = await self.desk(fleet)
        for courier in await self._stores.people.couriers(fleet):
            if courier.id not in desk.couriers():
                # Saying the shift that the record says already changes nothing but makes the courier known.
                await desk.set_shift(courier.id, courier.shift)

    async def know(self, fleet: FleetId, courier_id: CourierId) -> None:
        """Make sure that the desk knows a courier who is about to connect."""
        if courier_id not in (await self.desk(fleet)).couriers():
            await self.refresh_couriers(fleet)

    def listen(self, events: Sequence[Event]) -> None:
        """Give each desk the events of its fleet, in order."""
        if len({event.fleet for event in events}) == 1:
            desk = self._desks.get(events[0].fleet)
            if desk is not None:
                desk.listen(events)
            return
        by_fleet: defaultdict[FleetId, list[Event]] = defaultdict(list)
        for event in events:
            by_fleet[event.fleet].append(event)
        for fleet, own in by_fleet.items():
            desk = self._desks.get(fleet)
            if desk is not None:
                desk.listen(own)

    async def run(self) -> None:
        """Run every desk, also of fleets opened later, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                desk = await self._to_run.get()
                group.create_task(desk.run(), name=f"desk {desk.fleet.id}")

    async def drain(self) -> None:
        """Return once everything the desks decided is durable."""
        for desk in self._desks.values():
            await desk.drain()

    async def close(self) -> None:
        """End the solver processes."""
        for planner in self._planners:
            planner.close()

    async def _open(self, fleet: FleetId) -> Desk:
        record = await self._stores.people.find_fleet(fleet)
        assert record is not None  # noqa: S101 - the caller looked
        zones = await self._stores.zones.zones(fleet)
        couriers = await self._stores.people.couriers(fleet)
        since_ms = self._clock.now_ms() - SHIFTS_BACK_MS
        shifts = [
            shift
            for courier in couriers
            for shift in await self._stores.people.shifts(fleet, courier.id, since_ms)
        ]
        positions = await self._live.positions(fleet)
        past = await read_past(fleet, self._live, self._stores.tracks, self._clock.now_ms())
        planner = self._make_planner()
        desk = await Desk.open(
            record, self._stores, self._clock, self._bus, planner, metrics=self._metrics, positions=positions
        )
        carried = [order for order in desk.open_orders().values() if order.status in CARRIED]
        # From here to the end nothing is awaited: desk, tracker and hub begin with the same state.
        self._planners.append(planner)
        self._tracker.open_fleet(fleet, desk.couriers().values(), zones, positions, carried, shifts, past)
        self._hub.open_fleet(desk)
        self._desks[fleet] = desk
        self._to_run.put_nowait(desk)
        self._metrics.fleets_open(len(self._desks))
        _log.info("fleet_opened", fleet=fleet, couriers=len(couriers), orders=len(desk.open_orders()))
        return desk
