"""The door to the sockets: a token in ``hello`` or a signed-in cookie of an allowed origin lets one in."""

import contextvars

from aiohttp import web

from domain.people import Principal
from domain.ports import OrderStore, PingSink, ZoneStore
from server.auth import Authenticator
from server.fleets import Fleets
from server.identify import SESSION_COOKIE, origin_allowed
from server.system import SYSTEM
from ws.courier_socket import CourierSocket
from ws.hub import Hub
from ws.track_socket import TrackSocket
from ws.viewer_socket import ViewerSocket

_cookie: contextvars.ContextVar[str] = contextvars.ContextVar("relevo_cookie", default="")


class Doorman:
    """Fulfils ``ws.ports.Authenticator``: a hello without a token counts as the cookie that came with it."""

    def __init__(self, authenticator: Authenticator, fleets: Fleets) -> None:
        self._authenticator = authenticator
        self._fleets = fleets

    async def authenticate(self, token: str) -> Principal:
        """Return who connects; a courier who was added a moment ago is made known first."""
        principal = await self._authenticator.authenticate(token or _cookie.get())
        if principal.courier_id is not None:
            await self._fleets.know(principal.fleet, principal.courier_id)
        return principal

    async def still_valid(self, principal: Principal) -> bool:
        """Tell whether the token behind a running session is still good."""
        return await self._authenticator.still_valid(principal)


class Sockets:
    """The handlers of the three sockets."""

    def __init__(
        self,
        hub: Hub,
        doorman: Doorman,
        fleets: Fleets,
        pings: PingSink,
        zones: ZoneStore,
        orders: OrderStore,
    ) -> None:
        self._courier = CourierSocket(hub, doorman, fleets, pings)
        self._viewer = ViewerSocket(hub, doorman, fleets, zones)
        self._track = TrackSocket(hub, doorman, fleets, orders)

    async def courier(self, request: web.Request) -> web.StreamResponse:
        """Serve ``/ws/courier``."""
        _take_cookie(request)
        return await self._courier.handle(request)

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Serve ``/ws/live``."""
        _take_cookie(request)
        return await self._viewer.handle(request)

    async def track(self, request: web.Request) -> web.StreamResponse:
        """Serve ``/ws/track``."""
        return await self._track.handle(request)


def _take_cookie(request: web.Request) -> None:
    allowed = origin_allowed(request.app[SYSTEM], request)
    _cookie.set(request.cookies.get(SESSION_COOKIE, "") if allowed else "")
