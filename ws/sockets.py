"""The three sockets as one value for ``server.wiring``."""

from aiohttp import web

from domain.ports import PingSink, ZoneStore
from ws.courier_socket import CourierSocket
from ws.hub import Hub
from ws.ports import Authenticator, Fleets
from ws.track_socket import TrackSocket
from ws.viewer_socket import ViewerSocket


class Sockets:
    """Handlers of ``/ws/courier``, ``/ws/live`` and ``/ws/track``."""

    def __init__(
        self, hub: Hub, authenticator: Authenticator, fleets: Fleets, pings: PingSink, zones: ZoneStore
    ) -> None:
        self._courier = CourierSocket(hub, authenticator, fleets, pings)
        self._live = ViewerSocket(hub, authenticator, fleets, zones)
        self._track = TrackSocket(hub, authenticator, fleets)

    async def courier(self, request: web.Request) -> web.WebSocketResponse:
        """Serve a courier's phone."""
        return await self._courier.handle(request)

    async def live(self, request: web.Request) -> web.WebSocketResponse:
        """Serve a viewer."""
        return await self._live.handle(request)

    async def track(self, request: web.Request) -> web.WebSocketResponse:
        """Serve a waiting customer."""
        return await self._track.handle(request)
