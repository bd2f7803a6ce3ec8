"""What happened, as one side of the system tells the other. Values only; ``server`` wires who listens."""

import msgspec

from domain.courier import Courier
from domain.ids import CourierId, FleetId, OfferId, OrderId, StopId, ZoneId
from domain.order import Order
from domain.plan import Route
from domain.position import Position, Presence
from domain.zone import FenceEventKind, Zone


class _Event(msgspec.Struct, frozen=True, kw_only=True):
    fleet: FleetId
    at_ms: int


class PositionChanged(_Event, frozen=True, kw_only=True):
    """A courier's live position moved forward in event time."""

    position: Position
    presence: Presence


class PresenceChanged(_Event, frozen=True, kw_only=True):
    """A courier's phone came into or went out of contact."""

    courier_id: CourierId
    presence: Presence


class FenceCrossed(_Event, frozen=True, kw_only=True):
    """A courier entered, left, crossed or stayed in a zone or at a stop.

    ``id`` is the same however often the event is told; ``at_ms`` event time; ``late``: its fixes came late.
    """

    id: str
    courier_id: CourierId
    kind: FenceEventKind
    visit: int
    late: bool
    zone_id: ZoneId | None = None
    stop_id: StopId | None = None


class FenceCorrected(_Event, frozen=True, kw_only=True):
    """A late fix showed that a ``FenceCrossed`` told before happened at another time, or not at all.

    ``corrects`` is the id of what was told last about it; ``at_ms`` the true event time (of a retraction: the
    one told before), ``was_at_ms`` the one told before.
    """

    id: str
    corrects: str
    retracted: bool
    was_at_ms: int
    courier_id: CourierId
    kind: FenceEventKind
    visit: int
    late: bool
    zone_id: ZoneId | None = None
    stop_id: StopId | None = None


class OrderChanged(_Event, frozen=True, kw_only=True):
    """An order entered a state, or another of its facts changed; ``trigger`` is what did it."""

    order: Order
    trigger: str


class RouteChanged(_Event, frozen=True, kw_only=True):
    """A courier's stops or their times changed."""

    route: Route


class OfferMade(_Event, frozen=True, kw_only=True):
    """A courier is asked to take orders."""

    offer_id: OfferId
    courier_id: CourierId
    order_ids: tuple[OrderId, ...]
    expires_at_ms: int
    why: dict[str, object]


class OfferEnded(_Event, frozen=True, kw_only=True):
    """An offer was ``accepted``, ``declined``, ``expired`` or ``withdrawn``."""

    offer_id: OfferId
    courier_id: CourierId
    order_ids: tuple[OrderId, ...]
    result: str


class CourierChanged(_Event, frozen=True, kw_only=True):
    """A courier was added, edited, or went on or off shift."""

    courier: Courier


class ZoneChanged(_Event, frozen=True, kw_only=True):
    """A zone was drawn or edited (``zone``), or removed (``zone`` is None)."""

    zone_id: ZoneId
    zone: Zone | None


class Alert(_Event, frozen=True, kw_only=True):
    """Something a dispatcher should look at; ``kind`` is a stable code such as ``order_late``."""

    kind: str
    order_id: OrderId | None = None
    courier_id: CourierId | None = None
    detail: dict[str, str | int | float | bool | None] = {}


Event = (
    PositionChanged
    | PresenceChanged
    | FenceCrossed
    | FenceCorrected
    | OrderChanged
    | RouteChanged
    | OfferMade
    | OfferEnded
    | CourierChanged
    | ZoneChanged
    | Alert
)
