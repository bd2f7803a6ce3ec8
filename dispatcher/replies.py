"""Couriers' answers to offers: all orders of an offer are taken, or none."""

from dispatcher.dispatching import Dispatching
from dispatcher.explain import explanation_of
from dispatcher.offers import ACCEPTED, DECLINED, offer_over
from dispatcher.state import FleetState
from dispatcher.who_was_out import Because
from domain.events import OfferEnded, OfferMade
from domain.ids import CourierId, OfferId
from domain.lifecycle import Trigger
from domain.order import OrderStatus


class Replies:
    """Applies replies of one fleet."""

    def __init__(self, state: FleetState, dispatching: Dispatching) -> None:
        self._state = state
        self._dispatching = dispatching

    def reply(self, courier_id: CourierId, offer_id: OfferId, *, accept: bool, reason: str | None) -> None:
        """Accept or decline; the same answer again changes nothing.

        Raises:
            NotFound: ``no_such_offer``.
            Conflict: ``offer_over`` when it ended otherwise.
        """
        offer = self._state.offers.reply(courier_id, offer_id)
        if isinstance(offer, OfferEnded):
            if offer.result != (ACCEPTED if accept else DECLINED):
                raise offer_over(offer)
            return
        if accept:
            self._accept(offer)
        else:
            self._decline(offer, reason)

    def _accept(self, offer: OfferMade) -> None:
        state, actor = self._state, f"courier:{offer.courier_id}"
        state.tell(state.offers.end(offer, ACCEPTED, state.now_ms()))
        for order_id in offer.order_ids:
            order = state.book.find(order_id)
            if order and order.status == OrderStatus.OFFERED:
                state.book.move(order_id, Trigger.ACCEPT, state.stamp(actor), courier_id=offer.courier_id)
            state.explained(order_id, explanation_of(offer.why, order_id))
            for other in state.offers.for_order(order_id):
                self._dispatching.withdraw(other)

    def _decline(self, offer: OfferMade, reason: str | None) -> None:
        state, actor = self._state, f"courier:{offer.courier_id}"
        state.tell(state.offers.end(offer, DECLINED, state.now_ms()))
        for order_id in offer.order_ids:
            state.left_out[order_id, offer.courier_id] = Because.DECLINED
            order = state.book.find(order_id)
            if order and order.status == OrderStatus.OFFERED and not state.offers.for_order(order_id):
                state.book.move(
                    order_id,
                    Trigger.DECLINE,
                    state.stamp(actor),
                    courier_id=offer.courier_id,
                    exclude=offer.courier_id,
                    reason=reason,
                )
            elif order and order.status == OrderStatus.OFFERED:  # others were asked too and may still say yes
                excluded = order.excluded | {offer.courier_id}
                state.book.edit(order_id, {"excluded": excluded}, state.stamp(actor), trigger="decline")
