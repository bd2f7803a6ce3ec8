"""Draws the complete picture of this moment that the planner decides on. Reads the state, changes nothing."""

import msgspec

from dispatcher.board import PLANNABLE, Visit, is_theirs, planner_name
from dispatcher.calm import stay
from dispatcher.eta import VisitAhead
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

STILL_THERE_MS = 20_000
"""Who stands at a stop longer than planned needs at least this much more."""


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
    end = OrderEnd(at=order.pickup.at, earliest_at_ms=earliest_ms, service_s=_service_s(state, order.pickup))
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


def promised_at_ms(state: FleetState, order: Order) -> int:
    """Return when the customer expects an order: at the window's end, else the usual time after ready."""
    latest = order.dropoff.window.latest_at_ms
    if latest is not None:
        return latest
    start_ms = max(order.placed_at_ms, earliest_at_ms(order.pickup), earliest_at_ms(order.dropoff))
    return start_ms + round(state.settings.promise_s * 1000)


def earliest_at_ms(place: OrderPlace) -> int:
    """Return the first moment of a hand-over, 0 when any will do."""
    return max(place.ready_at_ms or 0, place.window.earliest_at_ms or 0)


def pickup_from_ms(state: FleetState, order: Order) -> int:
    """Return from when the plan counts on an order's goods: what the shop promised, as far as it is good for.

    Once the shop said "ready", that counts; until then its own usual delay does, at the quantile chosen.
    """
    window_ms = order.pickup.window.earliest_at_ms or 0
    if order.held_by is not None:
        return ready_times_of(state, order, StopKind.PICKUP)[0]
    if order.ready_told_at_ms is not None:
        return max(order.ready_told_at_ms, window_ms)
    if order.pickup.ready_at_ms is None:
        return window_ms
    delay = state.ready_times.delay(order, state.settings.ready_quantile)
    return max(order.pickup.ready_at_ms + round(delay.chosen_s * 1000), window_ms)


def ready_times_of(state: FleetState, order: Order, kind: StopKind) -> tuple[int, float | None, float | None]:
    """Return the first moment of a hand-over, and how much later goods are ready: median and deviation."""
    place = _place(order, kind)
    if kind == StopKind.HANDOVER or (kind == StopKind.PICKUP and order.held_by is not None):
        return _partner_there_ms(state, order, kind), 0.0, 0.0
    if kind == StopKind.DROPOFF or place.ready_at_ms is None:
        return earliest_at_ms(place), 0.0, 0.0
    if order.ready_told_at_ms is not None:
        return max(order.ready_told_at_ms, place.window.earliest_at_ms or 0), 0.0, 0.0
    delay = state.ready_times.delay(order, state.settings.ready_quantile)
    return earliest_at_ms(place), delay.median_s, delay.sd_s


def _partner_there_ms(state: FleetState, order: Order, kind: StopKind) -> int:
    """Return when whoever else is needed for a hand-over is there, 0 when nobody is."""
    if kind == StopKind.PICKUP:
        partner, theirs = order.held_by, StopKind.HANDOVER
    else:
        at_hub = state.hubs.at(order.pickup.at) is not None
        partner, theirs = None if at_hub else order.courier_id, StopKind.PICKUP
    eta = state.board.eta(order, theirs, partner) if partner else None
    return eta.p50_at_ms if eta else 0


def committed_visits(
    state: FleetState, courier_id: CourierId, now_ms: int
) -> tuple[tuple[Visit, ...], int | None]:
    """Return the visits nobody may move, and when the courier came to the first if it stands there."""
    visits, orders = state.board.planned(courier_id), state.book.all()
    here = tuple(visit for visit in visits if _stands_at(orders[visit.order_id], visit.kind))
    if here:
        first = orders[here[0].order_id]
        since_ms = first.reached_at_ms.get(first.status, now_ms)
        service_ms = round(_service_s(state, _place(first, here[0].kind)) * 1000)
        return here, max(min(since_ms, now_ms), now_ms - service_ms + min(STILL_THERE_MS, service_ms))
    times = state.board.times(courier_id)
    if visits and times and is_theirs(visits[0], orders[visits[0].order_id], courier_id):
        soon_ms = now_ms + state.settings.commit_s * 1000
        if times[0].eta.p50_at_ms <= soon_ms:
            return visits[:1], None
    return (), None


def visits_ahead(state: FleetState, courier_id: CourierId, now_ms: int) -> list[VisitAhead]:
    """Return a courier's planned visits with what their times depend on."""
    committed, arrived_at_ms = committed_visits(state, courier_id, now_ms)
    ahead: list[VisitAhead] = []
    before: tuple[StopKind, object] | None = None
    for i, visit in enumerate(state.board.planned(courier_id)):
        order = state.book.get(visit.order_id)
        place = _place(order, visit.kind)
        here = (visit.kind, place.at)
        earliest_ms, delay_s, sd_s = ready_times_of(state, order, visit.kind)
        ahead.append(
            VisitAhead(
                at=place.at,
                kind=visit.kind,
                service_s=_service_s(state, place),
                earliest_at_ms=earliest_ms,
                ready_delay_s=delay_s,
                ready_sd_s=sd_s,
                shares_call=visit.kind == StopKind.PICKUP and here == before,
                arrived_at_ms=arrived_at_ms if i == 0 and committed and committed[0] == visit else None,
                repeat_service_s=state.settings.planner.repeat_service_s,
            )
        )
        before = here
    return ahead


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


def _stands_at(order: Order, kind: StopKind) -> bool:
    if kind == StopKind.HANDOVER:
        return False
    there = OrderStatus.AT_PICKUP if kind == StopKind.PICKUP else OrderStatus.AT_DROPOFF
    return order.status == there


def _place(order: Order, kind: StopKind) -> OrderPlace:
    return order.dropoff if kind == StopKind.DROPOFF else order.pickup


def _service_s(state: FleetState, place: OrderPlace) -> float:
    return float(place.service_s if place.service_s is not None else state.settings.service_s)


def _end(state: FleetState, place: OrderPlace, *, hard: bool, earliest_ms: int) -> OrderEnd:
    return OrderEnd(
        at=place.at,
        earliest_at_ms=earliest_ms,
        latest_at_ms=place.window.latest_at_ms if hard else None,
        service_s=_service_s(state, place),
    )
