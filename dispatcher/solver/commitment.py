"""Just-in-time commitment: an order is given away only when waiting longer would delay its pickup.

Until then the plan stays open to orders nobody has placed yet. On public meal-delivery instances this and
frequent re-planning decide more than any solver does.
"""

from collections.abc import Mapping

from dispatcher.model import DueOffer, OpenOrder, PlannedRoute, PlanningProblem, Solution, Stage
from dispatcher.travel_times.around import around
from dispatcher.travel_times.legs import legs_between
from domain.ids import OrderId
from domain.order import StopKind
from domain.ports import TravelTimes


def due_offers(problem: PlanningProblem, solution: Solution, travel_times: TravelTimes) -> list[DueOffer]:
    """Return the couriers who must be asked now for their next trip, most urgent first."""
    orders = {order.id: order for order in problem.orders}
    couriers = {courier.id: courier for courier in problem.couriers}
    ways = around(travel_times, problem.no_go)
    due: list[DueOffer] = []
    for route in solution.routes:
        trip = _next_trip(route, orders)
        if not trip:
            continue
        first = next(i for i, visit in enumerate(route.visits) if visit.order_id == trip[0])
        courier = couriers[route.courier_id]
        start_ms, start = courier.free_at_ms, courier.at
        if first > 0:
            before = route.visits[first - 1]
            order = orders[before.order_id]
            start_ms = before.leave_at_ms
            start = (order.pickup if before.kind is StopKind.PICKUP else order.dropoff).at
        pickup = orders[trip[0]].pickup
        ride_ms = legs_between([start, pickup.at], ways).seconds(0, 1, courier.vehicle) * 1000
        handover_ms = route.visits[first].handover_at_ms
        leave_by_ms = max(start_ms, int(handover_ms - pickup.service_s * 500 - ride_ms))
        if leave_by_ms <= problem.now_ms + problem.settings.lead_s * 1000:
            due.append(DueOffer(courier_id=route.courier_id, order_ids=trip, leave_by_ms=leave_by_ms))
    return sorted(due, key=lambda offer: offer.leave_by_ms)


def _next_trip(route: PlannedRoute, orders: Mapping[OrderId, OpenOrder]) -> tuple[OrderId, ...]:
    """Return the planned orders a courier picks up first, until goods are delivered in between.

    Orders added to a load that is being collected count as a trip of their own.
    """
    trip: list[OrderId] = []
    for visit in route.visits:
        if visit.kind is StopKind.DROPOFF:
            if trip:
                break
        elif orders[visit.order_id].stage is Stage.PLANNED and not visit.committed:
            trip.append(visit.order_id)
    return tuple(trip)
