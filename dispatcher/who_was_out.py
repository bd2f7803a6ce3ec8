"""Who was out of the question for an order, and why, as exactly as the desk knows it.

The planner knows rules ("excluded"); what people said and did is kept while the process lives, so that an
explanation does not say that somebody declined whom a dispatcher took out. After a restart the rule is left.
"""

import enum
from collections.abc import Iterator

from dispatcher.model import Exclusion, Rule
from dispatcher.state import FleetState
from domain.courier import Courier, ShiftState
from domain.ids import CourierId, OrderId


class Because(enum.StrEnum):
    """What stands behind a rule."""

    NO_ANSWER = "no_answer"
    ON_BREAK = "on_break"
    OUT_OF_CONTACT = "out_of_contact"
    DECLINED = "declined"
    KEPT_OFF = "kept_off"
    PASSED_ON = "passed_on"


class Out(Exclusion, frozen=True, kw_only=True):
    """A courier who was out of the question; ``because`` where more is known than the rule."""

    because: Because | None = None


def who_was_out(
    state: FleetState, order_id: OrderId, found: tuple[Exclusion, ...], chosen: CourierId | None
) -> list[Out]:
    """Return whom the planner left out, who passed it on, and who is on a break or out of contact."""
    outs = [Out(out.courier_id, out.rule, because=_because(state, order_id, out)) for out in found]
    named = {out.courier_id for out in outs} | {chosen}
    for out in (*_passed_on(state, order_id), *_not_there(state)):
        if out.courier_id not in named:
            named.add(out.courier_id)
            outs.append(out)
    return outs


def _because(state: FleetState, order_id: OrderId, out: Exclusion) -> Because | None:
    if out.rule == Rule.UNAVAILABLE:
        courier = state.roster.find(out.courier_id)
        return None if courier is None else _absence(courier)
    if out.rule != Rule.EXCLUDED:
        return None
    told = state.left_out.get((order_id, out.courier_id))
    if told is not None:
        return Because(told)
    resting = out.courier_id in state.offers.resting(order_id, state.now_ms())
    return Because.NO_ANSWER if resting else None


def _passed_on(state: FleetState, order_id: OrderId) -> Iterator[Out]:
    for (order, courier_id), because in state.left_out.items():
        if order == order_id and because == Because.PASSED_ON:
            yield Out(courier_id, Rule.EXCLUDED, because=Because.PASSED_ON)


def _not_there(state: FleetState) -> Iterator[Out]:
    for courier in state.roster.all().values():
        because = _absence(courier)
        if because is not None and not state.roster.may_be_asked(courier.id):
            yield Out(courier.id, Rule.UNAVAILABLE, because=because)


def _absence(courier: Courier) -> Because | None:
    """Return why somebody who works today is not asked, None for who is off."""
    if not courier.active or courier.shift == ShiftState.OFF:
        return None
    return Because.ON_BREAK if courier.shift == ShiftState.BREAK else Because.OUT_OF_CONTACT
