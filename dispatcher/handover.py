"""Goods that change hands: between two couriers who meet, or left where a courier could not carry on.

Goods on board return to the pool with their pickup moved to where they change hands; from there on they are
planned, offered, picked up and explained like any other order. ``Order.held_by`` says who has them until
then: that courier's route leads there too, as a ``handover`` stop. The history keeps where they came from.
"""

import msgspec

from dispatcher.hubs import middle
from dispatcher.order_book import Stamp
from dispatcher.state import FleetState
from dispatcher.who_was_out import Because
from domain.errors import Conflict
from domain.geo import LonLat, distance_m
from domain.ids import CourierId, OrderId
from domain.lifecycle import CARRIED, ON_BOARD, Trigger
from domain.order import Order, OrderPlace

SERVICE_S = 60
"""Handing over a bag takes about a minute."""

DETOUR, DETOUR_M = 1.5, 1_000.0
"""A hub is on the way when the way over it is no longer than this: a share of the direct one, and metres."""


class HandOver:
    """Moves goods of one fleet between couriers."""

    def __init__(self, state: FleetState) -> None:
        self._state = state

    def leave(
        self, order_id: OrderId, actor: str, at: LonLat | None = None, *, carries_on: bool = True
    ) -> Order:
        """Return goods on board to the pool, for whom the planner chooses.

        Args:
            order_id: an order whose goods are on board.
            actor: who decided.
            at: where they change hands; by default the hub on the way, else where their courier is.
            carries_on: the courier brings them there; False when that courier can do no more.

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
        here = state.roster.at(giver) or order.pickup.at
        place = self._place(giver, at or (self._hub_on_the_way(here, order) if carries_on else None) or here)
        came_from = {
            "from_lon": order.pickup.at.lon,
            "from_lat": order.pickup.at.lat,
            "from_name": order.pickup.name,
            "giver": str(giver),
        }
        stamp = msgspec.structs.replace(state.stamp(actor), detail=came_from)
        state.book.move(order_id, Trigger.HAND_OVER, stamp, courier_id=giver, exclude=giver)
        state.left_out[order_id, giver] = Because.PASSED_ON
        state.board.take_off(order_id)
        now_at = {
            "pickup": place,
            "ready_told_at_ms": state.now_ms(),
            "held_by": giver if carries_on else None,
        }
        return state.book.edit(order_id, now_at, state.stamp(actor), trigger="move_pickup")

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

    def given(self, order_id: OrderId, courier_id: CourierId, stamp: Stamp, action_id: str) -> bool:
        """Take the giver's word that the goods are out of hand; returns whether that was news."""
        if self._state.book.get(order_id).held_by != courier_id:
            return False
        self._state.book.edit(order_id, {"held_by": None}, stamp, trigger="handed_over", action_id=action_id)
        return True

    def leave_all(self, courier_id: CourierId, actor: str) -> list[OrderId]:
        """Return everything a courier has on board to the pool; returns which orders."""
        aboard = [
            order.id
            for order in self._state.book.all().values()
            if order.courier_id == courier_id and order.status in CARRIED & ON_BOARD
        ]
        for order_id in aboard:
            self.leave(order_id, actor, carries_on=False)
        return aboard

    def _place(self, giver: CourierId, at: LonLat) -> OrderPlace:
        courier, hub = self._state.roster.find(giver), self._state.hubs.at(at)
        name = courier.name if courier else None
        return OrderPlace(
            at=at,
            name=hub.name if hub else name,
            phone=courier.phone if courier else None,
            notes=name if hub else None,
            ready_at_ms=self._state.now_ms(),
            service_s=SERVICE_S,
        )

    def _hub_on_the_way(self, here: LonLat, order: Order) -> LonLat | None:
        """Return a hub that lies on the way to the customer, give or take."""
        direct_m = distance_m(here, order.dropoff.at)
        found = self._state.hubs.between(here, order.dropoff.at)
        return middle(found[0]) if found and found[1] <= direct_m * DETOUR + DETOUR_M else None

    def _half_way(self, order: Order, taker: CourierId) -> LonLat:
        """Return the place on the straight line that both couriers reach at the same time, or a hub.

        Where nobody may ride, nobody can meet.
        """
        roster = self._state.roster
        giver = order.courier_id
        a = (roster.at(giver) if giver else None) or order.pickup.at
        b = roster.at(taker) or a
        meeting = LonLat((a.lon + b.lon) / 2, (a.lat + b.lat) / 2)
        if self._state.no_go.zone_at(meeting) is None:
            return meeting
        hub = self._state.hubs.between(a, b)
        return middle(hub[0]) if hub else a
