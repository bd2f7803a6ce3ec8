"""Which circles each courier is tested against: the stops of the orders that the courier carries.

Created when an order is assigned and closed when it ends or changes hands. A closed fence still sees a
courier leave, and takes late evidence from while it was open, until it is swept out after ``linger_s``.
"""

from collections.abc import Callable, Iterable

from domain.geo import LonLat, distance_m
from domain.ids import CourierId, OrderId, StopId
from domain.lifecycle import CARRIED, ON_BOARD
from domain.order import Order, OrderPlace, OrderStatus, StopKind, parse_stop_id, stop_id
from domain.plan import Route
from domain.zone import OrderFence
from tracker.geofence.engine import FenceEngine
from tracker.geofence.fence import ALWAYS, STOP, Fence, stop_fence
from tracker.geofence.transitions import FenceState, Phase
from tracker.pipeline import Pipeline

_SAME_PLACE_M = 50.0
RadiusOf = Callable[[LonLat], float]
"""Arrival radius of a place, metres."""


class OrderFences:
    """The stop fences of one fleet's orders. One writer: the facade, when an order changes."""

    def __init__(self, pipeline: Pipeline, radius_of: RadiusOf, linger_ms: int) -> None:
        self._pipeline = pipeline
        self._engine: FenceEngine = pipeline.engine
        self._radius_of = radius_of
        self._linger_ms = linger_ms
        self._carriers: dict[OrderId, CourierId] = {}
        self._closed: list[Fence] = []

    def follow(self, order: Order, at_ms: int) -> None:
        """Open, close or leave alone the fences of an order that changed.

        Args:
            order: its new state.
            at_ms: when, in event time.
        """
        carrier = order.courier_id if order.status in CARRIED else None
        before = self._carriers.get(order.id)
        if before is not None and before != carrier:
            self._close(before, order.id, at_ms)
        if carrier is None:
            return
        self._carriers[order.id] = carrier
        if order.status not in ON_BOARD:
            self._open(order, StopKind.PICKUP, order.pickup, carrier, at_ms)
        else:
            self._close_stop(carrier, stop_id(order.id, StopKind.PICKUP), at_ms)
        self._open(order, StopKind.DROPOFF, order.dropoff, carrier, at_ms)
        if order.status is OrderStatus.PICKED_UP and before is not None:
            self._begin_anew(carrier, stop_id(order.id, StopKind.DROPOFF))
        if order.status in ON_BOARD and before is None:
            self._begin_anew_again(carrier, order)

    def plan(self, route: Route) -> None:
        """Take over in which order a courier means to visit stops; those at one place come together."""
        stops = self._engine.stops.get(route.courier_id)
        if not stops or not route.stops:
            return
        first = route.stops[0].at
        later = {_key(stop.stop_id) for stop in route.stops if distance_m(first, stop.at) > _SAME_PLACE_M}
        for key, fence in stops.items():
            fence.later = key in later

    def restore(self, fences: Iterable[Fence]) -> None:
        """Take over the fences of an earlier process, before any order is followed."""
        for fence in fences:
            if fence.courier_id is not None:
                self._engine.stops.setdefault(fence.courier_id, {})[fence.key] = fence
            if fence.until_ms != ALWAYS:
                self._closed.append(fence)

    def close_orphans(self, at_ms: int) -> None:
        """Close restored fences of orders that nobody carries any more, after the orders were followed."""
        for courier_id, stops in list(self._engine.stops.items()):
            for fence in list(stops.values()):
                parsed = parse_stop_id(fence.stop_id) if fence.stop_id else None
                if parsed is not None and self._carriers.get(parsed[0]) != courier_id:
                    self._close_stop(courier_id, StopId(str(fence.stop_id)), at_ms)

    def sweep(self, now_ms: int) -> None:
        """Drop fences that were closed long enough ago."""
        keep = []
        for fence in self._closed:
            if fence.until_ms + self._linger_ms > now_ms:
                keep.append(fence)
                continue
            self._drop(fence)
        self._closed = keep

    def _open(
        self, order: Order, kind: StopKind, place: OrderPlace, courier_id: CourierId, at_ms: int
    ) -> None:
        stop = stop_id(order.id, kind)
        stops = self._engine.stops.setdefault(courier_id, {})
        known = stops.get(_key(stop))
        self._note(courier_id)
        fence = stop_fence(
            OrderFence(
                stop_id=stop,
                courier_id=courier_id,
                center=place.at,
                radius_m=self._radius_of(place.at),
            ),
            from_ms=at_ms,
        )
        if known is None:
            stops[fence.key] = fence
            self._recall_visit(order, kind, fence)
        elif known.until_ms != ALWAYS:
            known.until_ms = ALWAYS
            self._closed = [item for item in self._closed if item is not known]
        elif known.order is not None and known.order.center != place.at:
            known.shape, known.order = fence.shape, fence.order

    def _recall_visit(self, order: Order, kind: StopKind, fence: Fence) -> None:
        """After a restart: a courier whose order says AT_PICKUP is inside already and was told so."""
        arrived = OrderStatus.AT_PICKUP if kind is StopKind.PICKUP else OrderStatus.AT_DROPOFF
        courier = self._pipeline.courier(fence.courier_id) if fence.courier_id else None
        if order.status is not arrived or courier is None:
            return
        since_ms = order.reached_at_ms.get(arrived, int(fence.from_ms))
        fence.from_ms = min(fence.from_ms, since_ms)
        courier.timeline.book.remember(fence, since_ms)
        inside = FenceState(Phase.IN, since_ms, since_ms)
        courier.timeline.revise(lambda states: {**states, fence.key: inside})

    def _begin_anew(self, courier_id: CourierId, stop: StopId) -> None:
        """Let an arrival count again that came before the goods were on board."""
        courier = self._pipeline.courier(courier_id)
        fence = self._engine.stops.get(courier_id, {}).get(_key(stop))
        newest = None if courier is None else courier.timeline.newest
        if courier is None or fence is None or newest is None or fence.key not in newest.states:
            return
        fence.anew_ms = newest.claim.at_ms + 1
        self._note(courier_id)

    def _begin_anew_again(self, courier_id: CourierId, order: Order) -> None:
        """After a kill between the pick-up and the next tick, whose memory would have told of it."""
        fence = self._engine.stops.get(courier_id, {}).get(_key(stop_id(order.id, StopKind.DROPOFF)))
        picked_up_ms = order.reached_at_ms.get(OrderStatus.PICKED_UP)
        if fence is not None and picked_up_ms is not None and fence.anew_ms == -ALWAYS:
            fence.anew_ms = picked_up_ms + 1

    def _close(self, courier_id: CourierId, order_id: OrderId, at_ms: int) -> None:
        self._carriers.pop(order_id, None)
        for kind in StopKind:
            self._close_stop(courier_id, stop_id(order_id, kind), at_ms)

    def _close_stop(self, courier_id: CourierId, stop: StopId, at_ms: int) -> None:
        fence = self._engine.stops.get(courier_id, {}).get(_key(stop))
        if fence is not None and fence.until_ms == ALWAYS:
            fence.until_ms = at_ms
            self._note(courier_id)
            self._closed.append(fence)

    def _note(self, courier_id: CourierId) -> None:
        """Have the courier's memory written with the next tick."""
        courier = self._pipeline.courier(courier_id)
        if courier is not None:
            courier.memory_due = True

    def _drop(self, fence: Fence) -> None:
        if fence.courier_id is None:
            return
        stops = self._engine.stops.get(fence.courier_id, {})
        stops.pop(fence.key, None)
        fence.gone = True
        if not stops:
            self._engine.stops.pop(fence.courier_id, None)
        courier = self._pipeline.courier(fence.courier_id)
        if courier is not None:
            courier.timeline.book.forget(fence.key)


def _key(stop: StopId) -> str:
    return f"{STOP}{stop}"
