"""The plan in force: which visits each courier has ahead, and what of it was told.

The only writer of routes. ``planned`` is everything the planner intends, also what nobody accepted yet; a
published ``Route`` holds only stops of orders its courier carries. It decides nothing and waits for nobody.
"""

from collections.abc import Iterable, Mapping

import msgspec

from dispatcher.eta import VisitTimes
from dispatcher.model import PlannedRoute, Solution, TimedVisit, handed_over, handover_id
from domain.ids import CourierId, OrderId, StopId
from domain.lifecycle import CARRIED, ON_BOARD
from domain.order import Order, OrderStatus, StopKind, TimeWindow, parse_stop_id, stop_id
from domain.plan import Eta, Route, Stop, UnassignedReason

PLANNABLE = frozenset({OrderStatus.PLACED, OrderStatus.OFFERED})


class Visit(msgspec.Struct, frozen=True):
    """A visit by name, as it stands in a courier's sequence."""

    order_id: OrderId
    kind: StopKind


class PlanBoard:
    """Routes of one fleet."""

    def __init__(self, epoch: int = 0, routes: Iterable[Route] = ()) -> None:
        self.epoch = epoch
        self.unassigned: dict[OrderId, UnassignedReason] = {}
        self._planned: dict[CourierId, tuple[Visit, ...]] = {}
        self._holders: dict[OrderId, CourierId] | None = None
        self._times: dict[CourierId, tuple[VisitTimes, ...]] = {}
        self._routes: dict[CourierId, Route] = {}
        self._told: dict[CourierId, Route] = {}
        for route in routes:
            self._routes[route.courier_id] = self._told[route.courier_id] = route
            self._planned[route.courier_id] = tuple(_visits_of(route))

    def planned(self, courier_id: CourierId) -> tuple[Visit, ...]:
        """Return a courier's visits in order, accepted or not."""
        return self._planned.get(courier_id, ())

    def couriers(self) -> list[CourierId]:
        """Return everybody with a visit ahead or a route that was told."""
        return list(self._planned.keys() | self._routes.keys())

    def untimed(self) -> set[CourierId]:
        """Return whose visits changed since their times were computed."""
        told = {courier for courier, route in self._routes.items() if route.stops}
        return {courier for courier in self._planned.keys() | told if len(self.times(courier)) == 0}

    def planned_courier(self) -> Mapping[OrderId, CourierId]:
        """Return who is meant to carry each order."""
        if self._holders is None:
            self._holders = {
                visit.order_id: courier
                for courier, visits in self._planned.items()
                for visit in visits
                if visit.kind != StopKind.HANDOVER
            }
        return self._holders

    def times(self, courier_id: CourierId) -> tuple[VisitTimes, ...]:
        """Return the times of ``planned``, as far as they are known."""
        return self._times.get(courier_id, ())

    def eta(self, order: Order, kind: StopKind, courier_id: CourierId) -> Eta | None:
        """Return when a courier reaches an order's stop, None when that is not planned."""
        for visit, times in zip(self.planned(courier_id), self.times(courier_id), strict=False):
            if visit.order_id == order.id and visit.kind == kind:
                return times.eta
        return None

    def route(self, courier_id: CourierId) -> Route:
        """Return a courier's published route with its newest times."""
        return self._routes.get(courier_id) or Route(courier_id=courier_id)

    def routes(self) -> Mapping[CourierId, Route]:
        """Return every published route that has stops."""
        return {courier: route for courier, route in self._routes.items() if route.stops}

    def visits_in(self, route: PlannedRoute) -> tuple[Visit, ...]:
        """Return a planner's route as the board names visits."""
        return tuple(_visit(visit) for visit in route.visits)

    def adopt(self, solution: Solution) -> None:
        """Make a solution the plan in force."""
        self.epoch += 1
        self.unassigned = dict(solution.unassigned)
        self._holders = None
        before, self._planned = (
            self._planned,
            {route.courier_id: self.visits_in(route) for route in solution.routes if route.visits},
        )
        self._times = {
            courier: times
            for courier, times in self._times.items()
            if self._planned.get(courier) == before.get(courier)
        }

    def prune(self, orders: Mapping[OrderId, Order]) -> None:
        """Drop visits that are done, or whose order ended or went to somebody else."""
        for courier, visits in list(self._planned.items()):
            kept = tuple(
                visit for visit in visits if _still_ahead(visit, courier, orders.get(visit.order_id))
            )
            if len(kept) != len(visits):
                self._replace(courier, kept)

    def take_off(self, order_id: OrderId) -> None:
        """Drop an order's visits from every courier."""
        for courier, visits in list(self._planned.items()):
            if any(visit.order_id == order_id for visit in visits):
                self._replace(courier, tuple(visit for visit in visits if visit.order_id != order_id))

    def previous(self) -> tuple[PlannedRoute, ...]:
        """Return the plan in force as the planner's warm start."""
        routes = []
        for courier, visits in self._planned.items():
            times = self.times(courier)
            timed = tuple(
                TimedVisit(
                    order_id=planner_name(visit)[0],
                    kind=planner_name(visit)[1],
                    arrive_at_ms=times[i].eta.p50_at_ms if i < len(times) else 0,
                    handover_at_ms=times[i].handover_at_ms if i < len(times) else 0,
                    leave_at_ms=times[i].leave_at_ms if i < len(times) else 0,
                )
                for i, visit in enumerate(visits)
            )
            routes.append(PlannedRoute(courier_id=courier, visits=timed))
        return tuple(routes)

    def time(
        self,
        courier_id: CourierId,
        times: tuple[VisitTimes, ...],
        orders: Mapping[OrderId, Order],
        committed: int,
        tell_after_s: float,
        partners: Mapping[OrderId, str] | None = None,
    ) -> tuple[Route | None, bool]:
        """Take new times of a courier's visits.

        Args:
            courier_id: whose visits.
            times: one per planned visit.
            orders: all orders held.
            committed: how many visits from the front the planner may not move.
            tell_after_s: how far an arrival must move to be told.
            partners: who or what takes the goods, per order that this courier hands over.

        Returns:
            The route to tell, or None when nothing changed that matters, and whether its stops changed.
        """
        self._times[courier_id] = times
        visits = self.planned(courier_id)
        stops = tuple(
            _stop(orders[visit.order_id], visit.kind, moment, partners or {}, committed=i < committed)
            for i, (visit, moment) in enumerate(zip(visits, times, strict=True))
            if is_theirs(visit, orders[visit.order_id], courier_id)
        )
        told = self._told.get(courier_id) or Route(courier_id=courier_id)
        reshaped = [_shape(stop) for stop in stops] != [_shape(stop) for stop in told.stops]
        if reshaped or _moved_s(told.stops, stops) > tell_after_s:
            route = Route(courier_id=courier_id, version=told.version + 1, stops=stops)
            self._told[courier_id] = self._routes[courier_id] = route
            return route, reshaped
        self._routes[courier_id] = Route(courier_id=courier_id, version=told.version, stops=stops)
        return None, False

    def _replace(self, courier_id: CourierId, visits: tuple[Visit, ...]) -> None:
        self._planned[courier_id] = visits
        self._times.pop(courier_id, None)
        self._holders = None


