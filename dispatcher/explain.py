"""Why an order went to whom it went, or why it waits: facts and sentences for couriers and dispatchers.

Made from the planner's own costs at the moment of the decision and kept with the assignment. First names
only: whoever reads it may be a colleague. It decides nothing.
"""

from collections.abc import Mapping

from dispatcher import words
from dispatcher.explain_text import Facts, name_of, text_of
from dispatcher.model import OrderCost, Rule
from dispatcher.state import FleetState
from dispatcher.who_was_out import who_was_out
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
    asking: bool = True,
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
        asking: whether a courier is asked, or told, now; False for what is only planned.
    """
    found = cost or OrderCost(order_id=order_id)
    cost_min = _cost_with(found, courier_id)
    options = _options(found)
    by_hand = kind == "by_hand"
    rivals = [(courier, minutes) for courier, minutes in options if courier != courier_id][:3]
    facts = Facts(
        order=state.book.find(order_id),
        courier_id=courier_id,
        cost_min=cost_min,
        rivals=rivals,
        found=found,
        by_hand=by_hand,
        out=[
            out
            for out in who_was_out(state, order_id, found.excluded, courier_id)
            if not (by_hand and out.rule == Rule.PINNED_TO_OTHER)
        ],
        reason=reason,
        asking=asking,
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
        "excluded": [
            {**_person(state, out.courier_id), "rule": str(out.rule), "because": out.because}
            for out in facts.out
        ],
        "looked_at": found.looked_at,
        "reason": None if reason is None else str(reason),
        "moved": None
        if facts.moved is None
        else {"before": _person(state, facts.moved.before), "gain_min": facts.moved.gain_min},
        "words": {language: text_of(state, language, facts) for language in words.LANGUAGES},
    }


def why(docs: list[Doc]) -> Doc:
    """Return an offer's ``why``: the explanation of its order, or of all orders that are offered together."""
    if len(docs) == 1:
        return docs[0]
    costs = [doc["cost_min"] for doc in docs if isinstance(doc["cost_min"], float)]
    texts = [doc["words"] for doc in docs if isinstance(doc["words"], dict)]
    total = round(sum(costs), 2) if costs else None
    return {
        **docs[0],
        "order_id": None,
        "order_ids": [doc["order_id"] for doc in docs],
        "cost_min": total,
        "orders": docs,
        "words": {
            language: "\n".join(
                [
                    words.together(language, len(docs), total),
                    *dict.fromkeys(text[language] for text in texts),
                ]
            )
            for language in words.LANGUAGES
        },
    }


def explanation_of(offered: Mapping[str, object], order_id: OrderId) -> Mapping[str, object]:
    """Return what an offer's ``why`` says about one of its orders."""
    docs = offered.get("orders")
    own = (doc for doc in docs if doc["order_id"] == order_id) if isinstance(docs, list) else iter(())
    return next(own, offered)


def in_language(doc: Mapping[str, object], language: str) -> Doc:
    """Return an explanation with its sentences in one language as ``text``; any Spanish is Mexican."""
    wanted = "es-MX" if language.lower().startswith("es") else "en"
    texts = doc.get("words")
    text = texts.get(wanted, "") if isinstance(texts, dict) else ""
    return {**doc, "language": wanted, "text": text}


def no_explanation(order_id: OrderId) -> NotFound:
    """Return the refusal for an order about which nothing was decided yet."""
    return NotFound("no_explanation", f"Nothing was decided about order {order_id} yet.", order_id=order_id)


def _options(found: OrderCost) -> list[tuple[CourierId, float]]:
    """Return everybody with a cost, cheapest first, the plan's own choice too."""
    options = [(option.courier_id, option.cost_min) for option in found.alternatives]
    if found.courier_id is not None and found.cost_min is not None:
        options.append((found.courier_id, found.cost_min))
    return sorted(options, key=lambda option: option[1])


def _cost_with(found: OrderCost, courier_id: CourierId | None) -> float | None:
    if courier_id is None or courier_id == found.courier_id:
        return found.cost_min
    return next((o.cost_min for o in found.alternatives if o.courier_id == courier_id), None)


def _person(state: FleetState, courier_id: CourierId) -> Doc:
    return {"courier_id": courier_id, "name": name_of(state, courier_id)}
