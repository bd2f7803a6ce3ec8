"""Addresses for phone-tracker apps.

``/in/o`` OsmAnd and Traccar Client, ``/in/ot`` OwnTracks, ``/in/g`` GPSLogger, ``/in/cc`` CoopCycle. These
apps take the status for an acknowledgement, so they never get a problem document: what to answer is
``tracker.ingest.phones.replies``, and whatever else happens is answered 503, which keeps their records safe.
The courier's token is in the path, because most of these apps cannot set headers, or the password of Basic
authentication, or a bearer. Every record ends in the same pipeline as a WebSocket frame.
"""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, Iterable

import structlog
from aiohttp import web

from domain.errors import RelevoError, TooMany, Unauthenticated, Unavailable
from domain.events import Alert
from domain.ids import CourierId, DeviceId, FleetId
from domain.people import Principal, Role
from domain.ports import PingBatch
from domain.position import Fix
from server.phone_answers import PhoneAnswers
from server.system import SYSTEM, System
from tracker.ingest.phones import PhoneMessage, PhoneRequest, Protocol, decode
from tracker.ingest.phones.replies import PhoneReply, accepted, try_again, unknown_token

MAX_BODY_BYTES = 1024 * 1024
FIXES_PER_FRAME = 500
ANSWER_WITHIN_S = 10.0
"""Wall seconds for a record to become durable; Traccar Client hangs up after 15 without an answer."""
_ANSWERS: web.AppKey[PhoneAnswers] = web.AppKey("phone_answers", PhoneAnswers)
_log = structlog.get_logger("relevo.phones")


def add_phones(app: web.Application) -> None:
    """Add the addresses; apps differ in the method they use, so any is taken."""
    app[_ANSWERS] = PhoneAnswers(app[SYSTEM])
    for path, protocol in (
        ("/in/o/{token}", Protocol.OSMAND),
        ("/in/ot/{token}", Protocol.OWNTRACKS),
        ("/in/ot", Protocol.OWNTRACKS),
        ("/in/g/{token}", Protocol.GPSLOGGER),
        ("/in/cc", Protocol.COOPCYCLE),
    ):
        for ending in ("", "/"):
            app.router.add_route("*", path + ending, _handler(protocol))


def _handler(protocol: Protocol) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        reply = await _serve(request, protocol)
        headers = {"Cache-Control": "no-store"}
        response = web.Response(
            status=reply.status, body=reply.body, content_type=reply.content_type, headers=headers
        )
        if request.content.exception() is not None:
            response.force_close()  # where the next request would begin is not known
        return response

    return handle


async def _serve(request: web.Request, protocol: Protocol) -> PhoneReply:
    system = request.app[SYSTEM]
    try:
        principal, secret = await _courier(request, system)
        system.limits.per_token.take(principal.token_id)
        body = await _body(request)
        message = _decoded(request, protocol, body, system.clock.now_ms(), secret)
        await _take(system, principal, protocol, message)
    except Unauthenticated as error:
        system.metrics.phone_refused(protocol, error.code)
        _log.info("phone_refused", protocol=protocol, code=error.code)
        await _tell_owner(request, system)
        return unknown_token()
    except (Unavailable, TooMany) as error:
        _log.info("phone_put_off", protocol=protocol, code=error.code)
        return try_again()
    except RelevoError as error:
        _log.warning("phone_put_off", protocol=protocol, code=error.code)
        return try_again()
    if protocol is not Protocol.OWNTRACKS:
        return accepted(protocol)
    answers = request.app[_ANSWERS]
    return accepted(
        protocol,
        friends=await answers.friends(principal),
        places=await answers.places(principal, _device(protocol, message)),
        secret=secret if message.encrypted else None,
    )


