"""A fleet's tokens: list, make, revoke."""

from domain.errors import Invalid, NotFound
from domain.ids import CourierId, TokenId, new_token_id
from domain.people import Role, Token
from server import tokens
from server.api import PREFIX, Call, Endpoint, Reply
from server.clock import wall_ms
from server.policy import Action
from server.routes.common import find_courier
from server.schemas.common import from_ms, to_ms
from server.schemas.couriers import TokenOut
from server.schemas.fleet import NewTokenIn, TokensOut
from server.views import token_info


async def list_tokens(call: Call) -> Reply:
    """List the fleet's tokens, newest first; tracking links are left out."""
    call.allow()
    records = await call.system.stores.people.tokens(call.principal.fleet)
    shown = sorted((r for r in records if r.role is not Role.TRACKING), key=lambda r: -r.created_at_ms)
    return Reply(value=TokensOut(tokens=[token_info(record) for record in shown]))


async def make(call: Call) -> Reply:
    """Make a token."""
    call.allow()
    body = call.body(NewTokenIn)
    role = Role(body.role)
    if (role is Role.COURIER) != (body.courier_id is not None):
        raise Invalid("invalid_body", "courier_id goes with role courier, and only with it")
    if role is Role.SHOP and body.subject is None:
        raise Invalid("invalid_body", "role shop needs subject, the shop's name")
    courier = await find_courier(call, CourierId(body.courier_id)) if body.courier_id else None
    secret = tokens.new_secret()
    record = Token(
        id=new_token_id(),
        fleet=call.principal.fleet,
        role=role,
        secret_sha256=tokens.digest(secret),
        created_at_ms=wall_ms(),
        label=body.label,
        subject=body.subject,
        courier_id=courier.id if courier else None,
        expires_at_ms=to_ms(body.expires_at, "expires_at"),
    )
    await call.system.stores.people.put_token(record)
    out = TokenOut(
        token=secret,
        token_id=record.id,
        role=record.role,
        fleet=record.fleet,
        courier_id=record.courier_id,
        subject=record.subject,
        expires_at=from_ms(record.expires_at_ms),
    )
    return Reply(value=out, status=201)


async def revoke(call: Call) -> Reply:
    """Revoke a token; it stops working at once."""
    call.allow()
    token_id = TokenId(call.path("token_id"))
    if not await call.system.stores.people.revoke_token(call.principal.fleet, token_id, wall_ms()):
        raise NotFound("no_such_token", "there is no such token in this fleet")
    call.system.authenticator.forget(token_id)
    call.system.hub.revoked(token_id)
    return Reply(status=204)


_TOKENS = f"{PREFIX}/tokens"

ENDPOINTS = (
    Endpoint(
        method="GET", path=_TOKENS, handler=list_tokens, tag="people", action=Action.TOKEN_MANAGE,
        summary="List tokens", returns=TokensOut,
    ),
    Endpoint(
        method="POST", path=_TOKENS, handler=make, tag="people", action=Action.TOKEN_MANAGE,
        summary="Make a token", body=NewTokenIn, returns=TokenOut, status=201, errors=("no_such_courier",),
    ),
    Endpoint(
        method="DELETE", path=f"{_TOKENS}/{{token_id}}", handler=revoke, tag="people",
        action=Action.TOKEN_MANAGE, summary="Revoke a token", status=204, errors=("no_such_token",),
    ),
)  # fmt: skip
