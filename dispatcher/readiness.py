"""When goods are really ready: what each shop's word was worth lately.

From orders that were picked up: how much later than promised they could be had. Only pick-ups that tell
count: the shop said "ready", or the courier had to wait, or came just when the goods were promised. Whoever
came late and left at once learnt nothing but an upper bound. Few observations of a shop lean on the whole
fleet's, few of the fleet's on ``PRIOR``.
"""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from dispatcher.calibration import quantile
from domain.order import Order, OrderStatus

PER_SHOP = 60
SHOP_PRIOR = 8.0
"""The fleet counts as this many pick-ups of the shop's own."""

FLEET_PRIOR = 20.0
PRIOR = ((0.1, -90.0), (0.5, 0.0), (0.9, 120.0))
"""Seconds late at three shares, before anything is known."""

ABSURD_S = 3_600.0
JUST_THEN_S = 120.0


class Delay(msgspec.Struct, frozen=True):
    """Seconds after the promised time: at a chosen quantile, in the middle, and its standard deviation."""

    chosen_s: float = 0.0
    median_s: float = 0.0
    sd_s: float = 90.0
    seen: int = 0


class ReadyTimes:
    """Delays of one fleet's shops; one writer, ``dispatcher.learning``."""

    def __init__(self) -> None:
        self._shops: defaultdict[str, list[float]] = defaultdict(list)
        self._all: list[float] = []
        self._known: dict[tuple[str, float], Delay] = {}

    def read(self, orders: Iterable[Order], usual_service_s: float) -> None:
        """Learn everything anew from past orders, newest first."""
        self._shops.clear()
        self._all = []
        for order in orders:
            self._take(order, usual_service_s, newest=False)
        self._known.clear()

    def see(self, order: Order, usual_service_s: float) -> None:
        """Learn from one order that was just picked up or called ready."""
        self._take(order, usual_service_s, newest=True)
        self._known.clear()

    def delay(self, order: Order, share: float) -> Delay:
        """Return how late an order's goods will be, ``share`` of the times no later than ``chosen_s``."""
        key = (shop_of(order), share)
        known = self._known.get(key)
        if known is None:
            low, middle, high, chosen = (self._at(key[0], each) for each in (0.1, 0.5, 0.9, share))
            known = Delay(chosen, middle, max(30.0, (high - low) / 2.563), len(self._shops.get(key[0], ())))
            self._known[key] = known
        return known

    def _at(self, shop: str, share: float) -> float:
        fleet = _blend(self._all, share, _prior_s(share), FLEET_PRIOR)
        return _blend(self._shops.get(shop, []), share, fleet, SHOP_PRIOR)

    def _take(self, order: Order, usual_service_s: float, *, newest: bool) -> None:
        seen_s = observed_delay_s(order, usual_service_s)
        if seen_s is None:
            return
        for kept, most in ((self._shops[shop_of(order)], PER_SHOP), (self._all, PER_SHOP * 5)):
            if newest:
                kept.insert(0, seen_s)
            else:
                kept.append(seen_s)
            del kept[most:]


def shop_of(order: Order) -> str:
    """Return what tells the shops apart: their token's name, else the place."""
    at = order.pickup.at
    return order.shop_id or f"{at.lon:.4f},{at.lat:.4f}"


def observed_delay_s(order: Order, usual_service_s: float) -> float | None:
    """Return how much later than promised the goods were ready, None when nobody can know."""
    promised_ms = order.pickup.ready_at_ms
    if promised_ms is None:
        return None
    if order.ready_told_at_ms is not None:
        return _believable((order.ready_told_at_ms - promised_ms) / 1000)
    came_ms = order.reached_at_ms.get(OrderStatus.AT_PICKUP)
    left_ms = order.reached_at_ms.get(OrderStatus.PICKED_UP)
    if came_ms is None or left_ms is None or left_ms < came_ms:
        return None
    service_s = usual_service_s if order.pickup.service_s is None else order.pickup.service_s
    late_s = (left_ms - promised_ms) / 1000 - service_s / 2  # the other half comes before the hand-over
    stayed_s, early_s = (left_ms - came_ms) / 1000, (promised_ms - came_ms) / 1000
    waited = stayed_s > 1.5 * service_s + 60
    if early_s > 0 or waited:
        return _believable(late_s)
    return 0.0 if early_s > -JUST_THEN_S else None


def _believable(delay_s: float) -> float | None:
    return delay_s if abs(delay_s) < ABSURD_S else None


def _blend(seen: list[float], share: float, prior_s: float, weight: float) -> float:
    if not seen:
        return prior_s
    n = len(seen)
    return (n * quantile(sorted(seen), share) + weight * prior_s) / (n + weight)


def _prior_s(share: float) -> float:
    (s0, v0), (s1, v1), (s2, v2) = PRIOR
    if share <= s1:
        return v0 + (v1 - v0) * (share - s0) / (s1 - s0)
    return v1 + (v2 - v1) * (share - s1) / (s2 - s1)
