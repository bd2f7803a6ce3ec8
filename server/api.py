"""One REST call, declared: path, schemas, right, errors. Routing and OpenAPI read the same declaration.

A handler gets a ``Call`` whose query and body are already of the declared types and whose bearer is known; it
asks ``call.allow`` before it touches anything and returns a value, which is encoded here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import msgspec
from aiohttp import ClientPayloadError, web

from domain.errors import Invalid, Refused, TooLarge
from domain.people import Principal
from domain.ports import OrderDesk
from server.identify import identify
from server.policy import Action, Target, require
from server.system import SYSTEM, System

T = TypeVar("T")
Handler = Callable[["Call"], Awaitable["Reply | web.StreamResponse"]]
PREFIX = "/api/v1"
BODY_TIMEOUT_S = 60.0


class Reply(msgspec.Struct, kw_only=True):
    """What a handler answers: a value to encode (None for an empty body), and headers."""

    value: Any = None
    status: int = 200
    headers: dict[str, str] = {}


class Param(msgspec.Struct, frozen=True, kw_only=True):
    """A header that an endpoint reads."""

    name: str
    description: str
    required: bool = False


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A declared call.

    Attributes:
        action: the right it asks for; None when no token is needed.
        body: type of the JSON body, None when there is none.
        body_optional: an empty body counts as the type's defaults.
        media: for bodies and answers that are not JSON, the media types.
        errors: codes beyond those every call can give.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    tag: str
    action: Action | None
    description: str = ""
    query: type[Any] | None = None
    body: Any = None
    body_optional: bool = False
    body_media: tuple[str, ...] = ("application/json",)
    body_factor: int = 1
    returns: Any = None
    status: int = 200
    media: tuple[str, ...] = ("application/json",)
    headers: tuple[Param, ...] = ()
    errors: tuple[str, ...] = ()


DECLARED: web.AppKey[tuple[Endpoint, ...]] = web.AppKey("declared", tuple)
"""Everything that the application answers, for the document that describes it."""


class Call:
    """One request under way."""

    __slots__ = ("_body", "_desk", "_principal", "_query", "endpoint", "request", "system")

    def __init__(self, request: web.Request, endpoint: Endpoint, principal: Principal | None) -> None:
        self.request = request
        self.endpoint = endpoint
        self.system: System = request.app[SYSTEM]
        self._principal = principal
        self._desk: OrderDesk | None = None
        self._query: Any = None
        self._body: Any = None

    @property
    def principal(self) -> Principal:
        """Who asks; only on endpoints with an action."""
        if self._principal is None:
            raise RuntimeError(f"{self.endpoint.path} needs no token and must not ask for one")
        return self._principal

    @property
    def actor(self) -> str:
        """Return who asks as order events name it: ``user:u_..``, ``shop:..``, ``courier:c_..``."""
        principal = self.principal
        if principal.courier_id is not None:
            return f"courier:{principal.courier_id}"
        kind = principal.role.value if principal.role.value in ("shop", "integration") else "user"
        return f"{kind}:{principal.subject or principal.token_id}"

    def path(self, name: str) -> str:
        """Return a part of the path."""
        return self.request.match_info[name]

    def query(self, kind: type[T]) -> T:
        """Return the query parameters; ``kind`` is the declared type."""
        assert isinstance(self._query, kind)  # noqa: S101 - the adapter decoded it
        return self._query

    def body(self, kind: type[T]) -> T:
        """Return the decoded body; ``kind`` is the declared type."""
        assert isinstance(self._body, kind)  # noqa: S101 - the adapter decoded it
        return self._body

    def allow(self, action: Action | None = None, **relation: Any) -> None:
        """Ask the policy; ``relation`` are fields of ``Target`` (order_id, shop_id, courier_id)."""
        wanted = action or self.endpoint.action
        assert wanted is not None  # noqa: S101 - endpoints without an action never ask
        require(self.principal, wanted, Target(fleet=self.principal.fleet, **relation))

    async def desk(self) -> OrderDesk:
        """Return the desk of the asker's fleet."""
        if self._desk is None:
            self._desk = await self.system.fleets.desk(self.principal.fleet)
        return self._desk

    async def read(self) -> None:
        """Decode query and body as declared."""
        if self.endpoint.query is not None:
            self._query = decode_query(self.request.query, self.endpoint.query)
        if self.endpoint.body is not None:
            self._body = await self._read_body()

    async def raw_body(self) -> bytes:
        """Return the body's bytes, at most the limit.

        Raises:
            TooLarge: ``body_too_large``.
            Refused: ``body_incomplete``.
        """
        limit = self.system.settings.max_body_kib * 1024 * self.endpoint.body_factor
        if (self.request.content_length or 0) > limit:
            raise TooLarge("body_too_large", f"the body may have at most {limit} bytes", limit=limit)
        read = bytearray()
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                async for chunk in self.request.content.iter_chunked(65_536):
                    read += chunk
                    if len(read) > limit:
                        raise TooLarge(
                            "body_too_large", f"the body may have at most {limit} bytes", limit=limit
                        )
        except (TimeoutError, web.RequestPayloadError, ClientPayloadError, ConnectionError):
            raise Refused("body_incomplete", "the body ended early or came too slowly") from None
        return bytes(read)

    async def _read_body(self) -> Any:
        raw = await self.raw_body()
        if not raw.strip() and self.endpoint.body_optional:
            raw = b"{}"
        return decode_json(raw, self.endpoint.body)


def decode_json(raw: bytes, kind: Any) -> Any:
    """Decode a JSON body.

    Raises:
        Refused: ``malformed_json`` when it is no JSON (NaN and Infinity are none).
        Invalid: ``invalid_body`` when types or bounds are wrong; the message names the place.
    """
    try:
        return msgspec.json.decode(raw.decode(), type=kind)
    except msgspec.ValidationError as error:
        raise Invalid("invalid_body", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused("malformed_json", f"the body is not JSON: {error}") from None


def decode_query(query: Mapping[str, str], kind: type[T]) -> T:
    """Decode query parameters, which are texts.

    Raises:
        Invalid: ``invalid_query``; the message names the parameter.
    """
    try:
        return msgspec.convert({k: v for k, v in query.items() if v != ""}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid("invalid_query", str(error)) from None


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a value as JSON; nobody may keep it in a shared cache."""
    return web.Response(
        body=msgspec.json.encode(value),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def adapt(endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the aiohttp handler of an endpoint."""

    async def handle(request: web.Request) -> web.StreamResponse:
        principal = await identify(request) if endpoint.action is not None else None
        call = Call(request, endpoint, principal)
        await call.read()
        reply = await endpoint.handler(call)
        if isinstance(reply, web.StreamResponse):
            return reply
        if reply.value is None:
            return web.Response(status=reply.status, headers=reply.headers)
        return json_response(reply.value, reply.status, reply.headers)

    return handle
