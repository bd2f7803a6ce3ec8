"""Shows what happened to whoever may see it: the fleets' streams, their viewers, couriers and ticks.

Hears events from the tracker and the desks (``listen``), turns them into frames and hands them to the
sessions' outboxes. Waits for nobody: a session that does not read is closed by its own outbox.
Single writer of every stream and of the session registry: the event loop's thread.
"""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from domain.courier import Courier
from domain.events import CourierChanged, Event, OfferEnded, OfferMade, PositionChanged, RouteChanged
from domain.ids import CourierId, FleetId, TokenId
from domain.people import Principal
from domain.ports import Clock, OrderDesk
from domain.position import Position, Presence
from ws import close_codes
from ws.cells import CellSet
from ws.codec import FrameWriter
from ws.ports import Authenticator, NoSocketMetrics, PositionSource, SocketMetrics
from ws.projection import live_events, position_row
from ws.stream import Batch, FleetStream

log = structlog.get_logger(__name__)

TICK_S = 0.5
RECHECK_S = 10.0

CourierEventKinds = CourierChanged | OfferMade | OfferEnded | RouteChanged


class Session(Protocol):
    """An open, authenticated socket."""

    principal: Principal

    def close(self, code: int, reason: str) -> None: ...


class Viewer(Session, Protocol):
    """A dispatcher's or viewer's socket that has subscribed."""

    cells: CellSet | None
    seen_offset: int

    @property
    def writer(self) -> FrameWriter: ...
    def send_bytes(self, frame: bytes) -> None: ...


class CourierSession(Session, Protocol):
    """A courier's phone."""

    device: str

    def tell(self, event: CourierEventKinds) -> None: ...


