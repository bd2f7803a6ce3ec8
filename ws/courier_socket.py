"""``/ws/courier``: a courier's phone. Pings in, acknowledgements out; actions, shift, offers and route."""

import asyncio
from collections.abc import Awaitable

import structlog
from aiohttp import web

from domain.courier import ShiftState
from domain.errors import Conflict, Forbidden, RelevoError, Unavailable
from domain.events import CourierChanged, OfferEnded, OfferMade
from domain.ids import CourierId, DeviceId, OfferId, StopId
from domain.people import Principal, Role
from domain.ports import CourierAction, OrderDesk, PingBatch, PingResult, PingSink
from ws import close_codes
from ws import messages as m
from ws.codec import FrameReader, read_loose_pings
from ws.connection import Connection, run_session
from ws.hub import CourierEventKinds, Hub
from ws.ports import Authenticator, Fleets
from ws.projection import offered_stops, route_stops, route_view

log = structlog.get_logger(__name__)

FRAMES_IN_FLIGHT_MAX = 64
"""Ping frames of one socket that may wait for their tick; past it the socket is not read (TCP waits)."""

_READER: FrameReader[m.CourierFrame] = FrameReader(m.CourierFrame)


class CourierSocket:
    """Serves every courier's socket."""

    def __init__(self, hub: Hub, authenticator: Authenticator, fleets: Fleets, pings: PingSink) -> None:
        self._hub = hub
        self._authenticator = authenticator
        self._fleets = fleets
        self._pings = pings

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one socket until it closes."""
        connection = CourierConnection(_READER, outbox_bytes=512 * 1024)

        async def session() -> None:
            hello = await connection.hello()
            principal = await self._authenticator.authenticate(hello.token)
            if principal.role is not Role.COURIER or principal.courier_id is None:
                raise Forbidden(
                    "forbidden", f"a courier's token is needed here, not one of '{principal.role}'"
                )
            desk = await self._fleets.desk(principal.fleet)
            phone = PhoneSession(
                self._hub, desk, self._pings, connection=connection, principal=principal, hello=hello
            )
            await phone.run(principal.courier_id)

        return await run_session(request, connection, session)


class CourierConnection(Connection[m.CourierFrame]):
    """A connection that saves the readable fixes of a frame whose strict reading failed."""

    def __init__(self, reader: FrameReader[m.CourierFrame], outbox_bytes: int) -> None:
        super().__init__(reader, outbox_bytes)
        self.loose: tuple[m.Pings, tuple[int, ...], int] | None = None
        self.skipped = 0

    def recover(self, data: str | bytes, error: RelevoError) -> m.CourierFrame | None:
        """Refuse the frame, but return what can be read of a pings frame: its well-formed fixes."""
        self.refuse_frame(error)
        if error.code == "malformed_frame":
            self.loose = read_loose_pings(data)
        if self.loose is None:
            self.skipped += 1
            return None
        return self.loose[0]


class PhoneSession:
    """One phone of one courier, from welcome to close."""

    def __init__(
        self,
        hub: Hub,
        desk: OrderDesk,
        pings: PingSink,
        *,
        connection: CourierConnection,
        principal: Principal,
        hello: m.Hello,
    ) -> None:
        self.principal = principal
        self.device = hello.device
        self._app = hello.app
        self._hub = hub
        self._desk = desk
        self._pings = pings
        self._connection = connection
        self._in_flight = asyncio.Semaphore(FRAMES_IN_FLIGHT_MAX)
        self._acked = 0

    def close(self, code: int, reason: str) -> None:
        """End the session."""
        self._connection.close(code, reason)

    async def run(self, courier_id: CourierId) -> None:
        """Welcome the phone and serve its frames until it goes."""
        self._hub.join(self, "courier")
        try:
            await self._welcome(courier_id)
            async with asyncio.TaskGroup() as group:
                async for frame in self._connection.frames():
                    await self._serve(frame, courier_id, group)
        finally:
            self._hub.drop_courier(self)
            self._hub.leave(self, "courier")

    def tell(self, event: CourierEventKinds) -> None:
        """Show the courier what concerns them."""
        if isinstance(event, OfferMade):
            self._send_offer(event)
        elif isinstance(event, OfferEnded):
            self._connection.send(m.OfferOver(offer_id=event.offer_id, result=event.result))
        elif isinstance(event, CourierChanged):
            self._connection.send_latest("shift", m.ShiftState(state=event.courier.shift))
        else:
            stops = route_stops(event.route, self._desk.open_orders())
            frame = m.RouteFrame(courier_id=event.route.courier_id, version=event.route.version, stops=stops)
            self._connection.send_latest("route", frame)

    async def _welcome(self, courier_id: CourierId) -> None:
        fleet = self.principal.fleet
        seq = await self._pings.last_seq(fleet, courier_id, DeviceId(self.device))
        courier = self._desk.couriers().get(courier_id)
        if courier is None or not courier.active:
            raise Forbidden("unknown_courier", "this courier is no longer in the fleet")
        stream = self._hub.stream(fleet)
        self._acked = seq
        route = route_view(self._desk.route(courier_id), self._desk.open_orders())
        self._connection.send(
            m.Welcome(
                courier_id=courier_id,
                seq=seq,
                epoch=stream.epoch,
                offset=stream.offset,
                server_at_ms=self._hub.clock.now_ms(),
                route=route,
                name=courier.name,
                shift=courier.shift,
                fleet=fleet,
                time_zone=self._desk.fleet.time_zone,
                time_scale=self._hub.clock.scale,
            )
        )
        for offer in self._desk.offers(courier_id):
            self._send_offer(offer)
        self._hub.add_courier(self)

    async def _serve(self, frame: m.CourierFrame, courier_id: CourierId, group: asyncio.TaskGroup) -> None:
        match frame:
            case m.Pings():
                batch = self._batch(frame, courier_id)
                await self._in_flight.acquire()
                group.create_task(self._submit(batch))
            case m.Action():
                await self._act(frame, courier_id)
            case m.SetShift():
                await self._answered(self._set_shift(frame, courier_id))
            case m.OfferReply():
                await self._answered(self._reply(frame, courier_id))
            case m.Hello():
                self._connection.send_error("hello_twice", "this socket has said hello already")

    # --- pings -------------------------------------------------------------------------------------

    def _batch(self, frame: m.Pings, courier_id: CourierId) -> PingBatch:
        loose, self._connection.loose = self._connection.loose, None
        skipped, self._connection.skipped = self._connection.skipped, 0
        indexes = loose[1] if loose is not None else tuple(range(len(frame.fixes)))
        return PingBatch(
            fleet=self.principal.fleet,
            courier_id=courier_id,
            device=DeviceId(self.device),
            seq=frame.seq,
            fixes=frame.fixes,
            indexes=indexes,
            received_at_ms=self._hub.clock.now_ms(),
            malformed=loose[2] if loose is not None else 0,
            skipped=skipped,
            app=self._app,
        )

    async def _submit(self, batch: PingBatch) -> None:
        try:
            self._acknowledge(await self._pings.submit(batch))
        except Conflict as error:
            self._connection.send_error(error.code, error.message, {"seq": batch.seq, **error.detail})
        except Unavailable as error:
            self._connection.send_error(error.code, error.message, {"seq": batch.seq})
            self._connection.close(close_codes.OVERLOADED, error.code)
        finally:
            self._in_flight.release()

    def _acknowledge(self, result: PingResult) -> None:
        if result.rejected:
            self._connection.send(m.Rejected(seq=result.seq, counts=result.rejected))
        self._acked = max(self._acked, result.seq)
        self._connection.send_latest("ack", m.Ack(seq=self._acked))

    # --- work --------------------------------------------------------------------------------------

    async def _act(self, frame: m.Action, courier_id: CourierId) -> None:
        action = CourierAction(
            id=frame.id,
            fleet=self.principal.fleet,
            courier_id=courier_id,
            stop_id=StopId(frame.stop_id),
            action=frame.action,
            at_ms=frame.at_ms,
            reason=frame.reason,
            proof=frame.proof or {},
        )
        try:
            result = await self._desk.act(action)
        except Unavailable as error:
            # Not acknowledged, so the phone keeps it and sends it again.
            self._connection.send_error(error.code, error.message, {"id": frame.id})
            return
        self._connection.send(
            m.ActionAck(
                id=frame.id,
                result="ok" if result.ok else "refused",
                code=result.code,
                message=result.message,
            )
        )

    async def _set_shift(self, frame: m.SetShift, courier_id: CourierId) -> None:
        courier = await self._desk.set_shift(courier_id, ShiftState(frame.state))
        self._connection.send_latest("shift", m.ShiftState(state=courier.shift))

    async def _reply(self, frame: m.OfferReply, courier_id: CourierId) -> None:
        await self._desk.reply(courier_id, OfferId(frame.offer_id), accept=frame.accept, reason=frame.reason)

    async def _answered(self, work: Awaitable[None]) -> None:
        try:
            await work
        except RelevoError as error:
            self._connection.send_error(error.code, error.message, error.detail)

    def _send_offer(self, offer: OfferMade) -> None:
        self._connection.send(
            m.Offer(
                offer_id=offer.offer_id,
                stops=offered_stops(offer.order_ids, self._desk),
                expires_at_ms=offer.expires_at_ms,
                why=dict(offer.why),
            )
        )
