"""Every frame of the three sockets, both directions. No I/O.

The declarations are the schema: AsyncAPI and the pages' TypeScript types are generated from them. The
tag ``type`` names a frame. Unknown fields are ignored. Places are ``lon`` and ``lat`` side by side because
that is the fixed wire format.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from domain.position import Fix

MAX_FRAME_BYTES = 64 * 1024
MAX_FIXES = 500
SUBPROTOCOL_MSGPACK = "relevo.v1.msgpack"

Id = Annotated[str, Meta(min_length=1, max_length=128)]
TokenText = Annotated[str, Meta(max_length=512)]
Millis = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
Seq = Annotated[int, Meta(ge=1, le=2**53 - 1)]


class Resume(Struct, kw_only=True):
    """Where a client was: what it saw last."""

    epoch: Id
    offset: Annotated[int, Meta(ge=0, le=2**53 - 1)]


# --- client to server -----------------------------------------------------------------------------


class Hello(Struct, kw_only=True, tag="hello"):
    """First frame on every socket. ``token`` may be left out only where a signed-in cookie is sent."""

    token: TokenText = ""
    device: Id = "default"
    resume: Resume | None = None
    app: Annotated[str, Meta(max_length=64)] = "relevo"


class Pings(Struct, kw_only=True, tag="pings"):
    """Fixes of one device; ``seq`` grows by one per frame."""

    seq: Seq
    fixes: Annotated[tuple[Fix, ...], Meta(min_length=1, max_length=MAX_FIXES)]


class LoosePings(Struct, kw_only=True, tag="pings"):
    """The same frame read leniently, so that one malformed fix does not cost the others."""

    seq: Seq
    fixes: Annotated[tuple[msgspec.Raw, ...], Meta(min_length=1, max_length=MAX_FIXES)]


class Action(Struct, kw_only=True, tag="action"):
    """What the courier did at a stop; idempotent by ``id``; safe to send hours late."""

    id: Id
    stop_id: Id
    action: Literal["arrived", "picked_up", "delivered", "failed"]
    at_ms: Millis
    reason: Annotated[str, Meta(max_length=500)] | None = None
    proof: dict[str, str | int | float | bool | None] | None = None


class SetShift(Struct, kw_only=True, tag="shift"):
    """Start, pause or end work. The server answers with the same frame."""

    state: Literal["on", "off", "break"]


class OfferReply(Struct, kw_only=True, tag="offer_reply"):
    """Yes or no to an offer."""

    offer_id: Id
    accept: bool
    reason: Annotated[str, Meta(max_length=200)] | None = None


class Subscribe(Struct, kw_only=True, tag="subscribe"):
    """Which fleet and which part of the map to show; again any time to move the viewport."""

    fleet: Id
    bbox: tuple[float, float, float, float] | None = None


CourierFrame = Pings | Action | SetShift | OfferReply | Hello
ViewerFrame = Subscribe | Hello


# --- server to client -----------------------------------------------------------------------------


class WindowView(Struct, kw_only=True):
    """A time window, open sides null."""

    earliest_at_ms: int | None = None
    latest_at_ms: int | None = None


class EtaView(Struct, kw_only=True):
    """An expected arrival with its 80 % range."""

    p10_at_ms: int
    p50_at_ms: int
    p90_at_ms: int


class PaymentView(Struct, kw_only=True):
    """What to collect."""

    method: str
    amount_cents: int
    currency: str


class StopView(Struct, kw_only=True):
    """One stop of a route."""

    stop_id: str
    kind: str
    order_id: str
    lon: float
    lat: float
    name: str | None
    notes: str | None
    window: WindowView
    eta_at_ms: int
    address: str | None = None
    phone: str | None = None
    ref: str | None = None
    status: str | None = None
    ready_at_ms: int | None = None
    committed: bool = False
    payment: PaymentView | None = None
    eta: EtaView | None = None


class RouteView(Struct, kw_only=True):
    """A courier's stops in order."""

    courier_id: str
    version: int
    stops: list[StopView]


class Welcome(Struct, kw_only=True, tag="welcome"):
    """Answer to a courier's hello; ``seq`` is the last durable ping frame of this device."""

    courier_id: str
    seq: int
    epoch: str
    offset: int
    server_at_ms: int
    route: RouteView
    name: str
    shift: str
    fleet: str
    time_zone: str
    time_scale: float = 1.0


class Ack(Struct, kw_only=True, tag="ack"):
    """Every frame up to ``seq`` is durable."""

    seq: int


class Rejected(Struct, kw_only=True, tag="rejected"):
    """How many fixes of a frame were not believed, by reason; the frame is acknowledged all the same."""

    seq: int
    counts: dict[str, int]


class ActionAck(Struct, kw_only=True, tag="action_ack", omit_defaults=True):
    """What became of an action."""

    id: str
    result: Literal["ok", "refused"]
    code: str | None = None
    message: str | None = None


class ShiftState(Struct, kw_only=True, tag="shift"):
    """The courier's shift as the server has it."""

    state: str


class Offer(Struct, kw_only=True, tag="offer"):
    """Asks a courier to take orders; ``why`` says what it would cost and who else could."""

    offer_id: str
    stops: list[StopView]
    expires_at_ms: int
    why: dict[str, Any]


class OfferOver(Struct, kw_only=True, tag="offer_over"):
    """An offer ended: accepted, declined, expired or withdrawn."""

    offer_id: str
    result: str


class RouteFrame(Struct, kw_only=True, tag="route"):
    """The courier's whole route, replacing the one before."""

    courier_id: str
    version: int
    stops: list[StopView]


class ErrorFrame(Struct, kw_only=True, tag="error"):
    """A frame was refused; the connection stays unless it is closed right after."""

    code: str
    message: str
    detail: dict[str, Any] = {}


