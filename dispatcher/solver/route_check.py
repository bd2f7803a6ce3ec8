"""The independent checker's look at one route. Knows the rules, not how a solver keeps them."""

from collections.abc import Iterator

from dispatcher.model import (
    CourierState,
    OpenOrder,
    OrderEnd,
    PlannedRoute,
    PlannerSettings,
    PlanningProblem,
    Stage,
    TimedVisit,
)
from dispatcher.travel_times.legs import legs_between
from domain.ids import OrderId
from domain.order import StopKind
from domain.ports import TravelTimes

TOLERANCE_MS = 50
"""Rounding of a few legs to milliseconds."""


class RouteCheck:
    """Checks one courier's route. ``run`` returns what is wrong, one line each."""

    def __init__(
        self,
        problem: PlanningProblem,
        courier: CourierState,
        route: PlannedRoute,
        orders: dict[OrderId, OpenOrder],
        travel_times: TravelTimes,
    ) -> None:
        self.settings: PlannerSettings = problem.settings
        self.courier = courier
        self.visits = route.visits
        self.orders = orders
        self.ride_ms = self._riding_times(travel_times)
        self.found: list[str] = []

    def run(self) -> list[str]:
        self._committed_prefix()
        self._pairs()
        self._who()
        self._load()
        self._times()
        return self.found

    def _complain(self, what: str) -> None:
        self.found.append(f"{self.courier.id}: {what}")

    def _end(self, visit: TimedVisit) -> OrderEnd:
        order = self.orders[visit.order_id]
        return order.pickup if visit.kind is StopKind.PICKUP else order.dropoff

    def _riding_times(self, travel_times: TravelTimes) -> list[float]:
        if not self.visits:
            return []
        places = [self.courier.at, *(self._end(visit).at for visit in self.visits)]
        legs = legs_between(places, travel_times)
        return [legs.seconds(i, i + 1, self.courier.vehicle) * 1000 for i in range(len(self.visits))]

    def _committed_prefix(self) -> None:
        expected = [(ref.order_id, ref.kind) for ref in self.courier.committed]
        actual = [(visit.order_id, visit.kind) for visit in self.visits[: len(expected)]]
        if expected != actual:
            self._complain("committed visits were moved")

    def _pairs(self) -> None:
        picked: set[OrderId] = set()
        dropped = {visit.order_id for visit in self.visits if visit.kind is StopKind.DROPOFF}
        for visit in self.visits:
            order = self.orders[visit.order_id]
            on_board = order.stage is Stage.ON_BOARD
            if visit.kind is StopKind.PICKUP:
                picked.add(order.id)
                if on_board:
                    self._complain(f"{order.id} is on board already and is picked up again")
                if order.id not in dropped:
                    self._complain(f"{order.id} is picked up and never delivered")
            elif not on_board and order.id not in picked:
                self._complain(f"{order.id} is delivered before it is picked up")

    def _who(self) -> None:
        for order in (self.orders[order_id] for order_id in {visit.order_id for visit in self.visits}):
            if order.stage is Stage.ON_BOARD and order.courier_id != self.courier.id:
                self._complain(f"{order.id} is on board with {order.courier_id}")
            if order.stage is not Stage.ON_BOARD and order.pinned_to not in (None, self.courier.id):
                self._complain(f"{order.id} is pinned to {order.pinned_to}")
            if not self._free(order):
                continue
            if self.courier.id in order.excluded:
                self._complain(f"{order.id} excludes this courier")
            if not order.requires <= self.courier.skills:
                self._complain(f"{order.id} requires {sorted(order.requires - self.courier.skills)}")
            if self.courier.vehicle in order.no_go:
                self._complain(f"{order.id} lies where a {self.courier.vehicle} may not go")
            if not self.courier.available:
                self._complain(f"{order.id} is new work for somebody who takes none")

    def _free(self, order: OpenOrder) -> bool:
        """Tell whether nothing was promised to this courier yet, so every rule binds."""
        mine = order.courier_id == self.courier.id and order.stage is not Stage.PLANNED
        return not mine and order.pinned_to != self.courier.id

    def _load(self) -> None:
        if not any(self._free(self.orders[visit.order_id]) for visit in self.visits):
            return  # people may overload a courier by hand
        limit = self.courier.capacity
        picked_here = {visit.order_id for visit in self.visits if visit.kind is StopKind.PICKUP}
        aboard = {visit.order_id for visit in self.visits} - picked_here
        for visit in self.visits:
            if visit.kind is StopKind.DROPOFF:
                aboard.discard(visit.order_id)
                continue
            if self._free(self.orders[visit.order_id]) and self._mixes(visit, aboard):
                self._complain(f"{visit.order_id} is picked up at a second place with goods on board")
            aboard.add(visit.order_id)
            load = [self.orders[order_id] for order_id in aboard]
            if (
                sum(order.weight_g for order in load) > limit.weight_g
                or sum(order.volume_l for order in load) > limit.volume_l + 1e-9
                or len(load) > min(limit.orders, self.settings.bundle_max)
            ):
                self._complain(f"overloaded at the pickup of {visit.order_id}")

    def _mixes(self, visit: TimedVisit, aboard: set[OrderId]) -> bool:
        others = (self.orders[order_id].pickup.at for order_id in aboard)
        return self.settings.one_pickup_place and any(place != self._end(visit).at for place in others)

    def _times(self) -> None:
        here_from_ms = float(self.courier.free_at_ms)
        handed_over_at_ms: dict[OrderId, int] = {}
        for first, call in self._calls():
            visit = call[0]
            ends = [self._end(other) for other in call]
            half_ms = max(end.service_s for end in ends) * 500
            due_ms = here_from_ms + self.ride_ms[first]
            if first == 0 and self.courier.committed and self.courier.arrived_at_ms is not None:
                due_ms = self.courier.arrived_at_ms
            ready_ms = max(visit.arrive_at_ms + half_ms, *(end.earliest_at_ms for end in ends), 0)
            repeats_ms = (len(call) - 1) * self.settings.repeat_service_s * 1000
            name = f"{visit.order_id} {visit.kind}"
            if visit.arrive_at_ms < due_ms - TOLERANCE_MS:
                self._complain(f"{name} reached sooner than possible")
            if visit.handover_at_ms < ready_ms - TOLERANCE_MS:
                self._complain(f"{name} handed over too early")
            if visit.leave_at_ms < visit.handover_at_ms + half_ms + repeats_ms - TOLERANCE_MS:
                self._complain(f"{name} left too early")
            for other in call:
                self._limits(other, handed_over_at_ms)
            here_from_ms = visit.leave_at_ms

    def _calls(self) -> Iterator[tuple[int, list[TimedVisit]]]:
        """Yield visits that are one call at a place: pickups there in a row, with the same times."""
        first = 0
        for i in range(1, len(self.visits) + 1):
            if i < len(self.visits) and self._same_call(self.visits[first], self.visits[i]):
                continue
            yield first, list(self.visits[first:i])
            first = i

    def _same_call(self, a: TimedVisit, b: TimedVisit) -> bool:
        pickups = a.kind is StopKind.PICKUP and b.kind is StopKind.PICKUP
        times_a = (a.arrive_at_ms, a.handover_at_ms, a.leave_at_ms)
        times_b = (b.arrive_at_ms, b.handover_at_ms, b.leave_at_ms)
        return pickups and self._end(a).at == self._end(b).at and times_a == times_b

    def _limits(self, visit: TimedVisit, handed_over_at_ms: dict[OrderId, int]) -> None:
        order, end = self.orders[visit.order_id], self._end(visit)
        picked_up_at_ms = handed_over_at_ms.get(order.id)
        handed_over_at_ms[order.id] = visit.handover_at_ms
        if not self._free(order):
            return
        name = f"{order.id} {visit.kind}"
        if end.latest_at_ms is not None and visit.arrive_at_ms > end.latest_at_ms + TOLERANCE_MS:
            self._complain(f"{name} misses its window")
        shift_end_ms = self.courier.shift_ends_at_ms
        pickup = visit.kind is StopKind.PICKUP
        if shift_end_ms is not None and (pickup or self.settings.shift_end_covers_dropoff):
            over_ms = visit.handover_at_ms if pickup else visit.leave_at_ms
            if over_ms > shift_end_ms + TOLERANCE_MS:
                self._complain(f"{name} is after the shift")
        if not pickup and picked_up_at_ms is not None and order.on_board_max_s is not None:
            aboard_s = (visit.handover_at_ms - picked_up_at_ms) / 1000
            if aboard_s > order.on_board_max_s + TOLERANCE_MS / 1000:
                self._complain(f"{name} after {aboard_s:.0f} s on board")
