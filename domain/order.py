"""Orders: one pickup, one drop-off, and what happened to them."""

import enum

import msgspec

from domain.geo import LonLat
from domain.ids import CourierId, FleetId, OrderId, StopId


class OrderStatus(enum.StrEnum):
    """Where an order stands; moves only along ``domain.lifecycle``."""

    SCHEDULED = "scheduled"
    PLACED = "placed"
    OFFERED = "offered"
    ASSIGNED = "assigned"
    AT_PICKUP = "at_pickup"
    PICKED_UP = "picked_up"
    AT_DROPOFF = "at_dropoff"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    FAILED = "failed"


class StopKind(enum.StrEnum):
    """What a courier does at a stop; at a ``handover`` the goods go to a colleague or to a hub."""

    PICKUP = "pickup"
    DROPOFF = "dropoff"
    HANDOVER = "handover"


class TimeWindow(msgspec.Struct, frozen=True, kw_only=True):
    """When a visit may start, Unix UTC milliseconds; an open side is None."""

    earliest_at_ms: int | None = None
    latest_at_ms: int | None = None


class OrderPlace(msgspec.Struct, frozen=True, kw_only=True):
    """One end of an order.

    Attributes:
        ready_at_ms: when the goods are ready (pickup only).
        service_s: time a courier spends there, 0 to 7200 s; None means the fleet's usual.
    """

    at: LonLat
    address: str | None = None
    name: str | None = None
    phone: str | None = None
    notes: str | None = None
    ready_at_ms: int | None = None
    window: TimeWindow = TimeWindow()
    service_s: int | None = None


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much room an order takes: grams and litres."""

    weight_g: int = 0
    volume_l: float = 0.0


class PaymentMethod(enum.StrEnum):
    """Whether the courier collects money."""

    PREPAID = "prepaid"
    CASH = "cash"


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer pays; ``currency`` is an ISO 4217 code."""

    method: PaymentMethod
    amount_cents: int = 0
    currency: str = "MXN"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery.

    Attributes:
        shop_id: the shop's token owner, or None when a dispatcher entered it.
        ref: the shop's own number.
        group: orders with the same group travel on one courier.
        priority: higher goes first when couriers are short, -10 to 10; 0 is usual.
        on_board_max_s: longest time the goods may travel, seconds; None when it does not matter.
        ready_told_at_ms: when the shop said that the goods are ready.
        held_by: who has the goods in hand until ``courier_id`` takes them over at the pickup.
        pinned: a person chose ``courier_id``; the planner may not change it.
        excluded: couriers who declined, or whom a person excluded.
        reached_at_ms: event time at which each status was entered first.
        unassigned_reason: a code of ``domain.plan.UnassignedReason`` while nobody carries it.
        version: grows by one with every change; the ETag.
    """

    id: OrderId
    fleet: FleetId
    status: OrderStatus
    pickup: OrderPlace
    dropoff: OrderPlace
    placed_at_ms: int
    size: Size = Size()
    requires: frozenset[str] = frozenset()
    payment: Payment | None = None
    ref: str | None = None
    group: str | None = None
    priority: int = 0
    shop_id: str | None = None
    on_board_max_s: int | None = None
    ready_told_at_ms: int | None = None
    held_by: CourierId | None = None
    courier_id: CourierId | None = None
    pinned: bool = False
    excluded: frozenset[CourierId] = frozenset()
    reached_at_ms: dict[OrderStatus, int] = {}
    unassigned_reason: str | None = None
    failed_reason: str | None = None
    version: int = 1


class OrderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the history; ``actor`` is ``courier:c_..``, ``user:u_..``, ``fence`` or ``planner``."""

    order_id: OrderId
    version: int
    trigger: str
    status: OrderStatus
    at_ms: int
    recorded_at_ms: int
    actor: str
    courier_id: CourierId | None = None
    detail: dict[str, str | int | float | bool | None] = {}


def stop_id(order_id: OrderId, kind: StopKind) -> StopId:
    """Return the id of one of an order's stops; the same in every plan, so late actions find it."""
    return StopId(f"{order_id}.{kind}")


def parse_stop_id(stop: StopId) -> tuple[OrderId, StopKind] | None:
    """Return the order and kind a stop id names, or None when it names none."""
    order, _, kind = stop.rpartition(".")
    if not order or kind not in StopKind.__members__.values():
        return None
    return OrderId(order), StopKind(kind)
