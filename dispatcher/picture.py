"""Draws the complete picture of this moment that the planner decides on. Reads the state, changes nothing."""

import msgspec

from dispatcher.ahead import (
    committed_visits,
    earliest_at_ms,
    pickup_from_ms,
    promised_at_ms,
    ready_times_of,
    service_s,
)
from dispatcher.board import PLANNABLE, planner_name
from dispatcher.calm import stay
from dispatcher.model import (
    CourierState,
    OpenOrder,
    OrderEnd,
    PlannerSettings,
    PlanningProblem,
    Stage,
    VisitRef,
    handover_id,
)
from dispatcher.state import FleetState
from domain.courier import Courier
from domain.ids import CourierId
from domain.lifecycle import CARRIED, ON_BOARD
from domain.order import Order, OrderPlace, OrderStatus, StopKind


def problem_of(state: FleetState, now_ms: int) -> PlanningProblem:
    """Return everything a planning decision may know, as of now."""
    planned = state.board.planned_courier()
    orders = [
        open_order(state, order, planned.get(order.id), now_ms)
        for order in state.book.all().values()
        if order.status in PLANNABLE or order.status in CARRIED
    ]
    orders += [_errand(state, order, now_ms) for order in state.book.held()]
    return PlanningProblem(
        now_ms=now_ms,
        couriers=tuple(_couriers(state, now_ms)),
        orders=tuple(orders),
        settings=planner_settings(state),
        previous=state.board.previous(),
        demand=state.demand.points(now_ms) if state.settings.nudges else (),
        no_go=state.no_go.areas(),
    )


def planner_settings(state: FleetState) -> PlannerSettings:
    """Return the planner's settings with what the fleet's dispatcher adds to them."""
    settings = state.settings
    return msgspec.structs.replace(
        settings.planner, lead_s=round(settings.offer_lead_s), improve_s=settings.improve_s
    )


def open_order(state: FleetState, order: Order, planned: CourierId | None, now_ms: int) -> OpenOrder:
    """Return an order as the planner sees it."""
    stage = _stage(order)
    has_courier = stage in (Stage.ACCEPTED, Stage.ON_BOARD)
    holder = order.courier_id if has_courier else planned
    hard = stage == Stage.PLANNED and order.id not in state.soft_windows
    asked = state.offers.resting(order.id, now_ms) if not has_courier else frozenset()
    return OpenOrder(
        id=order.id,
        pickup=_end(state, order.pickup, hard=hard, earliest_ms=pickup_from_ms(state, order)),
        dropoff=_end(state, order.dropoff, hard=hard, earliest_ms=earliest_at_ms(order.dropoff)),
        placed_at_ms=order.placed_at_ms,
        promised_at_ms=promised_at_ms(state, order),
        weight_g=order.size.weight_g,
        volume_l=order.size.volume_l,
        requires=order.requires,
        priority=order.priority,
        group=order.group,
        on_board_max_s=order.on_board_max_s,
        # What somebody agreed to carry is not taken away by a program, unless the co-op wants it so.
        pinned_to=None
        if movable(state, order, now_ms) or not (has_courier or order.pinned)
        else order.courier_id,
        excluded=order.excluded | asked if not has_courier else frozenset(),
        stage=stage,
        courier_id=holder,
        no_go=state.no_go.keeps_from(order),
        stay=stay(state.board, order, holder, now_ms),
    )


def movable(state: FleetState, order: Order, now_ms: int) -> bool:
    """Tell whether a program may take back what a courier accepted: not set out for, not pinned."""
    if not state.settings.move_accepted or order.status != OrderStatus.ASSIGNED or order.pinned:
        return False
    if order.held_by is not None or order.courier_id is None:
        return False
    eta = state.board.eta(order, StopKind.PICKUP, order.courier_id)
    return eta is not None and eta.p50_at_ms - now_ms > state.settings.commit_s * 1000


def _errand(state: FleetState, order: Order, now_ms: int) -> OpenOrder:
    """Return what is left to do for whoever holds goods that somebody else is to take over.

    Face to face it ends when the other is there; at a hub nobody waits.
    """
    earliest_ms, _, _ = ready_times_of(state, order, StopKind.HANDOVER)
    end = OrderEnd(at=order.pickup.at, earliest_at_ms=earliest_ms, service_s=service_s(state, order.pickup))
    return OpenOrder(
        id=handover_id(order.id),
        pickup=end,
        dropoff=end,
        placed_at_ms=order.pickup.ready_at_ms or now_ms,
        weight_g=order.size.weight_g,
        volume_l=order.size.volume_l,
        priority=order.priority,
        stage=Stage.ON_BOARD,
        courier_id=order.held_by,
    )


def _couriers(state: FleetState, now_ms: int) -> list[CourierState]:
    holding = {order.courier_id for order in state.book.all().values() if order.status in CARRIED}
    holding |= {order.held_by for order in state.book.held()}
    return [
        _courier(state, courier, now_ms)
        for courier in state.roster.all().values()
        if courier.id in holding or state.roster.may_be_asked(courier.id)
    ]


def _courier(state: FleetState, courier: Courier, now_ms: int) -> CourierState:
    committed, arrived_at_ms = committed_visits(state, courier.id, now_ms)
    busy_min, on_shift_min = state.work.minutes(courier.id, now_ms)
    return CourierState(
        id=courier.id,
        vehicle=courier.vehicle,
        capacity=courier.load_limit(),
        skills=courier.skills,
        at=state.roster.at(courier.id) or state.fleet.center,
        free_at_ms=now_ms,
        arrived_at_ms=arrived_at_ms,
        committed=tuple(VisitRef(*planner_name(visit)) for visit in committed),
        shift_ends_at_ms=courier.shift_ends_at_ms,
        available=state.roster.may_be_asked(courier.id),
        busy_min=busy_min,
        on_shift_min=on_shift_min,
    )


def _stage(order: Order) -> Stage:
    if order.status in ON_BOARD:
        return Stage.ON_BOARD
    if order.status in CARRIED:
        return Stage.ACCEPTED
    return Stage.OFFERED if order.status == OrderStatus.OFFERED else Stage.PLANNED


def _end(state: FleetState, place: OrderPlace, *, hard: bool, earliest_ms: int) -> OrderEnd:
    return OrderEnd(
        at=place.at,
        earliest_at_ms=earliest_ms,
        latest_at_ms=place.window.latest_at_ms if hard else None,
        service_s=service_s(state, place),
    )
