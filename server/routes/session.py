"""Signing in and out, and who one is."""

import structlog
from aiohttp import web

from domain.errors import Forbidden, Unauthenticated
from domain.ids import new_token_id
from domain.people import Role, Token, User
from server import passwords, tokens
from server.api import PREFIX, Call, Endpoint, Reply, json_response
from server.clock import wall_ms
from server.identify import SESSION_COOKIE, is_https
from server.policy import Action
from server.request_keys import ADDRESS, COOKIE_SECRET
from server.schemas.common import rfc3339
from server.schemas.fleet import MeOut, SessionOut, SignIn
from server.views import fleet_out

_log = structlog.get_logger("relevo.auth")


async def sign_in(call: Call) -> web.StreamResponse:
    """Check a password and start a session: a token that is also set as a cookie."""
    body = call.body(SignIn)
    system = call.system
    login = body.login.strip().lower()
    system.limits.sign_in.take(f"address:{call.request[ADDRESS]}")
    system.limits.sign_in.take(f"login:{login}")
    user = await system.stores.people.find_user(login)
    usable = user is not None and user.active
    right = await passwords.verify(body.password, user.password_hash if user and usable else None)
    if user is None or not right:
        _log.info("sign_in_refused", address=call.request[ADDRESS])
        raise Unauthenticated("wrong_login", "login or password is wrong")
    record, secret = await _start(call, user)
    out = SessionOut(
        token=secret,
        role=user.role,
        fleet=user.fleet,
        user_id=user.id,
        name=user.name,
        expires_at=rfc3339(record.expires_at_ms or 0),
        csrf=system.keyring.csrf(secret),
    )
    response = json_response(out, status=201)
    response.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=system.settings.session_hours * 3600,
        httponly=True,
        samesite="Strict",
        secure=is_https(call.request),
        path="/",
    )
    return response


async def sign_out(call: Call) -> web.StreamResponse:
    """End the session that the request came with."""
    call.allow()
    principal = call.principal
    await call.system.stores.people.revoke_token(principal.fleet, principal.token_id, wall_ms())
    call.system.authenticator.forget(principal.token_id)
    call.system.hub.revoked(principal.token_id)
    response = web.Response(status=204)
    response.del_cookie(SESSION_COOKIE, path="/")
    return response


async def me(call: Call) -> Reply:
    """Say who the token is."""
    call.allow()
    principal = call.principal
    fleet = await call.system.stores.people.find_fleet(principal.fleet)
    if fleet is None:
        raise Forbidden("no_such_fleet", "the fleet of this token does not exist")
    cookie: str | None = call.request.get(COOKIE_SECRET)
    out = MeOut(
        role=principal.role,
        fleet=fleet_out(fleet),
        subject=principal.subject,
        name=await _name(call),
        courier_id=principal.courier_id,
        order_id=principal.order_id,
        time_scale=call.system.clock.scale,
        csrf=call.system.keyring.csrf(cookie) if cookie else None,
    )
    return Reply(value=out)


async def _start(call: Call, user: User) -> tuple[Token, str]:
    secret = tokens.new_secret()
    now_ms = wall_ms()
    record = Token(
        id=new_token_id(),
        fleet=user.fleet,
        role=user.role,
        secret_sha256=tokens.digest(secret),
        created_at_ms=now_ms,
        label="session",
        subject=user.id,
        expires_at_ms=now_ms + call.system.settings.session_hours * 3_600_000,
    )
    await call.system.stores.people.put_token(record)
    return record, secret


async def _name(call: Call) -> str | None:
    principal = call.principal
    if principal.role is Role.COURIER and principal.courier_id is not None:
        courier = await call.system.stores.people.find_courier(principal.fleet, principal.courier_id)
        return courier.name if courier else None
    return principal.subject if principal.role is Role.SHOP else None


ENDPOINTS = (
    Endpoint(
        method="POST", path=f"{PREFIX}/session", handler=sign_in, tag="people", action=None,
        summary="Sign in with a password", body=SignIn, returns=SessionOut, status=201,
        errors=("wrong_login",),
    ),
    Endpoint(
        method="DELETE", path=f"{PREFIX}/session", handler=sign_out, tag="people", action=Action.SELF_READ,
        summary="Sign out: the token stops working", status=204,
    ),
    Endpoint(
        method="GET", path=f"{PREFIX}/me", handler=me, tag="people", action=Action.SELF_READ,
        summary="Who the token is", returns=MeOut,
    ),
)  # fmt: skip