class OrderEnd(Struct, kw_only=True):
    """One end of an order as viewers see it."""

    lon: float
    lat: float
    name: str | None = None
    address: str | None = None
    phone: str | None = None
    notes: str | None = None
    ready_at_ms: int | None = None
    window: WindowView = msgspec.field(default_factory=WindowView)


class OrderEta(Struct, kw_only=True):
    """Expected times of an order's open stops."""

    pickup: EtaView | None = None
    dropoff: EtaView | None = None


class OrderView(Struct, kw_only=True):
    """An order as a dispatcher sees it."""

    id: str
    status: str
    ref: str | None
    courier_id: str | None
    pinned: bool
    pickup: OrderEnd
    dropoff: OrderEnd
    eta: OrderEta
    placed_at_ms: int
    version: int
    unassigned_reason: str | None = None
    group: str | None = None
    requires: list[str] = []
    payment: PaymentView | None = None
    late: bool = False


class CourierView(Struct, kw_only=True):
    """A courier as a dispatcher sees them; the position fields are null before the first fix."""

    id: str
    name: str
    vehicle: str
    shift: str
    presence: str
    lon: float | None = None
    lat: float | None = None
    heading_deg: float | None = None
    speed_mps: float | None = None
    fix_at_ms: int | None = None
    battery_pct: float | None = None


class ZoneView(Struct, kw_only=True):
    """A zone; ``geometry`` is GeoJSON, a circle as a Point with ``radius_m``."""

    id: str
    name: str
    kind: str
    geometry: dict[str, Any]
    radius_m: float | None = None


class Snapshot(Struct, kw_only=True, tag="snapshot"):
    """Everything within the subscription, as of ``offset``."""

    epoch: str
    offset: int
    server_at_ms: int
    time_scale: float
    fleet: dict[str, Any]
    couriers: list[CourierView]
    orders: list[OrderView]
    routes: list[RouteView]
    zones: list[ZoneView]


PositionRow = tuple[str, float, float, float | None, float | None, int, str]
"""courier_id, lon, lat, heading_deg, speed_mps, fix_at_ms, presence"""


class OrderStatusEvent(Struct, kw_only=True, tag="order_status"):
    """An order changed; ``order`` is its whole new view, null once the viewer need not show it."""

    at_ms: int
    order_id: str
    status: str
    courier_id: str | None
    order: OrderView | None = None


class RouteEvent(Struct, kw_only=True, tag="route"):
    """A courier's route changed."""

    at_ms: int
    courier_id: str
    version: int
    stops: list[StopView]


class OfferEvent(Struct, kw_only=True, tag="offer"):
    """An offer was made or ended; ``result`` is made, accepted, declined, expired or withdrawn."""

    at_ms: int
    order_id: str
    courier_id: str
    result: str
    offer_id: str


class FenceEvent(Struct, kw_only=True, tag="fence", omit_defaults=True):
    """A courier entered, exited, crossed or dwelled."""

    at_ms: int
    id: str
    courier_id: str
    kind: str
    late: bool = False
    visit: int = 1
    zone_id: str | None = None
    stop_id: str | None = None


class FenceCorrectionEvent(Struct, kw_only=True, tag="fence_correction", omit_defaults=True):
    """A fix that came late showed that a fence event happened at another time (``at_ms``), or not at all.

    ``corrects`` is the id of the event told last about it; ``retracted`` tells that it did not happen.
    """

    at_ms: int
    id: str
    corrects: str
    courier_id: str
    kind: str
    retracted: bool = False
    late: bool = False
    visit: int = 1
    zone_id: str | None = None
    stop_id: str | None = None


class PresenceEvent(Struct, kw_only=True, tag="presence"):
    """A courier came into or went out of contact."""

    at_ms: int
    courier_id: str
    presence: str


class CourierEvent(Struct, kw_only=True, tag="courier"):
    """A courier was added or edited, or went on or off shift."""

    at_ms: int
    courier_id: str
    courier: CourierView


class ZoneEvent(Struct, kw_only=True, tag="zone"):
    """A zone was drawn, edited, or (``zone`` null) removed."""

    at_ms: int
    zone_id: str
    zone: ZoneView | None


class AlertEvent(Struct, kw_only=True, tag="alert"):
    """Something that needs a dispatcher."""

    at_ms: int
    kind: str
    order_id: str | None = None
    courier_id: str | None = None
    detail: dict[str, Any] = {}


LiveEvent = (
    OrderStatusEvent
    | RouteEvent
    | OfferEvent
    | FenceEvent
    | FenceCorrectionEvent
    | PresenceEvent
    | CourierEvent
    | ZoneEvent
    | AlertEvent
)


class Delta(Struct, kw_only=True, tag="delta"):
    """What changed since the frame before; at most one per tick."""

    offset: int
    positions: list[PositionRow]
    events: list[LiveEvent]


class TrackCourier(Struct, kw_only=True):
    """The courier on the way to a customer: first name and place, nothing else."""

    name: str
    lon: float
    lat: float
    heading_deg: float | None
    fix_at_ms: int


class TrackState(Struct, kw_only=True, tag="state"):
    """All that a waiting customer may know."""

    status: str
    eta: EtaView | None
    stops_before: int | None
    courier: TrackCourier | None
    dropoff: dict[str, Any]
    fleet_name: str
    time_zone: str
    server_at_ms: int
    time_scale: float = 1.0


CourierReply = Welcome | Ack | Rejected | ActionAck | ShiftState | Offer | OfferOver | RouteFrame | ErrorFrame
ViewerReply = Snapshot | Delta | ErrorFrame
TrackReply = TrackState | ErrorFrame
