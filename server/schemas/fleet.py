"""Bodies about zones, people, tokens and the server itself."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from domain.courier import Vehicle
from domain.zone import ZoneKind
from server.schemas.common import Id, Limit, Line, Name, Time

Coordinate = Annotated[list[Annotated[float, Meta(ge=-180, le=180)]], Meta(min_length=2, max_length=3)]
Ring = Annotated[list[Coordinate], Meta(min_length=4, max_length=10_000)]
PolygonRings = Annotated[list[Ring], Meta(min_length=1, max_length=100)]


class PointGeometry(Struct, kw_only=True, tag="Point"):
    """GeoJSON Point: the centre of a circle."""

    coordinates: Coordinate


class PolygonGeometry(Struct, kw_only=True, tag="Polygon"):
    """GeoJSON Polygon: shell, then holes."""

    coordinates: PolygonRings


class MultiPolygonGeometry(Struct, kw_only=True, tag="MultiPolygon"):
    """GeoJSON MultiPolygon."""

    coordinates: Annotated[list[PolygonRings], Meta(min_length=1, max_length=100)]


class ZoneIn(Struct, kw_only=True):
    """A zone. A circle is a Point with ``radius_m``. ``vehicles``: whom ``no_go`` keeps out; [] all."""

    name: Name
    geometry: PointGeometry | PolygonGeometry | MultiPolygonGeometry
    kind: ZoneKind = ZoneKind.OTHER
    radius_m: Annotated[float, Meta(gt=0, le=100_000)] | None = None
    dwell_s: Annotated[int, Meta(ge=1, le=86_400)] | None = None
    vehicles: Annotated[list[Vehicle], Meta(max_length=len(Vehicle))] = []


class ZoneOut(Struct, kw_only=True):
    """A zone."""

    id: str
    name: str
    kind: str
    geometry: dict[str, Any]
    radius_m: float | None
    dwell_s: int | None
    vehicles: list[str]
    version: int


class ZonesOut(Struct, kw_only=True):
    """The fleet's zones."""

    zones: list[ZoneOut]


class ClockOut(Struct, kw_only=True):
    """The server's time; ``scale`` is above 1 in a simulation."""

    now_ms: int
    scale: float


class SignIn(Struct, kw_only=True):
    """Who signs in."""

    login: Annotated[str, Meta(min_length=1, max_length=200)]
    password: Annotated[str, Meta(min_length=1, max_length=200)]


class SessionOut(Struct, kw_only=True):
    """A session. The cookie holds the same token; with the cookie, send ``csrf`` as ``X-CSRF-Token``."""

    token: str
    role: str
    fleet: str
    user_id: str
    name: str
    expires_at: str
    csrf: str


class FleetOut(Struct, kw_only=True):
    """One co-op; ``currency`` is the ISO 4217 code of what its orders cost."""

    slug: str
    name: str
    lon: float
    lat: float
    time_zone: str
    currency: str


class MeOut(Struct, kw_only=True):
    """Who the token is. ``csrf`` is there when it came in a cookie."""

    role: str
    fleet: FleetOut
    subject: str | None
    name: str | None
    courier_id: str | None
    order_id: str | None
    time_scale: float
    csrf: str | None


class NewTokenIn(Struct, kw_only=True):
    """A new token. Role courier needs ``courier_id``; role shop needs ``subject``, the shop's name."""

    role: Literal["owner", "dispatcher", "viewer", "courier", "shop", "integration"]
    label: Line = ""
    courier_id: Id | None = None
    subject: Id | None = None
    expires_at: Time | None = None


class TokenInfo(Struct, kw_only=True):
    """A token without its secret."""

    id: str
    role: str
    label: str
    subject: str | None
    courier_id: str | None
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


class TokensOut(Struct, kw_only=True):
    """The fleet's tokens, without tracking links."""

    tokens: list[TokenInfo]


class Health(Struct, kw_only=True, omit_defaults=True):
    """Whether the server can work; ``notes`` are about parts that nothing depends on, such as streets."""

    status: Literal["ok", "unavailable", "draining"]
    checks: dict[str, str] = {}
    notes: dict[str, str] = {}


class WebhookIn(Struct, kw_only=True):
    """Where to call, and for which events; no events means all."""

    url: Annotated[str, Meta(max_length=2000, pattern="^https?://")]
    events: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=50)] = []


class WebhookOut(Struct, kw_only=True, omit_defaults=True):
    """A webhook; ``secret`` is shown once, when it is made."""

    id: str
    url: str
    events: list[str]
    created_at: str
    active: bool = True
    secret: str | None = None


class WebhooksOut(Struct, kw_only=True):
    """The fleet's webhooks."""

    webhooks: list[WebhookOut]


class DeliveryOut(Struct, kw_only=True):
    """A message; ``result`` is the HTTP status of the last attempt, or a word such as ``timeout``."""

    id: str
    type: str
    state: str
    attempts: int
    result: str | None
    created_at: str
    attempted_at: str | None
    due_at: str | None


class DeliveriesOut(Struct, kw_only=True):
    """A webhook's messages, newest first."""

    deliveries: list[DeliveryOut]


class DeliveryQuery(Struct, kw_only=True):
    """How many attempts to show."""

    limit: Limit = 50
