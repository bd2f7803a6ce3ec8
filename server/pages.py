"""The built pages and their files: hashed names for ever, pages fresh each time, a strict policy on all.

``web`` builds into ``server/static``; when nothing is built, every page says so instead of a bare 404.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from domain.errors import Gone, RelevoError
from domain.fleet_settings import settings_of
from domain.people import Fleet
from server.settings import Settings
from server.system import SYSTEM

PageHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]
STATIC = Path(__file__).parent / "static"
PAGES = {
    "/": "index.html",
    "/dispatch": "dispatch.html",
    "/courier": "courier.html",
    "/shop": "shop.html",
}
_NOT_BUILT = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Relevo</title>"
    "<body><h1>The pages are not built</h1><p>Run <code>make web</code> and reload. "
    "REST and the sockets work without them.</p></body></html>"
)
_GONE = (
    "<!doctype html><html lang=es><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    "<title>Relevo</title><body><h1>Este enlace ya no muestra nada</h1><p>La entrega termin&oacute;.</p>"
    "<h1 lang=en>This link has ended</h1><p lang=en>The delivery is over.</p></body></html>"
)
_UNKNOWN = (
    "<!doctype html><html lang=es><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    "<title>Relevo</title><body><h1>No conocemos este enlace</h1>"
    "<p>Rev&iacute;salo o pide uno nuevo a la tienda.</p>"
    "<h1 lang=en>We do not know this link</h1></body></html>"
)


_NOT_EMBEDDED = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Relevo</title>"
    "<body><h1>Not shown in other sites' pages</h1><p>An owner of the co-op allows sites in its settings.</p>"
    "</body></html>"
)


def content_policy(settings: Settings, framed_by: str = "'none'") -> str:
    """Return the Content-Security-Policy of pages; only configured tile origins are let in.

    Args:
        settings: of the server.
        framed_by: which sites may show the page in a frame of theirs, as ``frame-ancestors`` takes it.
    """
    tiles = "".join(f" {origin}" for origin in settings.tile_origins)
    return (
        "default-src 'none'; script-src 'self'; worker-src 'self' blob:; style-src 'self'; "
        f"img-src 'self' data: blob:{tiles}; connect-src 'self'{tiles}; font-src 'self'; "
        f"manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors {framed_by}"
    )


def add_pages(app: web.Application, settings: Settings, static: Path = STATIC) -> None:
    """Add the routes of pages, assets and the files at the root (service worker, manifest, icons)."""
    pages = _Pages(settings, static)
    for path, name in PAGES.items():
        app.router.add_get(path, pages.page(name))
    app.router.add_get("/t/{token}", pages.tracking)
    app.router.add_get("/embed/{token}", pages.embedded)
    app.router.add_get("/assets/{path:.+}", pages.asset)
    app.router.add_get(r"/{name:[A-Za-z0-9_-]+\.[A-Za-z0-9.]+}", pages.root_file)


class _Pages:
    def __init__(self, settings: Settings, static: Path) -> None:
        self._settings = settings
        self._static = static
        self._headers = {
            "Content-Security-Policy": content_policy(settings),
            "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
            "Cache-Control": "no-cache",
        }

    def page(self, name: str) -> PageHandler:
        """Return the handler of one page."""

        async def handle(request: web.Request) -> web.StreamResponse:
            _ = request
            return self._html(name, self._headers)

        return handle

    async def tracking(self, request: web.Request) -> web.StreamResponse:
        """Return the customer's page, 404 for an unknown link and 410 for one that is over."""
        return await self._of_link(request, self._headers)

    async def embedded(self, request: web.Request) -> web.StreamResponse:
        """Return the customer's page for a frame on a shop's own site, where the fleet lets that site."""
        fleet = await link_fleet(request, request.match_info["token"])
        origins = settings_of(fleet).embed_origins if fleet is not None else ""
        if fleet is not None and not origins:
            return web.Response(
                status=403, text=_NOT_EMBEDDED, content_type="text/html", headers=self._headers
            )
        policy = content_policy(self._settings, origins or "'none'")
        return await self._of_link(request, {**self._headers, "Content-Security-Policy": policy})

    async def _of_link(self, request: web.Request, headers: dict[str, str]) -> web.StreamResponse:
        private = {**headers, "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"}
        state = await link_state(request, request.match_info["token"])
        if state == "live":
            return self._html("track.html", private)
        status, text = (410, _GONE) if state == "gone" else (404, _UNKNOWN)
        return web.Response(status=status, text=text, content_type="text/html", headers=private)

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """Return a file with a hash in its name."""
        path = self._inside(self._static / "assets", request.match_info["path"])
        return web.FileResponse(path, headers={"Cache-Control": "public, max-age=31536000, immutable"})

    async def root_file(self, request: web.Request) -> web.StreamResponse:
        """Return a file that must lie at the root."""
        path = self._inside(self._static, request.match_info["name"])
        headers = dict(self._headers)
        if path.suffix == ".webmanifest":
            headers["Content-Type"] = "application/manifest+json"
        return web.FileResponse(path, headers=headers)

    def _html(self, name: str, headers: dict[str, str]) -> web.StreamResponse:
        path = self._static / name
        if not path.is_file():
            return web.Response(status=503, text=_NOT_BUILT, content_type="text/html", headers=headers)
        return web.FileResponse(path, headers=headers)

    def _inside(self, folder: Path, name: str) -> Path:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            raise web.HTTPNotFound(text="there is no such file")
        return path


async def link_fleet(request: web.Request, secret: str) -> Fleet | None:
    """Return the fleet of a tracking link that answers, None when it does not."""
    system = request.app[SYSTEM]
    if await link_state(request, secret) != "live":
        return None
    principal = await system.authenticator.authenticate(secret)
    return await system.stores.people.find_fleet(principal.fleet)


async def link_state(request: web.Request, secret: str) -> str:
    """Return ``live``, ``gone`` or ``unknown`` for the token of a tracking link."""
    try:
        principal = await request.app[SYSTEM].authenticator.authenticate(secret)
    except Gone:
        return "gone"
    except RelevoError as error:
        if error.status >= 500:
            raise
        return "unknown"
    return "live" if principal.order_id is not None else "unknown"