def is_theirs(visit: Visit, order: Order, courier_id: CourierId) -> bool:
    """Tell whether a visit is a courier's for certain, not only planned."""
    return courier_id == (order.held_by if visit.kind == StopKind.HANDOVER else order.courier_id)


def planner_name(visit: Visit) -> tuple[OrderId, StopKind]:
    """Return what the planner calls a visit: a hand-over is the delivery of an errand of its own."""
    if visit.kind == StopKind.HANDOVER:
        return handover_id(visit.order_id), StopKind.DROPOFF
    return visit.order_id, visit.kind


def _visit(planned: TimedVisit) -> Visit:
    order_id = handed_over(planned.order_id)
    if order_id is not None:
        return Visit(order_id, StopKind.HANDOVER)
    return Visit(planned.order_id, planned.kind)


def _visits_of(route: Route) -> Iterable[Visit]:
    for stop in route.stops:
        parsed = parse_stop_id(stop.stop_id)
        if parsed:
            yield Visit(*parsed)


def _still_ahead(visit: Visit, courier: CourierId, order: Order | None) -> bool:
    if order is None:
        return False
    if visit.kind == StopKind.HANDOVER:
        return order.held_by == courier
    if order.status in CARRIED:
        done = visit.kind == StopKind.PICKUP and order.status in ON_BOARD
        return order.courier_id == courier and not done
    return order.status in PLANNABLE and courier not in order.excluded


def _stop(
    order: Order, kind: StopKind, times: VisitTimes, partners: Mapping[OrderId, str], *, committed: bool
) -> Stop:
    place = order.dropoff if kind == StopKind.DROPOFF else order.pickup
    name, window = place.name, place.window
    if kind == StopKind.HANDOVER:
        name, window = partners.get(order.id), TimeWindow()
    return Stop(
        stop_id=stop_id(order.id, kind),
        kind=kind,
        order_id=order.id,
        at=place.at,
        eta_at_ms=times.eta.p50_at_ms,
        leave_at_ms=times.leave_at_ms,
        name=name,
        notes=place.notes,
        window=window,
        committed=committed,
        eta=times.eta,
    )


def _shape(stop: Stop) -> tuple[StopId, object, object, object, object]:
    return stop.stop_id, stop.at, stop.name, stop.notes, stop.window


def _moved_s(before: tuple[Stop, ...], after: tuple[Stop, ...]) -> float:
    moves = (abs(a.eta_at_ms - b.eta_at_ms) for a, b in zip(before, after, strict=True))
    return max(moves, default=0) / 1000
