"""Who sends a request: address, scheme, bearer or cookie. A cookie needs a CSRF token to change anything."""

from urllib.parse import urlsplit

from aiohttp import web

from domain.errors import Forbidden
from domain.people import Principal
from server.request_keys import COOKIE_SECRET
from server.system import SYSTEM, System

SESSION_COOKIE = "relevo_session"
CSRF_HEADER = "X-CSRF-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def identify(request: web.Request) -> Principal:
    """Return who asks.

    Raises:
        Unauthenticated: no token, or not a good one.
        Forbidden: a cookie came without its CSRF token or from another origin.
        TooMany: this token asks too often.
    """
    system = request.app[SYSTEM]
    secret, from_cookie = _secret_of(request)
    principal = await system.authenticator.authenticate(secret)
    if from_cookie:
        request[COOKIE_SECRET] = secret
        if request.method not in _SAFE:
            _check_csrf(system, request, secret)
    system.limits.per_token.take(principal.token_id)
    return principal


def client_address(request: web.Request) -> str:
    """Return the client's address: the proxy's word for it where the operator trusts the proxy."""
    if request.app[SYSTEM].settings.trust_proxy:
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded[:64]
    return request.remote or "unknown"


def is_https(request: web.Request) -> bool:
    """Tell whether the client speaks TLS, to us or to the trusted proxy."""
    if request.app[SYSTEM].settings.trust_proxy:
        return request.headers.get("X-Forwarded-Proto", request.scheme) == "https"
    return request.scheme == "https"


def origin_allowed(system: System, request: web.Request) -> bool:
    """Tell whether a page of this origin may use the signed-in cookie; no Origin means no browser page."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    if origin == system.settings.public_url or origin in system.settings.allowed_origins:
        return True
    return bool(request.host) and urlsplit(origin).netloc == request.host


def _secret_of(request: web.Request) -> tuple[str, bool]:
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip(), False
    cookie = request.cookies.get(SESSION_COOKIE, "")
    return cookie, bool(cookie)


def _check_csrf(system: System, request: web.Request, secret: str) -> None:
    if not origin_allowed(system, request):
        raise Forbidden("origin_not_allowed", "pages of this origin may not use a signed-in cookie")
    if not system.keyring.csrf_matches(secret, request.headers.get(CSRF_HEADER, "")):
        raise Forbidden("csrf_token_wrong", f"send the csrf value of your session as {CSRF_HEADER}")
