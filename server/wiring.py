"""The composition root: chooses who fulfils each port and connects them.

Events: tracker -> bus -> desk, tracker, hub, metrics, in this order; desk -> bus -> the same.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from dispatcher.planner import Planner
from dispatcher.solver.pool import SolverPool
from domain.courier import Vehicle
from domain.ids import CourierId, FleetId
from domain.ports import Clock, LiveStore, Stores
from server.archive import Archiver
from server.auth import Authenticator
from server.bus import EventBus
from server.clock import ClockFile, choose_clock
from server.fleets import Fleets
from server.metrics import Metrics
from server.roads.services import open_roads, ridden_vehicles
from server.settings import Settings, database_url
from server.sockets import Doorman, Sockets
from server.system import System
from server.tokens import open_keyring
from server.webhooks.caller import Caller
from server.webhooks.sender import Sender
from storage.embedded import EmbeddedRedis
from storage.redis_live import RedisLive
from storage.sql.stores import open_stores
from tracker.matching.live import SnappedPositions
from tracker.tracker import Tracker
from ws.hub import Hub

CLOCK_KEPT_EVERY_S = 1.0
Task = Callable[[], Coroutine[Any, Any, None]]


class Relevo:
    """A wired server: the system, its sockets, and how to drain it."""

    def __init__(self, system: System, sockets: Sockets, hub: Hub, tracker: Tracker, fleets: Fleets) -> None:
        self.system = system
        self.sockets = sockets
        self._hub = hub
        self._tracker = tracker
        self.fleets = fleets

    async def drain(self) -> None:
        """Send the sockets away, then wait until what was taken in is durable."""
        self._hub.drain()
        await self._tracker.drained(self.system.settings.drain_s)
        await self.fleets.drain()
        await self.system.authenticator.flush_use()


async def open_relevo(settings: Settings) -> Relevo:
    """Open the stores that the settings name, wire a server over them; on failure close what was opened."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    closers: list[Task] = []
    background: dict[str, Task] = {}
    try:
        stores = await open_stores(database_url(settings))
        closers.insert(0, stores.close)
        live = await _open_live(settings, closers, background)
        clock_file = ClockFile(settings.data_dir)
        clock = choose_clock(settings.time_scale, clock_file)
        if clock.scale != 1.0:
            background["clock"] = partial(_keep_clock, clock, clock_file)
        vehicles = await ridden_vehicles(settings, stores)
        relevo = wire(settings, clock, stores, live, closers, background, vehicles)
        await relevo.fleets.open_all()
    except BaseException:
        for close in closers:
            await close()
        raise
    return relevo


def wire(
    settings: Settings,
    clock: Clock,
    stores: Stores,
    live: LiveStore,
    closers: list[Task],
    background: dict[str, Task],
    vehicles: Sequence[Vehicle] = (Vehicle.BICYCLE,),
) -> Relevo:
    """Wire a server over open stores; tests call this with memory stores and a manual clock.

    ``vehicles`` are those whose streets are built when the settings ask for streets.
    """
    bus, metrics = EventBus(), Metrics()
    tracker = Tracker(live, clock, bus, metrics=metrics)
    roads = open_roads(settings, vehicles, metrics, closers, background)
    snapped = None
    if settings.roads_snap and roads.client is not None:
        snapped = SnappedPositions(
            tracker, roads.client, lambda fleet, courier: _vehicle(fleets, fleet, courier), metrics
        )
    hub = Hub(clock, snapped or tracker, metrics)
    pool = SolverPool(roads.travel_times, settings.workers, metrics)
    fleets = Fleets(
        stores=stores,
        live=live,
        clock=clock,
        bus=bus,
        tracker=tracker,
        hub=hub,
        metrics=metrics,
        planner=lambda: Planner(roads.travel_times, pool, metrics),
    )
    for name, listener in (
        ("desks", fleets.listen),
        ("tracker", tracker.listen),
        ("hub", snapped.listen if snapped else hub.listen),
        ("metrics", metrics.listen),
    ):
        bus.listen(name, listener)
    if snapped:
        snapped.tell = hub.listen
        background["snapping"] = snapped.run
    authenticator = Authenticator(stores, clock, settings.tracking_grace_minutes * 60_000)
    doorman = Doorman(authenticator, fleets)
    archiver = Archiver(live, stores, clock, metrics, fleets.open_fleets, settings.retention_days)
    keyring = open_keyring(settings.secret, settings.data_dir)
    caller = Caller(allow_private=settings.webhook_private_addresses)
    sender = Sender(stores, keyring, metrics, caller, fleets.open_fleets)
    background |= {
        "tracker": tracker.run,
        "desks": fleets.run,
        "hub": partial(hub.run, doorman),
        "archive": archiver.run,
        "webhooks": sender.run,
        "last used": authenticator.record_use,
        "loop lag": metrics.watch_loop,
    }
    closers[:0] = [fleets.close, partial(asyncio.to_thread, pool.close), caller.close]
    system = System(
        settings=settings,
        clock=clock,
        stores=stores,
        live=live,
        bus=bus,
        metrics=metrics,
        keyring=keyring,
        authenticator=authenticator,
        fleets=fleets,
        tracker=tracker,
        pings=tracker,
        sender=sender,
        hub=hub,
        streets=roads.client,
        notes=roads.notes,
        background=background,
        closers=closers,
    )
    sockets = Sockets(hub, doorman, fleets, tracker, stores.zones, stores.orders)
    return Relevo(system, sockets, hub, tracker, fleets)


def _vehicle(fleets: Fleets, fleet: FleetId, courier_id: CourierId) -> Vehicle:
    desk = fleets.open_fleets().get(fleet)
    courier = desk.couriers().get(courier_id) if desk is not None else None
    return Vehicle.BICYCLE if courier is None else courier.vehicle


async def _open_live(settings: Settings, closers: list[Task], background: dict[str, Task]) -> RedisLive:
    """Open the live store: ``REDIS_URL``, or a server of our own."""
    if settings.redis_url is not None:
        url = settings.redis_url.reveal()
    else:
        program = Path(settings.redis_server) if settings.redis_server else None
        redis = EmbeddedRedis(
            settings.data_dir,
            fsync=settings.redis_fsync,
            maxmemory=settings.redis_maxmemory,
            program=program,
        )
        await redis.start()
        closers.insert(0, redis.stop)
        background["redis"] = redis.supervise
        url = redis.url
    live = RedisLive(url)
    closers.insert(0, live.close)
    return live


async def _keep_clock(clock: Clock, file: ClockFile) -> None:
    while True:
        file.keep(clock.now_ms())
        await asyncio.sleep(CLOCK_KEPT_EVERY_S)
