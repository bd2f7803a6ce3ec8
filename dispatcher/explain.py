"""Why an order went to whom it went, or why it waits: facts and sentences for couriers and dispatchers.

Made from the planner's own costs at the moment of the decision and kept with the assignment. First names
only: whoever reads it may be a colleague. It decides nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from dispatcher import words
from dispatcher.model import OrderCost, Rule
from dispatcher.state import FleetState, Moved
from domain.errors import NotFound
from domain.ids import CourierId, OrderId
from domain.order import Order
from domain.plan import UnassignedReason

Doc = dict[str, object]

LATE_WORTH_TELLING_S = 60.0


def decision(
    state: FleetState,
    order_id: OrderId,
    courier_id: CourierId | None,
    cost: OrderCost | None,
    *,
    kind: str,
    actor: str,
    reason: UnassignedReason | None = None,
) -> Doc:
    """Return an explanation.

    Args:
        state: the fleet.
        order_id: which order.
        courier_id: who has it now, None when it waits.
        cost: what the planner found, None when it was not asked.
        kind: ``planned``, ``by_hand`` or ``waiting``.
        actor: who decided.
        reason: why it waits.
    """
    found = cost or OrderCost(order_id=order_id)
    cost_min = _cost_with(found, courier_id)
    options = [(option.courier_id, option.cost_min) for option in found.alternatives]
    rivals = [(courier, minutes) for courier, minutes in options if courier != courier_id][:3]
    facts = _Facts(
        order=state.book.find(order_id),
        courier_id=courier_id,
        cost_min=cost_min,
        rivals=rivals,
        found=found,
        by_hand=kind == "by_hand",
        reason=reason,
        moved=state.moved_to(order_id, courier_id) if kind == "planned" else None,
    )
    return {
        "order_id": order_id,
        "at_ms": state.now_ms(),
        "kind": kind,
        "decided_by": actor,
        "courier": None if courier_id is None else _person(state, courier_id),
        "cost_min": cost_min,
        "alternatives": [
            {
                **_person(state, courier),
                "cost_min": minutes,
                "extra_min": None if cost_min is None else round(minutes - cost_min, 2),
            }
            for courier, minutes in rivals
        ],
        "excluded": [{**_person(state, out.courier_id), "rule": str(out.rule)} for out in found.excluded],
        "looked_at": found.looked_at,
        "reason": None if reason is None else str(reason),
        "moved": None
        if facts.moved is None
        else {"before": _person(state, facts.moved.before), "gain_min": facts.moved.gain_min},
        "words": {language: _text(state, language, facts) for language in words.LANGUAGES},
    }


def why(docs: list[Doc]) -> Doc:
    """Return an offer's ``why``: the explanation of its order, or of all orders that are offered together."""
    if len(docs) == 1:
        return docs[0]
    costs = [doc["cost_min"] for doc in docs if isinstance(doc["cost_min"], float)]
    texts = [doc["words"] for doc in docs if isinstance(doc["words"], dict)]
    return {
        **docs[0],
        "order_id": None,
        "order_ids": [doc["order_id"] for doc in docs],
        "cost_min": round(sum(costs), 2) if costs else None,
        "orders": docs,
        "words": {language: "\n".join(text[language] for text in texts) for language in words.LANGUAGES},
    }


def in_language(doc: Mapping[str, object], language: str) -> Doc:
    """Return an explanation with its sentences in one language as ``text``; any Spanish is Mexican."""
    wanted = "es-MX" if language.lower().startswith("es") else "en"
    texts = doc.get("words")
    text = texts.get(wanted, "") if isinstance(texts, dict) else ""
    return {**doc, "language": wanted, "text": text}


def no_explanation(order_id: OrderId) -> NotFound:
    """Return the refusal for an order about which nothing was decided yet."""
    return NotFound("no_explanation", f"Nothing was decided about order {order_id} yet.", order_id=order_id)


class _Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the sentences of one explanation are made of."""

    order: Order | None
    courier_id: CourierId | None
    cost_min: float | None
    rivals: list[tuple[CourierId, float]]
    found: OrderCost
    by_hand: bool
    reason: UnassignedReason | None
    moved: Moved | None


def _text(state: FleetState, language: str, facts: _Facts) -> str:
    lines = [*_outcome(state, language, facts)]
    lines += _shop_usually(state, language, facts)
    if facts.rivals or (facts.found.looked_at and facts.courier_id is not None):
        options = [(_name(state, courier), cost) for courier, cost in facts.rivals]
        lines.append(words.others(language, options, facts.cost_min, by_hand=facts.by_hand))
    by_rule: defaultdict[Rule, list[str]] = defaultdict(list)
    for out in facts.found.excluded:
        by_rule[out.rule].append(_name(state, out.courier_id))
    needs = sorted(facts.order.requires) if facts.order else []
    lines.append(words.excluded(language, by_rule, facts.found.looked_at, needs))
    if facts.cost_min is not None or facts.rivals:
        lines.append(words.MINUTES[language])
    return " ".join(line for line in lines if line)


def _outcome(state: FleetState, language: str, facts: _Facts) -> Iterator[str]:
    """Yield who has the order, or why nobody does."""
    if facts.courier_id is not None:
        name = _name(state, facts.courier_id)
        yield words.chosen(language, name, facts.cost_min, by_hand=facts.by_hand)
        if facts.moved is not None:
            yield words.moved(language, _name(state, facts.moved.before), name, facts.moved.gain_min)
    elif facts.reason == UnassignedReason.NO_GO_ZONE and facts.order is not None:
        yield _forbidden(state, language, facts.order)
    elif facts.reason is not None:
        yield words.WAITING[language][facts.reason]


def _shop_usually(state: FleetState, language: str, facts: _Facts) -> Iterator[str]:
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
    return words.WAITING[language][UnassignedReason.NO_GO_ZONE]


def _cost_with(found: OrderCost, courier_id: CourierId | None) -> float | None:
    if courier_id is None or courier_id == found.courier_id:
        return found.cost_min
    return next((o.cost_min for o in found.alternatives if o.courier_id == courier_id), None)


def _person(state: FleetState, courier_id: CourierId) -> Doc:
    return {"courier_id": courier_id, "name": _name(state, courier_id)}


def _name(state: FleetState, courier_id: CourierId) -> str:
    courier = state.roster.find(courier_id)
    return courier.name.split()[0] if courier and courier.name.split() else str(courier_id)
