"""Enrolling a courier's phone by link or QR code; asking again gives the same link until it is revoked."""

import io

import segno
from aiohttp import web

from domain.errors import Conflict
from domain.ids import CourierId
from domain.people import Token
from server.api import PREFIX, Call, Endpoint, Reply
from server.clock import wall_ms
from server.policy import Action
from server.routes.common import get_courier
from server.schemas.couriers import OnboardingOut, OnboardingQuery

MAX_GENERATIONS = 200


async def onboarding(call: Call) -> Reply | web.StreamResponse:
    """Return the link that signs a courier's phone in."""
    courier = await get_courier(call)
    token, secret = await _standing_token(call, courier.id)
    url = f"{call.system.public_url}/courier#token={secret}"
    svg = _qr_svg(url)
    if call.query(OnboardingQuery).format == "svg":
        return web.Response(text=svg, content_type="image/svg+xml", headers={"Cache-Control": "no-store"})
    return Reply(value=OnboardingOut(url=url, qr_svg=svg, token_id=token.id))


async def _standing_token(call: Call, courier_id: CourierId) -> tuple[Token, str]:
    people = call.system.stores.people
    for generation in range(MAX_GENERATIONS):
        made, secret = call.system.keyring.enrolment(call.principal.fleet, courier_id, generation, wall_ms())
        known = await people.find_token(made.secret_sha256)
        if known is None:
            await people.put_token(made)
            return made, secret
        if known.revoked_at_ms is None:
            return known, secret
    raise Conflict("too_many_links", "this courier had too many links; make a token instead")


def _qr_svg(text: str) -> str:
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", scale=6, border=4, xmldecl=False, dark="#111", light="#fff"
    )
    return out.getvalue().decode()


ENDPOINTS = (
    Endpoint(
        method="GET", path=f"{PREFIX}/couriers/{{courier_id}}/onboarding", handler=onboarding, tag="couriers",
        action=Action.COURIER_ENROL, summary="A link and QR code that sign a courier's phone in",
        query=OnboardingQuery, returns=OnboardingOut, errors=("no_such_courier", "too_many_links"),
    ),
)  # fmt: skip
