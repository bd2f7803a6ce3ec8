"""Which courier was asked for which orders, until when, and what came of it.

In memory only: an offer does not outlive the process; after a restart its orders are planned and offered
again. It moves no order; the desk does that with ``dispatcher.order_book``.
"""

from collections import defaultdict
from collections.abc import Sequence

from dispatcher.metrics import DispatchMetrics, NoMetrics
from domain.errors import Conflict, NotFound
from domain.events import OfferEnded, OfferMade
from domain.ids import CourierId, FleetId, OfferId, OrderId, new_offer_id

ACCEPTED = "accepted"
DECLINED = "declined"
EXPIRED = "expired"
WITHDRAWN = "withdrawn"
REMEMBER_MS = 15 * 60_000
ASK_AGAIN_FACTOR = 5


class Offers:
    """All open offers of a fleet, and those that ended within 15 minutes (for replies that come late)."""

    def __init__(self, fleet: FleetId, metrics: DispatchMetrics | None = None) -> None:
        self._fleet = fleet
        self._metrics = metrics or NoMetrics()
        self._open: dict[OfferId, OfferMade] = {}
        self._ended: dict[OfferId, OfferEnded] = {}
        self._silent_until_ms: defaultdict[OrderId, dict[CourierId, int]] = defaultdict(dict)

    def make(
        self,
        courier_id: CourierId,
        order_ids: Sequence[OrderId],
        *,
        now_ms: int,
        expires_at_ms: int,
        why: dict[str, object],
    ) -> OfferMade:
        """Ask a courier to take orders, all or none."""
        offer = OfferMade(
            fleet=self._fleet,
            at_ms=now_ms,
            offer_id=new_offer_id(),
            courier_id=courier_id,
            order_ids=tuple(order_ids),
            expires_at_ms=expires_at_ms,
            why=why,
        )
        self._open[offer.offer_id] = offer
        self._metrics.offer_ended("made")
        return offer

    def of(self, courier_id: CourierId) -> list[OfferMade]:
        """Return a courier's open offers."""
        return [offer for offer in self._open.values() if offer.courier_id == courier_id]

    def for_order(self, order_id: OrderId) -> list[OfferMade]:
        """Return the open offers that contain an order."""
        return [offer for offer in self._open.values() if order_id in offer.order_ids]

    def all(self) -> list[OfferMade]:
        """Return all open offers."""
        return list(self._open.values())

    def reply(self, courier_id: CourierId, offer_id: OfferId) -> OfferMade | OfferEnded:
        """Return the offer a courier replies to: open, or how it ended.

        Raises:
            NotFound: ``no_such_offer``, also for somebody else's.
        """
        offer = self._open.get(offer_id) or self._ended.get(offer_id)
        if offer is None or offer.courier_id != courier_id:
            raise NotFound("no_such_offer", f"There is no offer {offer_id} for you.", offer_id=offer_id)
        return offer

    def end(self, offer: OfferMade, result: str, now_ms: int) -> OfferEnded:
        """Close an open offer.

        Args:
            offer: an open offer.
            result: ``accepted``, ``declined``, ``expired`` or ``withdrawn``.
            now_ms: server time.
        """
        del self._open[offer.offer_id]
        ended = OfferEnded(
            fleet=self._fleet,
            at_ms=now_ms,
            offer_id=offer.offer_id,
            courier_id=offer.courier_id,
            order_ids=offer.order_ids,
            result=result,
        )
        self._ended[offer.offer_id] = ended
        self._metrics.offer_ended(result)
        if result == EXPIRED:
            rest_ms = ASK_AGAIN_FACTOR * (offer.expires_at_ms - offer.at_ms)
            for order_id in offer.order_ids:
                self._silent_until_ms[order_id][offer.courier_id] = now_ms + rest_ms
        return ended

    def overdue(self, now_ms: int) -> list[OfferMade]:
        """Return open offers whose time is over."""
        return [offer for offer in self._open.values() if offer.expires_at_ms <= now_ms]

    def resting(self, order_id: OrderId, now_ms: int) -> frozenset[CourierId]:
        """Return couriers who let an offer of this order run out and are not asked again yet."""
        silent = self._silent_until_ms.get(order_id, {})
        return frozenset(courier for courier, until in silent.items() if until > now_ms)

    def forget(self, now_ms: int) -> None:
        """Let go of what no reply can be about any more."""
        self._ended = {key: end for key, end in self._ended.items() if end.at_ms > now_ms - REMEMBER_MS}
        for order_id, silent in list(self._silent_until_ms.items()):
            if all(until <= now_ms for until in silent.values()):
                del self._silent_until_ms[order_id]


def offer_over(ended: OfferEnded) -> Conflict:
    """Return the refusal of a reply that came too late."""
    return Conflict("offer_over", f"Offer {ended.offer_id} was {ended.result} already.", result=ended.result)