async def _courier(request: web.Request, system: System) -> tuple[Principal, str]:
    """Return the courier whose token came, and the token.

    Raises:
        Unauthenticated: no token was among what came, or it is no courier's.
    """
    failure = Unauthenticated("no_token", "a courier's token is needed in the path or as password")
    for secret in _secrets(request):
        try:
            principal = await system.authenticator.authenticate(secret)
        except Unauthenticated as error:
            failure = error
            continue
        if principal.role is Role.COURIER and principal.courier_id is not None:
            return principal, secret
        failure = Unauthenticated("not_a_courier", "this token is not a courier's")
    raise failure


async def _tell_owner(request: web.Request, system: System) -> None:
    """Note in the diagnosis of whoever's link this was that it counts no more."""
    for secret in _secrets(request):
        owner = await system.authenticator.find_owner(secret)
        if owner is not None and owner.courier_id is not None:
            system.pings.phone_refused(owner.fleet, owner.courier_id)


def _secrets(request: web.Request) -> Iterable[str]:
    """Yield what may be the token: from the path, the Basic password, the Basic user, the bearer."""
    from_path = request.match_info.get("token")
    if from_path:
        yield from_path
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield rest.strip()
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return
        yield from (text for text in (password, user) if text)


async def _body(request: web.Request) -> bytes | None:
    """Return the body, None when it is larger than any app sends, or damaged, and will be so again."""
    read = bytearray()
    try:
        async for chunk in request.content.iter_chunked(65_536):
            read += chunk
            if len(read) > MAX_BODY_BYTES:
                return None
    except web.RequestPayloadError:
        return None
    except (ConnectionError, TimeoutError):
        raise Unavailable("body_incomplete", "the body ended early") from None
    return bytes(read)


def _decoded(
    request: web.Request, protocol: Protocol, body: bytes | None, now_ms: int, secret: str
) -> PhoneMessage:
    if body is None:
        return PhoneMessage(kind="unreadable", app=protocol, malformed=1)
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = tuple(request.query.items())
    return decode(
        protocol, PhoneRequest(headers=headers, query=query, body=body, now_ms=now_ms, secret=secret)
    )


async def _take(system: System, principal: Principal, protocol: Protocol, message: PhoneMessage) -> None:
    """Send what a phone said through the pipeline, and return once it is durable."""
    courier_id = principal.courier_id
    assert courier_id is not None  # noqa: S101 - checked with the token
    await system.fleets.desk(principal.fleet)
    if message.power_saver is not None:
        system.pings.phone_says(principal.fleet, courier_id, power_saver=message.power_saver)
    if message.fixes or message.malformed:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await _submit(system, principal.fleet, courier_id, _device(protocol, message), message)
        except TimeoutError:
            raise Unavailable("live_store_unavailable", "the record is not durable yet") from None
    if message.alarm is not None:
        _cry_for_help(system, principal, courier_id, message.alarm)


async def _submit(
    system: System, fleet: FleetId, courier_id: CourierId, device: DeviceId, message: PhoneMessage
) -> None:
    """Return once all fixes are durable; who gives up waiting may send them again, they are kept once."""
    for number, fixes in enumerate(_frames(message.fixes)):
        await system.pings.submit_next(
            PingBatch(
                fleet=fleet,
                courier_id=courier_id,
                device=device,
                seq=0,
                fixes=fixes,
                indexes=tuple(range(len(fixes))),
                received_at_ms=system.clock.now_ms(),
                malformed=message.malformed if number == 0 else 0,
                app=message.app,
            )
        )


def _device(protocol: Protocol, message: PhoneMessage) -> DeviceId:
    return DeviceId(f"{protocol}:{message.device or 'phone'}")


def _frames(fixes: tuple[Fix, ...]) -> Iterable[tuple[Fix, ...]]:
    if not fixes:
        yield ()
    for start in range(0, len(fixes), FIXES_PER_FRAME):
        yield fixes[start : start + FIXES_PER_FRAME]


def _cry_for_help(system: System, principal: Principal, courier_id: CourierId, alarm: str) -> None:
    system.bus(
        [
            Alert(
                fleet=principal.fleet,
                at_ms=system.clock.now_ms(),
                kind="phone_alarm",
                courier_id=courier_id,
                detail={"alarm": alarm[:64]},
            )
        ]
    )
