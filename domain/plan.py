"""Stops, routes and the plan: who does what, and when."""

import enum

import msgspec

from domain.geo import LonLat
from domain.ids import CourierId, FleetId, OrderId, StopId
from domain.order import StopKind, TimeWindow


class Eta(msgspec.Struct, frozen=True, kw_only=True):
    """An expected arrival with its 80 % range, Unix UTC milliseconds."""

    p10_at_ms: int
    p50_at_ms: int
    p90_at_ms: int


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One planned visit.

    Attributes:
        eta_at_ms: expected arrival (median).
        leave_at_ms: expected end of service.
        committed: the solver may no longer move it.
        eta: the range behind ``eta_at_ms``, filled in by ``dispatcher.eta``.
    """

    stop_id: StopId
    kind: StopKind
    order_id: OrderId
    at: LonLat
    eta_at_ms: int
    leave_at_ms: int
    name: str | None = None
    notes: str | None = None
    window: TimeWindow = TimeWindow()
    committed: bool = False
    eta: Eta | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A courier's ordered stops; ``version`` grows with each change the courier must see."""

    courier_id: CourierId
    version: int = 0
    stops: tuple[Stop, ...] = ()


class UnassignedReason(enum.StrEnum):
    """Why nobody carries an order."""

    NO_COURIER_ON_SHIFT = "no_courier_on_shift"
    NO_COURIER_NEAR = "no_courier_near"
    CAPACITY = "capacity"
    SKILLS = "skills"
    TIME_WINDOW = "time_window"
    SHIFT_END = "shift_end"
    EVERYONE_DECLINED = "everyone_declined"
    WAITING_FOR_COURIER = "waiting_for_courier"
    NOT_YET = "not_yet"
    NO_GO_ZONE = "no_go_zone"
    PINNED_COURIER_UNAVAILABLE = "pinned_courier_unavailable"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All routes of a fleet and the orders nobody carries.

    Attributes:
        epoch: the planning decision this came from; grows by one.
        unassigned: why each open order without a courier has none.
    """

    fleet: FleetId
    epoch: int = 0
    at_ms: int = 0
    routes: dict[CourierId, Route] = {}
    unassigned: dict[OrderId, UnassignedReason] = {}
