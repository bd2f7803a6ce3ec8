"""Plays one instance minute by minute and lets the planner decide, under the rules of the problem.

Couriers ride only when told, are never diverted, and fetch at one restaurant at a time; what they were
told may grow until the pickup. The planner sees orders once they are placed, never before.
"""

import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from bench.mdrp.instance import Instance, MealCourier, MealOrder
from dispatcher.demand import DemandMemory
from dispatcher.model import (
    CourierState,
    DueOffer,
    Nudge,
    OpenOrder,
    OrderEnd,
    PlannerSettings,
    PlanningProblem,
    Solution,
    Stage,
    VisitRef,
)
from domain.courier import Capacity
from domain.geo import LonLat
from domain.ids import CourierId, OrderId
from domain.order import StopKind

MINUTE_MS = 60_000
DEADLINE_S = 86_400.0
"""Never binds: the planner's effort is counted in rounds here, so that a busy machine plays the same day."""
ROOM = Capacity(weight_g=10**9, volume_l=1e9, orders=99)

SETTINGS = PlannerSettings(
    one_pickup_place=True,
    bundle_max=3,
    shift_end_covers_dropoff=False,
    lead_s=0,
    repeat_service_s=0.0,
    nudge_price=0.22,
)
"""The live planner's settings where the problem's rules differ from a co-op's."""


class Decider(Protocol):
    """Who decides: the live ``Planner``, or a baseline."""

    rejected: int

    def improve_here(self, problem: PlanningProblem, deadline_s: float) -> Solution:
        """Return the plan."""
        ...

    def due_offers(self, problem: PlanningProblem, solution: Solution) -> list[DueOffer]:
        """Return who must be told now."""
        ...

    def nudges(self, problem: PlanningProblem, solution: Solution) -> list[Nudge]:
        """Return where idle couriers should wait."""
        ...


