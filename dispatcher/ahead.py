"""What lies ahead of couriers: their visits in order, when each may begin, which nobody may move any more.

Reads the state, changes nothing. ``picture`` makes the planner's problem of it, ``dispatching`` the arrivals.
"""

from dispatcher.board import Visit, is_theirs
from dispatcher.eta import VisitAhead
from dispatcher.state import FleetState
from domain.ids import CourierId
from domain.order import Order, OrderPlace, OrderStatus, StopKind

STILL_THERE_MS = 20_000
"""Who stands at a stop longer than planned needs at least this much more."""


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


def committed_visits(
    state: FleetState, courier_id: CourierId, now_ms: int
) -> tuple[tuple[Visit, ...], int | None]:
    """Return the visits nobody may move, and when the courier came to the first if it stands there."""
    visits, orders = state.board.planned(courier_id), state.book.all()
    here = tuple(visit for visit in visits if _stands_at(orders[visit.order_id], visit.kind))
    if here:
        first = orders[here[0].order_id]
        since_ms = first.reached_at_ms.get(first.status, now_ms)
        service_ms = round(service_s(state, _place(first, here[0].kind)) * 1000)
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
                service_s=service_s(state, place),
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


def service_s(state: FleetState, place: OrderPlace) -> float:
    """Return how long a courier is expected to spend at a place."""
    return float(place.service_s if place.service_s is not None else state.settings.service_s)


def _partner_there_ms(state: FleetState, order: Order, kind: StopKind) -> int:
    """Return when whoever else is needed for a hand-over is there, 0 when nobody is."""
    if kind == StopKind.PICKUP:
        partner, theirs = order.held_by, StopKind.HANDOVER
    else:
        at_hub = state.hubs.at(order.pickup.at) is not None
        partner, theirs = None if at_hub else order.courier_id, StopKind.PICKUP
    eta = state.board.eta(order, theirs, partner) if partner else None
    return eta.p50_at_ms if eta else 0


def _stands_at(order: Order, kind: StopKind) -> bool:
    if kind == StopKind.HANDOVER:
        return False
    there = OrderStatus.AT_PICKUP if kind == StopKind.PICKUP else OrderStatus.AT_DROPOFF
    return order.status == there


def _place(order: Order, kind: StopKind) -> OrderPlace:
    return order.dropoff if kind == StopKind.DROPOFF else order.pickup
