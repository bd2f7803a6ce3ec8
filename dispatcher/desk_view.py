"""What one fleet's desk shows: orders, couriers, plan, offers, arrivals. Synchronous, changes nothing."""

from collections.abc import Mapping, Sequence

from dispatcher.smoothing import Smoother
from dispatcher.state import FleetState
from dispatcher.watch import is_late
from domain.courier import Courier
from domain.events import OfferMade
from domain.ids import CourierId, OrderId
from domain.lifecycle import CARRIED, FINAL, ON_BOARD
from domain.order import Order, StopKind, stop_id
from domain.people import Fleet
from domain.plan import Eta, Plan, Route
from domain.ports import CourierWork, OrderEtas
from domain.position import Presence


class DeskView:
    """The reading half of ``dispatcher.desk.Desk``."""

    def __init__(self, state: FleetState) -> None:
        self.fleet: Fleet = state.fleet
        self._state = state
        self._smoother = Smoother()

    def open_orders(self) -> Mapping[OrderId, Order]:
        """Return orders that are not final, and those that ended within the last 15 minutes."""
        return self._state.book.all()

    def couriers(self) -> Mapping[CourierId, Courier]:
        """Return everybody of the fleet."""
        return self._state.roster.all()

    def plan(self) -> Plan:
        """Return the routes couriers have, and why other orders have nobody."""
        board = self._state.board
        return Plan(
            fleet=self.fleet.id,
            epoch=board.epoch,
            at_ms=self._state.now_ms(),
            routes=dict(board.routes()),
            unassigned=dict(board.unassigned),
        )

    def route(self, courier_id: CourierId) -> Route:
        """Return a courier's stops with their newest times."""
        return self._state.board.route(courier_id)

    def offers(self, courier_id: CourierId) -> Sequence[OfferMade]:
        """Return what a courier is asked now."""
        return self._state.offers.of(courier_id)

    def etas(self, order_id: OrderId) -> OrderEtas:
        """Return when an order's open stops are expected, also while it is only planned."""
        order = self._state.book.find(order_id)
        if order is None or order.status in FINAL:
            return OrderEtas()
        courier_id = order.courier_id or self._state.board.planned_courier().get(order_id)
        if courier_id is None:
            return OrderEtas()
        return OrderEtas(
            pickup=self._eta(order, StopKind.PICKUP, courier_id),
            dropoff=self._eta(order, StopKind.DROPOFF, courier_id),
        )

    def stops_before(self, order_id: OrderId) -> int | None:
        """Return how many stops its courier has before this order's drop-off, None when nobody carries it."""
        order = self._state.book.find(order_id)
        if order is None or order.courier_id is None or order.status not in CARRIED:
            return None
        stops = self.route(order.courier_id).stops
        wanted = (order_id, StopKind.DROPOFF)
        return next((i for i, stop in enumerate(stops) if (stop.order_id, stop.kind) == wanted), None)

    def work(self, courier_id: CourierId) -> CourierWork:
        """Return how much a courier has worked today, next to the fleet's mean."""
        return self._state.work.of(courier_id, self._state.now_ms())

    def presence(self, courier_id: CourierId) -> Presence:
        """Return a courier's presence as the desk knows it."""
        return self._state.roster.presence(courier_id)

    def is_late(self, order_id: OrderId) -> bool:
        """Tell whether an order is expected past its promise."""
        order = self._state.book.find(order_id)
        return order is not None and order.status not in FINAL and is_late(self._state, order)

    def _forget_shown(self, order_id: OrderId) -> None:
        for kind in StopKind:
            self._smoother.forget(stop_id(order_id, kind))

    def _eta(self, order: Order, kind: StopKind, courier_id: CourierId) -> Eta | None:
        if kind == StopKind.PICKUP and order.status in ON_BOARD:
            return None
        eta = self._state.board.eta(order, kind, courier_id)
        return self._smoother.shown(stop_id(order.id, kind), eta) if eta else None
