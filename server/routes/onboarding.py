"""Enrolling a courier's phone by link or QR code, on our own page and in phone-tracker apps.

Every link has a token of its own. Asking again gives the same link until its token is revoked.
"""

import io

import segno
from aiohttp import web

from domain.courier import Courier
from domain.errors import Conflict
from domain.people import Token
from server.api import PREFIX, Call, Endpoint, Reply
from server.clock import wall_ms
from server.phone_setup import PhoneApp, phone_setup
from server.policy import Action
from server.routes.common import get_courier
from server.schemas.couriers import OnboardingOut, OnboardingQuery, PhoneAppOut

MAX_GENERATIONS = 200


async def onboarding(call: Call) -> Reply | web.StreamResponse:
    """Return the link that signs a courier's phone in, and how to set tracker apps up."""
    courier = await get_courier(call)
    token, secret = await _standing_token(call, courier)
    url = f"{call.system.public_url}/courier#token={secret}"
    svg = _qr_svg(url)
    if call.query(OnboardingQuery).format == "svg":
        return web.Response(text=svg, content_type="image/svg+xml", headers={"Cache-Control": "no-store"})
    apps = [await _app(call, courier, app) for app in PhoneApp]
    return Reply(
        value=OnboardingOut(url=url, qr_svg=svg, token_id=token.id, apps=apps),
        headers={"Cache-Control": "no-store"},
    )


async def _app(call: Call, courier: Courier, app: PhoneApp) -> PhoneAppOut:
    token, secret = await _standing_token(call, courier, app)
    setup = phone_setup(app, call.system.public_url, secret, courier.id, courier.name)
    return PhoneAppOut(
        app=app,
        url=setup.url,
        link=setup.link,
        qr_svg=_qr_svg(setup.code),
        settings=setup.settings,
        token_id=token.id,
    )


async def _standing_token(call: Call, courier: Courier, app: PhoneApp | None = None) -> tuple[Token, str]:
    people = call.system.stores.people
    for generation in range(MAX_GENERATIONS):
        made, secret = call.system.keyring.enrolment(courier.fleet, courier.id, generation, wall_ms(), app)
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
        action=Action.COURIER_ENROL, summary="Links and QR codes that enrol a courier's phone",
        query=OnboardingQuery, returns=OnboardingOut, errors=("no_such_courier", "too_many_links"),
    ),
)  # fmt: skip
