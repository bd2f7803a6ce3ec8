"""Bodies about orders."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from domain.order import OrderStatus, PaymentMethod
from server.schemas.common import EtaBody, Id, Lat, Limit, Line, Lon, Name, Notes, Phone, Time, WindowBody

Tag = Annotated[str, Meta(min_length=1, max_length=40)]
Tags = Annotated[list[Tag], Meta(max_length=20)]


class PlaceIn(Struct, kw_only=True, omit_defaults=True):
    """One end of an order as it is sent."""

    lon: Lon
    lat: Lat
    address: Line | None = None
    name: Name | None = None
    phone: Phone | None = None
    notes: Notes | None = None
    ready_at: Time | None = None
    window: WindowBody | None = None
    service_s: Annotated[int, Meta(ge=0, le=7200)] | None = None


class SizeIn(Struct, kw_only=True, omit_defaults=True):
    """How much room an order takes."""

    weight_g: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    volume_l: Annotated[float, Meta(ge=0, le=10_000)] = 0.0


class PaymentIn(Struct, kw_only=True):
    """What the customer pays; in the fleet's currency when none is named."""

    method: PaymentMethod
    amount_cents: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] | None = None


class PaymentOut(Struct, kw_only=True):
    """What the customer pays."""

    method: PaymentMethod
    amount_cents: int
    currency: str


class OrderIn(Struct, kw_only=True, omit_defaults=True):
    """A new order. ``shop`` lets a dispatcher enter it for a shop; a shop's own token fills it in.

    ``on_board_max_s``: longest time the goods may travel.
    """

    pickup: PlaceIn
    dropoff: PlaceIn
    size: SizeIn | None = None
    requires: Tags = []
    payment: PaymentIn | None = None
    ref: Annotated[str, Meta(max_length=100)] | None = None
    group: Annotated[str, Meta(max_length=100)] | None = None
    priority: Annotated[int, Meta(ge=-10, le=10)] = 0
    on_board_max_s: Annotated[int, Meta(ge=60, le=86_400)] | None = None
    shop: Id | None = None


class OrderPatch(Struct, kw_only=True, omit_defaults=True):
    """JSON merge patch (RFC 7396) on what was sent: null removes, what is absent stays.

    Places, size and payment are merged field by field.
    """

    pickup: dict[str, Any] | UnsetType = UNSET
    dropoff: dict[str, Any] | UnsetType = UNSET
    size: dict[str, Any] | UnsetType | None = UNSET
    requires: Tags | UnsetType | None = UNSET
    payment: dict[str, Any] | UnsetType | None = UNSET
    ref: str | UnsetType | None = UNSET
    group: str | UnsetType | None = UNSET
    priority: int | UnsetType | None = UNSET
    on_board_max_s: int | UnsetType | None = UNSET


class PlaceOut(Struct, kw_only=True):
    """One end of an order."""

    lon: float
    lat: float
    address: str | None
    name: str | None
    phone: str | None
    notes: str | None
    ready_at: str | None
    window: dict[str, str | None]
    service_s: int | None


class OrderEtaOut(Struct, kw_only=True):
    """Expected times of the open stops."""

    pickup: EtaBody | None = None
    dropoff: EtaBody | None = None


class OrderOut(Struct, kw_only=True):
    """An order."""

    id: str
    status: OrderStatus
    courier_id: str | None
    pinned: bool
    pickup: PlaceOut
    dropoff: PlaceOut
    size: SizeIn
    requires: list[str]
    payment: PaymentOut | None
    ref: str | None
    group: str | None
    priority: int
    on_board_max_s: int | None
    ready_told_at: str | None
    excluded: list[str]
    shop: str | None
    eta: OrderEtaOut
    unassigned_reason: str | None
    failed_reason: str | None
    tracking_url: str | None
    placed_at: str
    reached_at: dict[str, str]
    version: int


class OrderPage(Struct, kw_only=True):
    """Orders, newest first. ``next`` is the cursor of the next page, null at the end."""

    orders: list[OrderOut]
    next: str | None


class OrderQuery(Struct, kw_only=True):
    """Which orders to list; ``status`` may hold several, separated by commas."""

    status: Annotated[str, Meta(max_length=200)] = ""
    since: Time | None = None
    cursor: Annotated[str, Meta(max_length=200)] | None = None
    limit: Limit = 100


class ReasonIn(Struct, kw_only=True):
    """Why."""

    reason: Line | None = None


class AssignIn(Struct, kw_only=True):
    """Who shall carry an order; ``pin`` keeps the planner from changing it."""

    courier_id: Id
    pin: bool = True


class ExcludeIn(Struct, kw_only=True):
    """Whom an order shall not go to; ``excluded`` false lets them be asked again."""

    courier_id: Id
    excluded: bool = True


class PlaceRef(Struct, kw_only=True):
    """A place."""

    lon: Lon
    lat: Lat


class HandOverIn(Struct, kw_only=True):
    """Who takes the goods over (null: whom the planner chooses), and where.

    ``at``: they meet there; null: half-way. ``hub``: a zone of that kind, where nobody waits for the other.
    """

    courier_id: Id | None = None
    at: PlaceRef | None = None
    hub: Id | None = None


class OrderEventOut(Struct, kw_only=True):
    """One line of an order's history."""

    version: int
    trigger: str
    status: OrderStatus
    at: str
    recorded_at: str
    actor: str
    courier_id: str | None
    detail: dict[str, Any]


class OrderEventsOut(Struct, kw_only=True):
    """An order's history, oldest first."""

    events: list[OrderEventOut]


class ImportRow(Struct, kw_only=True, omit_defaults=True):
    """What became of one row; ``row`` counts from 1 below the header."""

    row: int
    result: Literal["created", "refused"]
    id: str | None = None
    ref: str | None = None
    code: str | None = None
    message: str | None = None


class ImportOut(Struct, kw_only=True):
    """What became of an import."""

    created: int
    refused: int
    rows: list[ImportRow]


class StopOut(Struct, kw_only=True):
    """One planned visit."""

    stop_id: str
    kind: str
    order_id: str
    lon: float
    lat: float
    name: str | None
    eta_at: str
    leave_at: str
    committed: bool
    eta: EtaBody | None


class RouteOut(Struct, kw_only=True):
    """A courier's stops in order."""

    courier_id: str
    version: int
    stops: list[StopOut]


class PlanOut(Struct, kw_only=True):
    """Who does what, and what nobody does."""

    epoch: int
    at: str
    routes: list[RouteOut]
    unassigned: list[dict[str, str]]
