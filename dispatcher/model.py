"""The planning problem and its answer: plain values that live dispatch and the benches share.

A problem is a complete picture: the solver looks at nothing else, so that any decision can be logged,
sent to a worker process and replayed. Units: instants in Unix ms, durations in seconds, costs in minutes.

How a visit is timed: the courier arrives, spends half of the service time parking and walking, hands over
no earlier than the goods are ready and the window opens, and needs the other half to be back under way.
Pickups at one place that follow each other are one visit: the dearest service counts once, each further
order adds ``repeat_service_s``.
"""

import enum

import msgspec

from domain.courier import Capacity, Vehicle
from domain.geo import LonLat
from domain.ids import CourierId, OrderId, StopId
from domain.order import StopKind, parse_stop_id, stop_id
from domain.plan import UnassignedReason


def handover_id(order_id: OrderId) -> OrderId:
    """Return what the planner calls the errand of bringing an order's goods to where they change hands."""
    return OrderId(stop_id(order_id, StopKind.HANDOVER))


def handed_over(order_id: OrderId) -> OrderId | None:
    """Return the order that such an errand is about, None for orders."""
    parsed = parse_stop_id(StopId(order_id))
    return parsed[0] if parsed is not None and parsed[1] is StopKind.HANDOVER else None


class Stage(enum.StrEnum):
    """How far an order's assignment went, from free to frozen."""

    PLANNED = "planned"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    ON_BOARD = "on_board"


class OrderEnd(msgspec.Struct, frozen=True, kw_only=True):
    """One end of an order as the solver sees it.

    Attributes:
        earliest_at_ms: hand-over not before this; at a pickup the later of ready time and window.
        latest_at_ms: arrival not after this; None when open. Binding while the order is ``planned``;
            later stages only pay for lateness, because the work is already promised to somebody.
    """

    at: LonLat
    earliest_at_ms: int = 0
    latest_at_ms: int | None = None
    service_s: float = 120.0


class OpenOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One order that is not finished.

    Attributes:
        promised_at_ms: when the customer expects it; later hand-over costs extra, but is allowed.
        weight_g: grams; volume_l: litres.
        group: orders of one group travel on one courier or not at all.
        pinned_to: a person chose this courier.
        excluded: couriers who declined or were excluded.
        courier_id: who has it now (offered, accepted, on board) or was planned last.
        on_board_max_s: longest time the goods may travel, pickup hand-over to drop-off hand-over.
        no_go: vehicles that may not reach one of the ends.
        stay: multiplies the price of giving it to somebody else than ``courier_id``; 1 or more.
    """

    id: OrderId
    pickup: OrderEnd
    dropoff: OrderEnd
    placed_at_ms: int
    promised_at_ms: int | None = None
    weight_g: int = 0
    volume_l: float = 0.0
    requires: frozenset[str] = frozenset()
    priority: int = 0
    group: str | None = None
    pinned_to: CourierId | None = None
    excluded: frozenset[CourierId] = frozenset()
    stage: Stage = Stage.PLANNED
    courier_id: CourierId | None = None
    on_board_max_s: float | None = None
    no_go: frozenset[Vehicle] = frozenset()
    stay: float = 1.0


class VisitRef(msgspec.Struct, frozen=True):
    """A visit by name."""

    order_id: OrderId
    kind: StopKind


class CourierState(msgspec.Struct, frozen=True, kw_only=True):
    """One courier as the solver sees them.

    Attributes:
        at: where the plan starts; ``free_at_ms``: when the courier can leave there.
        committed: visits that come first, in this order; nobody moves them.
        arrived_at_ms: when the courier already stands at the first committed visit.
        shift_ends_at_ms: new work is over by then (see ``shift_end_covers_dropoff``); None when open.
        available: False takes no new orders (break, offline, off shift) but keeps what it has.
        busy_min: paid work so far in this shift, minutes, for fairness.
        on_shift_min: length of the shift so far, minutes, for fairness.
    """

    id: CourierId
    vehicle: Vehicle = Vehicle.BICYCLE
    capacity: Capacity
    skills: frozenset[str] = frozenset()
    at: LonLat
    free_at_ms: int
    arrived_at_ms: int | None = None
    committed: tuple[VisitRef, ...] = ()
    shift_ends_at_ms: int | None = None
    available: bool = True
    busy_min: float = 0.0
    on_shift_min: float = 0.0


class NoGoArea(msgspec.Struct, frozen=True):
    """Where couriers may not ride: they go around.

    Attributes:
        rings: the shell, then holes, as closed rings of (lon, lat).
        vehicles: whom it keeps out; empty means everybody.
    """

    rings: tuple[tuple[tuple[float, float], ...], ...]
    vehicles: frozenset[Vehicle] = frozenset()


class DemandPoint(msgspec.Struct, frozen=True):
    """Orders that a pickup place is expected to get per hour, as the fleet's own past suggests."""

    at: LonLat
    per_hour: float


class PlannerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a co-op sets. Costs are minutes of a customer's waiting unless stated.

    Attributes:
        horizon_s: orders that can be picked up later than this from now wait (``not_yet``).
        courier_horizon_s: couriers who are free later than this get nothing new.
        candidates: couriers looked at per order, nearest in time.
        route_visits_max: longest route planned ahead, visits.
        one_pickup_place: a courier empties the load before going to another pickup place.
        bundle_max: orders on board together.
        shift_end_covers_dropoff: new work must be delivered before the shift ends, not only picked up.
        busy_price: per minute a courier is busy.
        congestion_price: on top, times the orders that wait for each courier beyond the first: a minute
            then delays all who queue behind.
        late_price: per minute after the promise, on top of the waiting itself.
        switch_planned, switch_offered, switch_accepted: for giving an order to another courier.
        unassigned_base, unassigned_per_min: for leaving an order, and per minute of its age.
        fairness: per hour of further work and hour of work above the fleet's mean rate; 0 is off, 20 strong.
        nudge_price: per minute an idle courier rides to wait elsewhere; nudges must save more than that.
        nudge_gain: and at least this much, minutes of customers' waiting.
        nudge_ride_max_s: longest such ride.
        nudge_stay_s: how long an idle courier is expected to wait there.
        lead_s: an offer goes out this long before the courier must leave.
        repeat_service_s: each further pickup at one place.
        improve_s: time for improvement.
        seed: of everything random.
    """

    horizon_s: int = 2_700
    courier_horizon_s: int = 2_700
    candidates: int = 24
    route_visits_max: int = 12
    one_pickup_place: bool = False
    bundle_max: int = 4
    shift_end_covers_dropoff: bool = True
    busy_price: float = 0.15
    congestion_price: float = 0.3
    late_price: float = 2.0
    switch_planned: float = 0.7
    switch_offered: float = 3.0
    switch_accepted: float = 10.0
    unassigned_base: float = 120.0
    unassigned_per_min: float = 1.5
    fairness: float = 0.0
    nudge_price: float = 0.15
    nudge_gain: float = 0.3
    nudge_ride_max_s: int = 900
    nudge_stay_s: int = 900
    lead_s: int = 120
    repeat_service_s: float = 30.0
    improve_s: float = 0.5
    seed: int = 1


class TimedVisit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit with its expected times."""

    order_id: OrderId
    kind: StopKind
    arrive_at_ms: int
    handover_at_ms: int
    leave_at_ms: int
    committed: bool = False


class PlannedRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A courier's visits in order, the committed ones first."""

    courier_id: CourierId
    visits: tuple[TimedVisit, ...] = ()


class PlanningProblem(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a planning decision may know.

    Attributes:
        previous: the plan in force: the warm start, and what stability is measured against.
        demand: expected orders per pickup place, for foresight; may be empty.
        no_go: areas that ways lead around.
    """

    now_ms: int
    couriers: tuple[CourierState, ...]
    orders: tuple[OpenOrder, ...]
    settings: PlannerSettings = PlannerSettings()
    previous: tuple[PlannedRoute, ...] = ()
    demand: tuple[DemandPoint, ...] = ()
    no_go: tuple[NoGoArea, ...] = ()


class Rule(enum.StrEnum):
    """Why a courier was out of the question for an order."""

    UNAVAILABLE = "unavailable"
    EXCLUDED = "excluded"
    PINNED_TO_OTHER = "pinned_to_other"
    SKILLS = "skills"
    CAPACITY = "capacity"
    SHIFT_END = "shift_end"
    TIME_WINDOW = "time_window"
    GROUP = "group"
    BUSY_TOO_LONG = "busy_too_long"
    NO_GO = "no_go"


class Alternative(msgspec.Struct, frozen=True):
    """A courier who could have taken an order, and what it would have cost, minutes."""

    courier_id: CourierId
    cost_min: float


class Exclusion(msgspec.Struct, frozen=True):
    """A courier who was out of the question."""

    courier_id: CourierId
    rule: Rule


class OrderCost(msgspec.Struct, frozen=True, kw_only=True):
    """What an explanation is made of.

    Attributes:
        cost_min: what this order adds to the plan's cost with the chosen courier, None when nobody has it.
        alternatives: the next best three in the same plan.
        excluded: couriers out of the question, at most 50.
        looked_at: how many couriers were compared, those out of the question by a rule not counted.
    """

    order_id: OrderId
    courier_id: CourierId | None = None
    cost_min: float | None = None
    alternatives: tuple[Alternative, ...] = ()
    excluded: tuple[Exclusion, ...] = ()
    looked_at: int = 0


class Solution(msgspec.Struct, frozen=True, kw_only=True):
    """A feasible answer.

    Attributes:
        routes: one per courier with visits, committed visits included.
        unassigned: every open order that no route serves, and why.
        costs: of the orders an explanation was asked for (``insert(explain=True)``).
        objective_min: what the solver minimised.
        solver: which step made it: ``insertion``, ``assignment``, ``packing`` or ``lns``;
            ``held`` when only what couriers have already is left.
        took_ms: wall time.
    """

    now_ms: int
    routes: tuple[PlannedRoute, ...]
    unassigned: dict[OrderId, UnassignedReason] = {}
    costs: dict[OrderId, OrderCost] = {}
    objective_min: float = 0.0
    solver: str = "insertion"
    took_ms: float = 0.0


class DueOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A courier who must be asked now, or the pickup is delayed.

    Attributes:
        order_ids: the orders of the courier's next trip that are not accepted yet, in pickup order.
        leave_by_ms: the last moment to leave without delaying the pickup.
    """

    courier_id: CourierId
    order_ids: tuple[OrderId, ...]
    leave_by_ms: int


class Nudge(msgspec.Struct, frozen=True, kw_only=True):
    """Advice to an idle courier: ride ``ride_s`` to wait at ``to``; customers wait ``gain_min`` less."""

    courier_id: CourierId
    to: LonLat
    gain_min: float
    ride_s: float
