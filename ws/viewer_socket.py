"""``/ws/live``: a fleet's map, orders and routes for dispatchers and viewers."""

from aiohttp import web

from domain.errors import Forbidden, NotFound
from domain.ids import FleetId
from domain.people import Principal, Role
from domain.ports import OrderDesk, ZoneStore
from ws.cells import CellSet, cells_of
from ws.codec import FrameReader, FrameWriter
from ws.connection import Connection, run_session
from ws.hub import Hub
from ws.messages import Delta, Hello, LiveEvent, Resume, Snapshot, Subscribe, ViewerFrame, ZoneView
from ws.ports import Authenticator, Fleets
from ws.projection import courier_view, order_view, position_row, route_view, zone_view

_READER: FrameReader[ViewerFrame] = FrameReader(ViewerFrame)
_MAY_WATCH = frozenset({Role.OWNER, Role.DISPATCHER, Role.VIEWER, Role.INTEGRATION})


class ViewerSocket:
    """Serves every viewer's socket.

    Args:
        zones: where a snapshot's zones come from.
    """

    def __init__(self, hub: Hub, authenticator: Authenticator, fleets: Fleets, zones: ZoneStore) -> None:
        self._hub = hub
        self._authenticator = authenticator
        self._fleets = fleets
        self._zones = zones

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one socket until it closes."""
        connection: Connection[ViewerFrame] = Connection(_READER)

        async def session() -> None:
            hello = await connection.hello()
            principal = await self._authenticator.authenticate(hello.token)
            if principal.role not in _MAY_WATCH:
                raise Forbidden("forbidden", f"role '{principal.role}' may not watch a fleet")
            desk = await self._fleets.desk(principal.fleet)
            viewer = ViewerSession(self._hub, desk, self._zones, connection, principal)
            await viewer.run(hello.resume)

        return await run_session(request, connection, session)


class ViewerSession:
    """One viewer's subscription."""

    def __init__(
        self,
        hub: Hub,
        desk: OrderDesk,
        zones: ZoneStore,
        connection: Connection[ViewerFrame],
        principal: Principal,
    ) -> None:
        self.principal = principal
        self.cells: CellSet | None = None
        self.seen_offset = 0
        self._hub = hub
        self._desk = desk
        self._zones = zones
        self._connection = connection
        self._subscribed = False

    @property
    def writer(self) -> FrameWriter:
        """How this viewer's frames are encoded."""
        return self._connection.writer

    def send_bytes(self, frame: bytes) -> None:
        """Queue an encoded delta."""
        self._connection.send_bytes(frame)

    def close(self, code: int, reason: str) -> None:
        """End the session."""
        self._connection.close(code, reason)

    async def run(self, resume: Resume | None) -> None:
        """Answer subscriptions until the client goes."""
        self._hub.join(self, "viewer")
        try:
            async for frame in self._connection.frames():
                if isinstance(frame, Hello):
                    self._connection.send_error("hello_twice", "this socket has said hello already")
                    continue
                try:
                    await self._subscribe(frame, resume)
                except (NotFound, Forbidden) as error:
                    self._connection.send_error(error.code, error.message)
        finally:
            self._hub.drop_viewer(self)
            self._hub.leave(self, "viewer")

    async def _subscribe(self, frame: Subscribe, resume: Resume | None) -> None:
        if FleetId(frame.fleet) != self.principal.fleet:
            raise NotFound("unknown_fleet", f"no fleet {frame.fleet!r} for this token")
        self.cells = cells_of(frame.bbox)
        if self._subscribed:
            self._connection.send(self._catch_up(self.seen_offset, []))
            return
        zones = [zone_view(zone) for zone in await self._zones.zones(self.principal.fleet)]
        # From here to add_viewer nothing waits, so no event falls between.
        stream = self._hub.stream(self.principal.fleet)
        missed = stream.missed(resume.epoch, resume.offset) if resume is not None else None
        if missed is not None:
            self._connection.send(self._catch_up(stream.offset, missed))
        else:
            self._connection.send(self._snapshot(stream.epoch, stream.offset, zones))
        self.seen_offset = stream.offset
        self._subscribed = True
        self._hub.add_viewer(self)

    def _snapshot(self, epoch: str, offset: int, zones: list[ZoneView]) -> Snapshot:
        fleet = self._desk.fleet
        look_up = self._hub.courier_state(fleet.id)
        orders = self._desk.open_orders()
        return Snapshot(
            epoch=epoch,
            offset=offset,
            server_at_ms=self._hub.clock.now_ms(),
            time_scale=self._hub.clock.scale,
            fleet={
                "id": fleet.id,
                "name": fleet.name,
                "lon": fleet.center.lon,
                "lat": fleet.center.lat,
                "time_zone": fleet.time_zone,
            },
            couriers=[courier_view(c, *look_up(c)) for c in self._desk.couriers().values() if c.active],
            orders=[order_view(order, self._desk.etas(order.id)) for order in orders.values()],
            routes=[route_view(route, orders) for route in self._desk.plan().routes.values() if route.stops],
            zones=zones,
        )

    def _catch_up(self, offset: int, events: list[LiveEvent]) -> Delta:
        fleet = self.principal.fleet
        rows = [
            position_row(position, self._hub.positions.presence(fleet, courier_id))
            for courier_id, position in self._hub.positions.positions(fleet).items()
        ]
        return Delta(offset=offset, positions=rows, events=events)
