"""``/ws/track``: the one question a waiting customer has. Shows no more than promise I10 allows."""

import asyncio
from typing import Final

from aiohttp import web

from domain.errors import Forbidden, Gone
from domain.ids import OrderId
from domain.lifecycle import FINAL, ON_BOARD
from domain.order import Order
from domain.people import Principal, Role
from domain.ports import OrderDesk, OrderStore
from ws import close_codes
from ws.codec import FrameReader
from ws.connection import Connection, run_session
from ws.hub import Hub
from ws.messages import Hello, TrackCourier, TrackState
from ws.ports import Authenticator, Fleets
from ws.projection import eta_view

_READER: FrameReader[Hello] = FrameReader(Hello)
INTERVAL_S: Final = 1.0
STOPS_BEFORE_MAX: Final = 0
"""The courier is shown when at most this many of their stops come before the customer's."""


class TrackSocket:
    """Serves every customer's socket."""

    def __init__(self, hub: Hub, authenticator: Authenticator, fleets: Fleets, orders: OrderStore) -> None:
        self._hub = hub
        self._authenticator = authenticator
        self._fleets = fleets
        self._orders = orders

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one socket until it closes."""
        connection: Connection[Hello] = Connection(_READER, outbox_bytes=64 * 1024)

        async def serve() -> None:
            hello = await connection.hello()
            principal = await self._authenticator.authenticate(hello.token)
            if principal.role is not Role.TRACKING or principal.order_id is None:
                raise Forbidden("forbidden", "this is not the token of a tracking link")
            desk = await self._fleets.desk(principal.fleet)
            session = TrackSession(self._hub, desk, self._orders, connection, principal)
            await session.run(principal.order_id)

        return await run_session(request, connection, serve)


class TrackSession:
    """One customer's view of one delivery."""

    def __init__(
        self,
        hub: Hub,
        desk: OrderDesk,
        orders: OrderStore,
        connection: Connection[Hello],
        principal: Principal,
    ) -> None:
        self.principal = principal
        self._hub = hub
        self._desk = desk
        self._orders = orders
        self._connection = connection

    def close(self, code: int, reason: str) -> None:
        """End the session."""
        self._connection.close(code, reason)

    async def run(self, order_id: OrderId) -> None:
        """Send the state on every change, at most once a second, until the client goes."""
        self._hub.join(self, "track")
        sender = asyncio.create_task(self._send_states(order_id))
        sender.add_done_callback(self._sender_ended)
        try:
            async for _ in self._connection.frames():
                self._connection.send_error("hello_twice", "this socket has said hello already")
        finally:
            sender.cancel()
            self._hub.leave(self, "track")

    def _sender_ended(self, sender: asyncio.Task[None]) -> None:
        if sender.cancelled() or (error := sender.exception()) is None:
            return
        if isinstance(error, Gone):
            self._connection.send_error(error.code, error.message)
            self._connection.close(close_codes.GONE, error.code)
        else:
            self._connection.close(close_codes.INTERNAL, "internal error: reconnect")

    async def _send_states(self, order_id: OrderId) -> None:
        sent: TrackState | None = None
        order: Order | None = None
        while True:
            if order is None or order.status not in FINAL:
                order = await tracked_order(self._desk, self._orders, order_id)
            state = track_state(self._hub, self._desk, order)
            if sent is None or not _same(sent, state):
                self._connection.send_latest("state", state)
                sent = state
            await asyncio.sleep(INTERVAL_S)


async def tracked_order(desk: OrderDesk, orders: OrderStore, order_id: OrderId) -> Order:
    """Return an order, from the record when the desk forgot it because it ended a while ago.

    Raises:
        Gone: there is no such order any more. How long a link answers is the authenticator's to say.
    """
    order = desk.open_orders().get(order_id) or await orders.find(desk.fleet.id, order_id)
    if order is None:
        raise Gone("tracking_over", "this delivery is over")
    return order


def track_state(hub: Hub, desk: OrderDesk, order: Order) -> TrackState:
    """Return what the customer of an order may know now."""
    over = order.status in FINAL
    stops_before = None if over else desk.stops_before(order.id)
    return TrackState(
        status=order.status,
        eta=None if over else eta_view(desk.etas(order.id).dropoff),
        stops_before=stops_before,
        courier=_courier(hub, desk, order, stops_before),
        dropoff={
            "lon": order.dropoff.at.lon,
            "lat": order.dropoff.at.lat,
            "name": order.dropoff.name,
            "address": order.dropoff.address,
        },
        fleet_name=desk.fleet.name,
        time_zone=desk.fleet.time_zone,
        server_at_ms=hub.clock.now_ms(),
        time_scale=hub.clock.scale,
    )


def _courier(hub: Hub, desk: OrderDesk, order: Order, stops_before: int | None) -> TrackCourier | None:
    if order.status not in ON_BOARD or order.courier_id is None:
        return None
    if stops_before is None or stops_before > STOPS_BEFORE_MAX:
        return None
    courier = desk.couriers().get(order.courier_id)
    position = hub.positions.positions(order.fleet).get(order.courier_id)
    if courier is None or position is None:
        return None
    return TrackCourier(
        name=courier.name.split()[0] if courier.name.split() else "",
        lon=round(position.at.lon, 6),
        lat=round(position.at.lat, 6),
        heading_deg=position.heading_deg,
        fix_at_ms=position.fix_at_ms,
    )


def _same(a: TrackState, b: TrackState) -> bool:
    return (a.status, a.eta, a.stops_before, a.courier, a.dropoff) == (
        b.status,
        b.eta,
        b.stops_before,
        b.courier,
        b.dropoff,
    )
