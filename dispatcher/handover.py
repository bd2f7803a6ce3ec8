"""Goods that change hands: between two couriers who meet, or left where a courier could not carry on.

Goods on board return to the pool with their pickup moved to where they are now; from there on they are
planned, offered, picked up and explained like any other order. The history keeps where they came from.
"""

import msgspec

from dispatcher.state import FleetState
from domain.errors import Conflict
from domain.geo import LonLat, distance_m
from domain.ids import CourierId, OrderId
from domain.lifecycle import CARRIED, ON_BOARD, Trigger
from domain.order import Order, OrderPlace

SERVICE_S = 60
"""Handing over a bag takes about a minute."""


class HandOver:
    """Moves goods of one fleet between couriers."""

    def __init__(self, state: FleetState) -> None:
        self._state = state

    def leave(
        self, order_id: OrderId, actor: str, at: LonLat | None = None, notes: str | None = None
    ) -> Order:
        """Return goods on board to the pool, to be picked up at ``at`` (by default where their courier is).

        Raises:
            Conflict: ``not_on_board``.
        """
        state = self._state
        order = state.book.get(order_id)
        giver = order.courier_id
        if order.status not in ON_BOARD or giver is None:
            raise Conflict(
                "not_on_board", f"Order {order_id} is {order.status}; its goods are not with a courier."
            )
        place = self._place(giver, at or state.roster.at(giver) or order.pickup.at, notes)
        came_from = {
            "from_lon": order.pickup.at.lon,
            "from_lat": order.pickup.at.lat,
            "from_name": order.pickup.name,
            "giver": str(giver),
        }
        stamp = msgspec.structs.replace(state.stamp(actor), detail=came_from)
        state.book.move(order_id, Trigger.HAND_OVER, stamp, courier_id=giver, exclude=giver)
        state.board.take_off(order_id)
        return state.book.edit(order_id, {"pickup": place}, state.stamp(actor), trigger="move_pickup")

    def pass_on(
        self, order_id: OrderId, courier_id: CourierId, actor: str, at: LonLat | None = None
    ) -> Order:
        """Give goods on board to another courier who meets their carrier at ``at`` (half-way, by default).

        Raises:
            Conflict: ``not_on_board``, ``same_courier``.
        """
        state = self._state
        order, taker = state.book.get(order_id), state.roster.get(courier_id)
        giver = order.courier_id
        if giver == courier_id:
            raise Conflict("same_courier", f"{taker.name} has order {order_id} already.")
        meeting = at or self._half_way(order, courier_id)
        self.leave(order_id, actor, meeting)
        moved = state.book.move(
            order_id, Trigger.ASSIGN, state.stamp(actor), courier_id=courier_id, pinned=True
        )
        for courier in (giver, courier_id):
            state.alert(
                "hand_over",
                order_id=order_id,
                courier_id=courier,
                again_after_s=0,
                detail={"lon": meeting.lon, "lat": meeting.lat, "giver": giver, "taker": courier_id},
            )
        return moved

    def leave_all(self, courier_id: CourierId, actor: str) -> list[OrderId]:
        """Return everything a courier has on board to the pool; returns which orders."""
        aboard = [
            order.id
            for order in self._state.book.all().values()
            if order.courier_id == courier_id and order.status in CARRIED & ON_BOARD
        ]
        for order_id in aboard:
            self.leave(order_id, actor)
        return aboard

    def _place(self, giver: CourierId, at: LonLat, notes: str | None) -> OrderPlace:
        courier = self._state.roster.find(giver)
        return OrderPlace(
            at=at,
            name=courier.name if courier else None,
            phone=courier.phone if courier else None,
            notes=notes,
            ready_at_ms=self._state.now_ms(),
            service_s=SERVICE_S,
        )

    def _half_way(self, order: Order, taker: CourierId) -> LonLat:
        """Return the place on the straight line that both couriers reach at the same time."""
        roster = self._state.roster
        giver = order.courier_id
        a = (roster.at(giver) if giver else None) or order.pickup.at
        b = roster.at(taker) or a
        share = 0.5 if distance_m(a, b) > 0 else 0.0
        return LonLat(a.lon + (b.lon - a.lon) * share, a.lat + (b.lat - a.lat) * share)