class Hub:
    """The registry of open sockets and the fan-out.

    Args:
        clock: the server's clock.
        positions: the tracker's beliefs.
        tick_s: wall seconds between frames to viewers.
    """

    def __init__(
        self,
        clock: Clock,
        positions: PositionSource,
        metrics: SocketMetrics | None = None,
        tick_s: float = TICK_S,
    ) -> None:
        self.clock = clock
        self.positions = positions
        self.metrics: SocketMetrics = metrics or NoSocketMetrics()
        self._tick_s = tick_s
        self._epoch = secrets.token_hex(6)
        self._streams: dict[FleetId, FleetStream] = {}
        self._desks: dict[FleetId, OrderDesk] = {}
        self._oldest_arrival: dict[FleetId, int] = {}
        self._viewers: dict[FleetId, set[Viewer]] = defaultdict(set)
        self._couriers: dict[tuple[FleetId, CourierId], set[CourierSession]] = defaultdict(set)
        self._sessions: set[Session] = set()
        self.draining = False

    # --- events in ---------------------------------------------------------------------------------

    def open_fleet(self, desk: OrderDesk) -> None:
        """Make a fleet's stream; events of fleets that are not open are ignored."""
        self._desks[desk.fleet.id] = desk
        self.stream(desk.fleet.id)

    def stream(self, fleet: FleetId) -> FleetStream:
        """Return a fleet's stream."""
        if fleet not in self._streams:
            self._streams[fleet] = FleetStream(self._epoch)
        return self._streams[fleet]

    def listen(self, events: Sequence[Event]) -> None:
        """Take events in order; the frames go out with the next tick, couriers are told at once."""
        for event in events:
            desk = self._desks.get(event.fleet)
            if desk is None:
                continue
            if isinstance(event, PositionChanged):
                self._moved(event)
                continue
            lookup = self.courier_state(event.fleet)
            self.stream(event.fleet).add(live_events(event, desk, lookup))
            if isinstance(event, CourierEventKinds):
                self._tell_courier(event)

    def courier_state(self, fleet: FleetId) -> Callable[[Courier], tuple[Position | None, Presence]]:
        """Return a look-up of a courier's position and presence."""
        positions = self.positions.positions(fleet)

        def look_up(courier: Courier) -> tuple[Position | None, Presence]:
            return positions.get(courier.id), self.positions.presence(fleet, courier.id)

        return look_up

    def _moved(self, event: PositionChanged) -> None:
        position = event.position
        self.stream(event.fleet).move(position.courier_id, position_row(position, event.presence))
        oldest = self._oldest_arrival.get(event.fleet)
        if oldest is None or position.received_at_ms < oldest:
            self._oldest_arrival[event.fleet] = position.received_at_ms

    def _tell_courier(self, event: CourierEventKinds) -> None:
        if isinstance(event, RouteChanged):
            courier_id = event.route.courier_id
        elif isinstance(event, CourierChanged):
            courier_id = event.courier.id
        else:
            courier_id = event.courier_id
        for session in tuple(self._couriers.get((event.fleet, courier_id), ())):
            session.tell(event)

    # --- sessions ----------------------------------------------------------------------------------

    def join(self, session: Session, kind: str) -> None:
        """Register an authenticated socket."""
        self._sessions.add(session)
        self.metrics.connected(kind)
        if self.draining:  # its hello was under way when the others were sent away
            session.close(close_codes.DRAINING, "the server is restarting")

    def leave(self, session: Session, kind: str) -> None:
        """Forget a socket, whatever it had subscribed to."""
        self._sessions.discard(session)
        self.metrics.disconnected(kind)

    def add_courier(self, session: CourierSession) -> None:
        """Route a courier's frames to this socket; an older one of the same device is closed."""
        courier_id = session.principal.courier_id
        assert courier_id is not None  # noqa: S101  the session checked its role
        sessions = self._couriers[session.principal.fleet, courier_id]
        for other in tuple(sessions):
            if other.device == session.device:
                other.close(close_codes.SUPERSEDED, "this device connected again")
                sessions.discard(other)
        sessions.add(session)

    def drop_courier(self, session: CourierSession) -> None:
        """Stop routing a courier's frames to this socket."""
        courier_id = session.principal.courier_id
        key = (session.principal.fleet, courier_id)
        if courier_id is not None and key in self._couriers:
            sessions = self._couriers[session.principal.fleet, courier_id]
            sessions.discard(session)
            if not sessions:
                del self._couriers[session.principal.fleet, courier_id]

    def add_viewer(self, viewer: Viewer) -> None:
        """Send the fleet's ticks to this socket."""
        self._viewers[viewer.principal.fleet].add(viewer)

    def drop_viewer(self, viewer: Viewer) -> None:
        """Stop sending ticks to this socket."""
        self._viewers[viewer.principal.fleet].discard(viewer)

    # --- loops -------------------------------------------------------------------------------------

    async def run(self, authenticator: Authenticator) -> None:
        """Tick, and close the sockets of revoked tokens, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._run_ticks())
            group.create_task(self._run_rechecks(authenticator))

    async def _run_ticks(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + self._tick_s, loop.time())
            await asyncio.sleep(due - loop.time())
            for fleet in tuple(self._streams):
                self.tick(fleet)
                await asyncio.sleep(0)

    def tick(self, fleet: FleetId) -> None:
        """Send one conflated frame to each viewer of a fleet that has something new in view."""
        batch = self.stream(fleet).take_batch()
        oldest = self._oldest_arrival.pop(fleet, None)
        if batch is None:
            return
        for viewer in tuple(self._viewers[fleet]):
            self._send(viewer, batch)
        if oldest is not None and self._viewers[fleet]:
            delay_s = (self.clock.now_ms() - oldest) / 1000 / self.clock.scale
            self.metrics.viewer_delay(max(0.0, delay_s))

    def _send(self, viewer: Viewer, batch: Batch) -> None:
        frame = batch.frame(viewer.writer, viewer.cells, viewer.seen_offset)
        viewer.seen_offset = max(viewer.seen_offset, batch.offset)
        if frame is not None:
            viewer.send_bytes(frame)

    async def _run_rechecks(self, authenticator: Authenticator) -> None:
        while True:
            await asyncio.sleep(RECHECK_S)
            for session in tuple(self._sessions):
                if not await authenticator.still_valid(session.principal):
                    session.close(close_codes.UNAUTHENTICATED, "the token was revoked or has expired")

    def revoked(self, token_id: TokenId) -> None:
        """Close the sockets of a token that was revoked in this process, at once."""
        for session in tuple(self._sessions):
            if session.principal.token_id == token_id:
                session.close(close_codes.UNAUTHENTICATED, "the token was revoked")

    def drain(self) -> None:
        """Ask every client to come back later; called once, at shutdown."""
        self.draining = True
        for session in tuple(self._sessions):
            session.close(close_codes.DRAINING, "the server is restarting")