class Trip(msgspec.Struct, kw_only=True):
    """One assignment: where the courier left, when, with what."""

    courier: str
    told: int
    leave: int
    origin: LonLat
    orders: list[str]
    pickup: int = 0
    dropoffs: dict[str, int] = {}
    collected: bool = False


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A ride from where the courier stood to a restaurant or a customer; ``leave`` in minutes."""

    courier: str
    leave: int
    origin: LonLat
    destination: LonLat
    minutes: int


class Day(msgspec.Struct, kw_only=True):
    """What happened: trips in the order they were told, and how long deciding took.

    Attributes:
        decision_ms: of each improvement, which a server makes in its worker between events.
        insert_ms: of each insertion, which a server answers events with; only timed here.
    """

    instance: Instance
    trips: list[Trip] = []
    decision_ms: list[float] = []
    insert_ms: list[float] = []
    changes: int = 0
    moves: list[Move] = []


class _Hand(msgspec.Struct, kw_only=True):
    """A courier in the simulation: free at ``at`` from ``free``; ``trip`` until it is collected."""

    courier: MealCourier
    at: LonLat
    free: int
    trip: Trip | None = None


class Simulation:
    """One day, played forward.

    Args:
        instance: the day.
        planner: decides.
        settings: of the planner.
        at_once: the answer an event gets before the decision; timed, and changes nothing.
    """

    def __init__(
        self,
        instance: Instance,
        planner: Decider,
        settings: PlannerSettings = SETTINGS,
        at_once: Callable[[PlanningProblem], object] | None = None,
    ) -> None:
        self._instance, self._planner, self._settings = instance, planner, settings
        self._at_once = at_once
        self._demand = DemandMemory()
        self._hands = {c.id: _Hand(courier=c, at=c.at, free=c.on) for c in instance.couriers.values()}
        self._open: dict[str, MealOrder] = {}
        self._tentative: dict[OrderId, CourierId] = {}
        self._solution = Solution(now_ms=0, routes=())
        self.day = Day(instance=instance)

    def run(self) -> Day:
        """Play until nobody is on shift or nothing is left."""
        upcoming = sorted(self._instance.orders.values(), key=lambda order: order.placed)
        minute, end = upcoming[0].placed, max(c.off for c in self._instance.couriers.values())
        placed = 0
        while minute <= end and (placed < len(upcoming) or self._open or self._riding()):
            while placed < len(upcoming) and upcoming[placed].placed <= minute:
                order = upcoming[placed]
                self._open[order.id] = order
                self._demand.add(self._restaurant(order.id), order.placed * MINUTE_MS)
                placed += 1
            self._collect(minute)
            self._decide_at(minute)
            minute += 1
        self._collect(end * 10)
        return self.day

    def _riding(self) -> bool:
        return any(hand.trip is not None for hand in self._hands.values())

    def _collect(self, minute: int) -> None:
        """Fix trips whose pickup has come: from here on they run their course."""
        for hand in self._hands.values():
            trip = hand.trip
            if trip is not None and trip.pickup <= minute:
                hand.at, hand.free = self._drop_off(trip)
                hand.trip = None
                trip.collected = True

    def _drop_off(self, trip: Trip) -> tuple[LonLat, int]:
        parameters = self._instance.parameters
        place = self._restaurant(trip.orders[0])
        free = trip.pickup + int(parameters.pickup_service / 2)
        for order_id in trip.orders:
            order = self._instance.orders[order_id]
            trip.dropoffs[order_id] = (
                free + self._instance.minutes(place, order.at) + int(parameters.dropoff_service / 2)
            )
            free, place = trip.dropoffs[order_id] + int(parameters.dropoff_service / 2), order.at
        return place, free

    def _restaurant(self, order_id: str) -> LonLat:
        return self._instance.restaurants[self._instance.orders[order_id].restaurant]

    def _decide_at(self, minute: int) -> None:
        problem = self._problem(minute)
        if self._at_once is not None:
            begun = time.perf_counter()
            self._at_once(problem)
            self.day.insert_ms.append((time.perf_counter() - begun) * 1000)
        begun = time.perf_counter()
        self._solution = self._planner.improve_here(problem, DEADLINE_S)
        due = self._planner.due_offers(problem, self._solution)
        advice = self._planner.nudges(problem, self._solution)
        self.day.decision_ms.append((time.perf_counter() - begun) * 1000)
        self._note_changes()
        for offer in due:
            self._tell(offer, minute)
        for nudge in advice:
            self._move(self._hands[nudge.courier_id], nudge.to, minute)

    def _tell(self, offer: DueOffer, minute: int) -> None:
        hand = self._hands[offer.courier_id]
        route = next(r for r in self._solution.routes if r.courier_id == offer.courier_id)
        if hand.trip is None:
            hand.trip = Trip(courier=hand.courier.id, told=minute, leave=minute, origin=hand.at, orders=[])
            self.day.trips.append(hand.trip)
        trip = hand.trip
        trip.told = minute
        mine = {*trip.orders, *offer.order_ids}
        trip.orders = [v.order_id for v in route.visits if v.kind is StopKind.DROPOFF and v.order_id in mine]
        restaurant = self._restaurant(trip.orders[0])
        arrive = trip.leave + self._instance.minutes(trip.origin, restaurant)
        ready = max(self._instance.orders[order_id].ready for order_id in trip.orders)
        trip.pickup = max(arrive + int(self._instance.parameters.pickup_service / 2), ready)
        for order_id in offer.order_ids:
            del self._open[order_id]

    def _move(self, hand: _Hand, place: LonLat, minute: int) -> None:
        """Send an idle courier to a restaurant; nobody diverts them on the way."""
        ride = self._instance.minutes(hand.at, place)
        self.day.moves.append(
            Move(courier=hand.courier.id, leave=minute, origin=hand.at, destination=place, minutes=ride)
        )
        hand.at, hand.free = place, minute + ride

    def _note_changes(self) -> None:
        """Count tentative changes of courier, the churn that stability is about."""
        now = {v.order_id: r.courier_id for r in self._solution.routes for v in r.visits if not v.committed}
        self.day.changes += sum(
            1 for order_id, who in now.items() if self._tentative.get(order_id, who) != who
        )
        self._tentative = now

    def _problem(self, minute: int) -> PlanningProblem:
        orders = [self._open_order(order, None) for order in self._open.values()]
        couriers = []
        for hand in self._hands.values():
            if hand.trip is not None:
                orders += [
                    self._open_order(self._instance.orders[order_id], hand.courier)
                    for order_id in hand.trip.orders
                ]
            ahead = minute + self._settings.courier_horizon_s // 60
            if hand.trip is not None or (
                max(hand.free, hand.courier.on) <= ahead and hand.courier.off >= minute
            ):
                couriers.append(self._courier(hand, minute))
        return PlanningProblem(
            now_ms=minute * MINUTE_MS,
            couriers=tuple(couriers),
            orders=tuple(orders),
            settings=self._settings,
            previous=self._solution.routes,
            demand=self._demand.points(minute * MINUTE_MS),
        )

    def _open_order(self, order: MealOrder, holder: MealCourier | None) -> OpenOrder:
        parameters = self._instance.parameters
        order_id = OrderId(order.id)
        return OpenOrder(
            id=order_id,
            pickup=OrderEnd(
                at=self._instance.restaurants[order.restaurant],
                earliest_at_ms=order.ready * MINUTE_MS,
                service_s=parameters.pickup_service * 60,
            ),
            dropoff=OrderEnd(at=order.at, service_s=parameters.dropoff_service * 60),
            placed_at_ms=order.placed * MINUTE_MS,
            stage=Stage.PLANNED if holder is None else Stage.ACCEPTED,
            courier_id=self._tentative.get(order_id) if holder is None else CourierId(holder.id),
            pinned_to=None if holder is None else CourierId(holder.id),
        )

    def _courier(self, hand: _Hand, minute: int) -> CourierState:
        trip = hand.trip
        return CourierState(
            id=CourierId(hand.courier.id),
            capacity=ROOM,
            at=hand.at if trip is None else trip.origin,
            free_at_ms=(max(hand.free, minute) if trip is None else trip.leave) * MINUTE_MS,
            committed=()
            if trip is None
            else tuple(VisitRef(OrderId(order_id), StopKind.PICKUP) for order_id in trip.orders),
            shift_ends_at_ms=hand.courier.off * MINUTE_MS,
        )
