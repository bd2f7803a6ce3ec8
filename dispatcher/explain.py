"""Why an order went to whom it went, or why it waits: facts and sentences for couriers and dispatchers.

Made from the planner's own costs at the moment of the decision and kept with the assignment. First names
only: whoever reads it may be a colleague. It decides nothing.
"""

from collections import defaultdict
from collections.abc import Mapping

from dispatcher import words
from dispatcher.model import OrderCost, Rule
from dispatcher.state import FleetState
from domain.errors import NotFound
from domain.ids import CourierId, OrderId
from domain.plan import UnassignedReason

Doc = dict[str, object]


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
        "words": {
            language: _text(state, language, courier_id, cost_min, rivals, found, kind, reason)
            for language in words.LANGUAGES
        },
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


def _text(
    state: FleetState,
    language: str,
    courier_id: CourierId | None,
    cost_min: float | None,
    rivals: list[tuple[CourierId, float]],
    found: OrderCost,
    kind: str,
    reason: UnassignedReason | None,
) -> str:
    lines = []
    if courier_id is not None:
        lines.append(words.chosen(language, _name(state, courier_id), cost_min, by_hand=kind == "by_hand"))
    elif reason is not None:
        lines.append(words.WAITING[language][reason])
    if found.looked_at or rivals:
        lines.append(
            words.others(language, [(_name(state, courier), cost) for courier, cost in rivals], cost_min)
        )
    by_rule: defaultdict[Rule, list[str]] = defaultdict(list)
    for out in found.excluded:
        by_rule[out.rule].append(_name(state, out.courier_id))
    lines.append(words.excluded(language, by_rule, found.looked_at))
    if cost_min is not None or rivals:
        lines.append(words.COST[language])
    return " ".join(lines)


def _cost_with(found: OrderCost, courier_id: CourierId | None) -> float | None:
    if courier_id is None or courier_id == found.courier_id:
        return found.cost_min
    return next((o.cost_min for o in found.alternatives if o.courier_id == courier_id), None)


def _person(state: FleetState, courier_id: CourierId) -> Doc:
    return {"courier_id": courier_id, "name": _name(state, courier_id)}


def _name(state: FleetState, courier_id: CourierId) -> str:
    courier = state.roster.find(courier_id)
    return courier.name.split()[0] if courier and courier.name.split() else str(courier_id)
