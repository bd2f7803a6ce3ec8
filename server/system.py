"""The running server as one value that routes and sockets reach into. ``server.wiring`` builds it."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from aiohttp import web

from domain.ids import CourierId, FleetId
from domain.people import Fleet
from domain.ports import Clock, LiveStore, OrderDesk, PingSink, Stores
from domain.position import Position, Presence
from server.auth import Authenticator
from server.bus import EventBus
from server.metrics import Metrics
from server.ratelimit import RateLimit
from server.settings import Settings
from server.tokens import Keyring
from server.webhooks.sender import Sender
from tracker.diagnosis import Diagnosis
from tracker.matching.ports import StreetServer
from ws.hub import Hub


class TrackerView(Protocol):
    """What routes read from the tracker, synchronously."""

    def positions(self, fleet: FleetId) -> Mapping[CourierId, Position]: ...
    def presence(self, fleet: FleetId, courier_id: CourierId) -> Presence: ...
    def diagnosis(self, fleet: FleetId, courier_id: CourierId) -> Diagnosis | None: ...


class FleetDesks(Protocol):
    """Opens fleets on demand, so that one made while the server runs works at once."""

    async def desk(self, fleet: FleetId) -> OrderDesk:
        """Return the fleet's desk, loading it first when this process has not yet.

        Raises:
            NotFound: ``no_such_fleet``.
        """
        ...

    async def configure(self, fleet: Fleet) -> None:
        """Let a fleet's dispatch take over what the fleet chose."""
        ...

    async def refresh_couriers(self, fleet: FleetId) -> None:
        """Take in couriers whom another process wrote to the record."""
        ...


class SocketHandlers(Protocol):
    """The three sockets; ``ws`` fulfils it."""

    async def courier(self, request: web.Request) -> web.StreamResponse: ...
    async def live(self, request: web.Request) -> web.StreamResponse: ...
    async def track(self, request: web.Request) -> web.StreamResponse: ...


class Limits:
    """The rate limits of this process."""

    def __init__(self, settings: Settings) -> None:
        self.per_token = RateLimit(settings.rate_per_token, 5 * settings.rate_per_token)
        self.per_address = RateLimit(settings.rate_per_address, 5 * settings.rate_per_address)
        # Ten wrong tries at once, then one every six seconds.
        self.sign_in = RateLimit(rate=1 / 6, burst=10)


class System:
    """Everything that runs, by port.

    Args:
        background: endless tasks for the lifespan's task group, by name.
        closers: called in order after the tasks have ended.
        streets: answers questions about tracks; None when there is no street server.
        notes: what operators should know of parts that nothing depends on.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        stores: Stores,
        live: LiveStore,
        bus: EventBus,
        metrics: Metrics,
        keyring: Keyring,
        authenticator: Authenticator,
        fleets: FleetDesks,
        tracker: TrackerView,
        pings: PingSink,
        sender: Sender,
        hub: Hub,
        streets: StreetServer | None = None,
        notes: Callable[[], dict[str, str]] = dict,
        background: Mapping[str, Callable[[], Coroutine[Any, Any, None]]],
        closers: list[Callable[[], Coroutine[Any, Any, None]]],
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.stores = stores
        self.live = live
        self.bus = bus
        self.metrics = metrics
        self.keyring = keyring
        self.authenticator = authenticator
        self.fleets = fleets
        self.tracker = tracker
        self.pings = pings
        self.sender = sender
        self.hub = hub
        self.streets = streets
        self.notes = notes
        self.background = background
        self.closers = closers
        self.limits = Limits(settings)
        self.draining = False
        self.port = settings.port

    @property
    def local_url(self) -> str:
        """Return the address that the server listens on."""
        host = self.settings.host
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}"

    @property
    def public_url(self) -> str:
        """Return the address that people use, without a slash at its end."""
        return self.settings.public_url or self.local_url


SYSTEM: web.AppKey[System] = web.AppKey("system", System)
