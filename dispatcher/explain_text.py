"""Puts the facts of one decision into sentences; the words themselves are ``dispatcher.words``."""

import datetime as dt
import zoneinfo
from collections import defaultdict
from collections.abc import Iterator

import msgspec

from dispatcher import words, words_out
from dispatcher.ahead import pickup_from_ms
from dispatcher.model import OrderCost, Rule
from dispatcher.state import FleetState, Moved
from dispatcher.who_was_out import Because, Out
from domain.ids import CourierId
from domain.lifecycle import CARRIED
from domain.order import Order, OrderStatus
from domain.plan import UnassignedReason

LATE_WORTH_TELLING_S = 60.0
WORK_WORTH_TELLING_MIN = 5.0


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the sentences of one explanation are made of."""

    order: Order | None
    courier_id: CourierId | None
    cost_min: float | None
    rivals: list[tuple[CourierId, float]]
    found: OrderCost
    by_hand: bool
    out: list[Out]
    reason: UnassignedReason | None
    asking: bool
    moved: Moved | None


def text_of(state: FleetState, language: str, facts: Facts) -> str:
    """Return an explanation in a language: who, why, who came next and who was out."""
    lines = [*_outcome(state, language, facts)]
    lines += _shop_usually(state, language, facts)
    lines += _what_counted(state, language, facts)
    nobody_else = facts.courier_id is not None and 0 < facts.found.looked_at < 2 and not facts.by_hand
    if facts.rivals or nobody_else:
        options = [(name_of(state, courier), cost) for courier, cost in facts.rivals]
        first_yes = not facts.by_hand and facts.found.courier_id not in (None, facts.courier_id)
        others = words.others(language, options, facts.cost_min, by_hand=facts.by_hand, first_yes=first_yes)
        lines.append(others)
    if facts.found.looked_at > len(facts.rivals) + 1:
        lines.append(words_out.compared(language, facts.found.looked_at))
    by_rule: defaultdict[Rule | Because, list[str]] = defaultdict(list)
    for out in facts.out:
        by_rule[out.because or out.rule].append(name_of(state, out.courier_id))
    needs = sorted(facts.order.requires) if facts.order else []
    lines.append(words_out.ruled_out(language, by_rule, needs))
    if facts.cost_min is not None or facts.rivals:
        lines.append(words.MINUTES[language])
    return " ".join(line for line in lines if line)


def _what_counted(state: FleetState, language: str, facts: Facts) -> Iterator[str]:
    """Yield what spoke for the choice beside the way: priority, other orders on board, paid work so far."""
    chosen, order = facts.courier_id, facts.order
    if order is not None and order.priority > 0:
        yield words.PRIORITY[language]
    if chosen is None:
        return
    others = [
        other
        for other in state.book.all().values()
        if other.courier_id == chosen and other.status in CARRIED and (order is None or other.id != order.id)
    ]
    if others:
        yield words.carries_already(language, name_of(state, chosen), len(others))
    if facts.by_hand or not facts.rivals or not state.settings.planner.fairness:
        return
    now_ms = state.now_ms()
    behind_min = -state.work.of(chosen, now_ms).above_mean_min
    rival_behind_min = -state.work.of(facts.rivals[0][0], now_ms).above_mean_min
    if behind_min >= WORK_WORTH_TELLING_MIN and behind_min - rival_behind_min >= WORK_WORTH_TELLING_MIN:
        yield words.worked_less(language, name_of(state, chosen), behind_min)


def _outcome(state: FleetState, language: str, facts: Facts) -> Iterator[str]:
    """Yield who has the order, or why nobody does."""
    if facts.courier_id is not None:
        name = name_of(state, facts.courier_id)
        yield words.chosen(language, name, facts.cost_min, by_hand=facts.by_hand)
        if facts.moved is not None:
            yield words.moved(language, name_of(state, facts.moved.before), name, facts.moved.gain_min)
        if facts.order is not None and facts.order.status == OrderStatus.PLACED and not facts.asking:
            yield words.NOT_ASKED[language]
    elif facts.reason == UnassignedReason.NO_GO_ZONE and facts.order is not None:
        yield _forbidden(state, language, facts.order)
    elif facts.reason == UnassignedReason.NOT_YET and facts.order is not None:
        yield _not_yet(state, language, facts.order)
    elif facts.reason is not None:
        yield words_out.WAITING[language][facts.reason]


def _not_yet(state: FleetState, language: str, order: Order) -> str:
    """Return when it is picked up, by the fleet's own clock."""
    zone = zoneinfo.ZoneInfo(state.fleet.time_zone)
    now, then = (
        dt.datetime.fromtimestamp(at_ms / 1000, zone)
        for at_ms in (state.now_ms(), pickup_from_ms(state, order))
    )
    days = (then.date() - now.date()).days
    date = f"{then:%d/%m}" if language != "en" else f"{then.day} {then:%B}"
    return words.picked_up_at(language, f"{then:%H:%M}", days, date)


def _shop_usually(state: FleetState, language: str, facts: Facts) -> Iterator[str]:
    """Yield what the plan expects of the shop's promise, where that is a minute or more."""
    order = facts.order
    ready_ms = order.pickup.ready_at_ms if order else None
    if order is None or ready_ms is None or order.ready_told_at_ms is not None or ready_ms < state.now_ms():
        return
    delay = state.ready_times.delay(order, state.settings.ready_quantile)
    if delay.seen and abs(delay.median_s) >= LATE_WORTH_TELLING_S:
        yield words.ready_later(language, delay.median_s / 60, order.pickup.name)


def _forbidden(state: FleetState, language: str, order: Order) -> str:
    for place in (order.pickup, order.dropoff):
        zone = state.no_go.zone_at(place.at)
        if zone is not None:
            pickup = place is order.pickup
            return words.forbidden(language, zone.name, pickup=pickup, vehicles=sorted(zone.vehicles))
    return words_out.WAITING[language][UnassignedReason.NO_GO_ZONE]


def name_of(state: FleetState, courier_id: CourierId) -> str:
    """Return a courier's first name: whoever reads it may be a colleague."""
    courier = state.roster.find(courier_id)
    return courier.name.split()[0] if courier and courier.name.split() else str(courier_id)
