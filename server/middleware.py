"""What every request passes: request id and log, headers, problems, limits.

Authentication is the endpoint's own first step (``server.identify``).
"""

import re
import time
import uuid

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from domain.errors import TooLarge
from server.identify import client_address, is_https
from server.problems import problem_middleware
from server.request_keys import ADDRESS, REQUEST_ID
from server.system import SYSTEM, System

MAX_URL_CHARS = 8192
_UNLIMITED = frozenset({"/livez", "/readyz", "/metrics"})
_REQUEST_ID = re.compile(r"^[A-Za-z0-9_.-]{8,64}$")
_log = structlog.get_logger("relevo.http")


@web.middleware
async def request_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, log it when it is done, and observe how long it took."""
    system = request.app[SYSTEM]
    given = request.headers.get("X-Request-Id", "")
    request_id = given if _REQUEST_ID.match(given) else uuid.uuid4().hex
    request[REQUEST_ID] = request_id
    request[ADDRESS] = client_address(request)
    began = time.perf_counter()
    status = 500
    with structlog.contextvars.bound_contextvars(request_id=request_id):
        try:
            response = await handler(request)
            status = response.status
            if not response.prepared:
                response.headers["X-Request-Id"] = request_id
            return response
        finally:
            _observe(system, request, status, time.perf_counter() - began)


@web.middleware
async def limit_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse addresses that ask too often, and addresses of pages that are too long."""
    if len(request.raw_path) > MAX_URL_CHARS:
        raise TooLarge("url_too_long", f"an address may have at most {MAX_URL_CHARS} characters")
    # Phone-tracker apps empty a backlog one record a request; a 429 would make some of them throw it away.
    if request.path not in _UNLIMITED and not request.path.startswith("/in/"):
        request.app[SYSTEM].limits.per_address.take(request[ADDRESS])
    return await handler(request)


@web.middleware
async def headers_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Set the security headers that every answer carries."""
    response = await handler(request)
    if not response.prepared:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        policy = response.headers.setdefault(
            "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"
        )
        if "frame-ancestors 'none'" in policy:
            response.headers.setdefault("X-Frame-Options", "DENY")
        if is_https(request):
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


MIDDLEWARES: tuple[Middleware, ...] = (
    request_middleware,
    headers_middleware,
    problem_middleware,
    limit_middleware,
)


def _observe(system: System, request: web.Request, status: int, seconds: float) -> None:
    resource = request.match_info.route.resource
    path = resource.canonical if resource is not None else "unknown"
    if path.startswith("/ws/"):
        return
    system.metrics.http(request.method if len(request.method) < 8 else "OTHER", path, status, seconds)
    level = "debug" if status < 400 or path in _UNLIMITED else "info"
    # The template, never the path: a customer's link has its token in the path.
    getattr(_log, level)(
        "request", method=request.method, path=path, status=status, ms=round(seconds * 1000, 1)
    )
