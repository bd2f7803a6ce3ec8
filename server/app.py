"""The aiohttp application over a system: REST, pages, sockets."""

from pathlib import Path

from aiohttp import web

from server.api import DECLARED, adapt
from server.endpoints import ENDPOINTS
from server.middleware import MIDDLEWARES
from server.pages import STATIC, add_pages
from server.routes.phones import add_phones
from server.system import SYSTEM, SocketHandlers, System


def build_app(system: System, sockets: SocketHandlers | None, static: Path = STATIC) -> web.Application:
    """Return the application; ``sockets`` None leaves the WebSockets out (tests of REST)."""
    app = web.Application(middlewares=MIDDLEWARES, client_max_size=system.settings.max_body_kib * 1024)
    app[SYSTEM] = system
    app[DECLARED] = ENDPOINTS
    for endpoint in ENDPOINTS:
        app.router.add_route(endpoint.method, endpoint.path, adapt(endpoint))
    add_phones(app)
    if sockets is not None:
        add_sockets(app, sockets)
    add_pages(app, system.settings, static)
    return app


def add_sockets(app: web.Application, sockets: SocketHandlers) -> None:
    """Add the three sockets."""
    app.router.add_get("/ws/courier", sockets.courier)
    app.router.add_get("/ws/live", sockets.live)
    app.router.add_get("/ws/track", sockets.track)
