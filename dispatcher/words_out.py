"""Sentences about who was out of the question for an order, and about orders that nobody carries."""

from collections.abc import Mapping, Sequence

from dispatcher.model import Rule
from dispatcher.who_was_out import Because
from dispatcher.words import names_of
from domain.plan import UnassignedReason

OUT: Mapping[str, Mapping[Rule | Because, tuple[str, str]]] = {
    "en": {
        Because.DECLINED: ("{} said no",) * 2,
        Because.NO_ANSWER: ("{} did not answer",) * 2,
        Because.KEPT_OFF: (
            "a person decided that {} does not take it",
            "a person decided that {} do not take it",
        ),
        Because.PASSED_ON: ("{} had it and takes it no further", "{} had it and take it no further"),
        Because.ON_BREAK: ("{} is on a break", "{} are on a break"),
        Because.OUT_OF_CONTACT: ("{} is out of contact", "{} are out of contact"),
        Rule.UNAVAILABLE: ("{} takes no orders now", "{} take no orders now"),
        Rule.EXCLUDED: ("{} said no or was taken off this order", "{} said no or were taken off this order"),
        Rule.PINNED_TO_OTHER: ("a person gave it to somebody else, not to {}",) * 2,
        Rule.SKILLS: ("{} does not have what it needs{needs}", "{} do not have what it needs{needs}"),
        Rule.CAPACITY: ("{} has no room for it", "{} have no room for it"),
        Rule.SHIFT_END: ("{} finishes too early to deliver it", "{} finish too early to deliver it"),
        Rule.TIME_WINDOW: ("{} could not be there in time",) * 2,
        Rule.GROUP: ("{} does not carry the orders it goes with", "{} do not carry the orders it goes with"),
        Rule.BUSY_TOO_LONG: ("{} is busy for too long", "{} are busy for too long"),
        Rule.NO_GO: ("{} may not ride there",) * 2,
    },
    "es-MX": {
        Because.DECLINED: ("{} dijo que no", "{} dijeron que no"),
        Because.NO_ANSWER: ("{} no contestó", "{} no contestaron"),
        Because.KEPT_OFF: ("alguien decidió que {} no lo lleve", "alguien decidió que {} no lo lleven"),
        Because.PASSED_ON: (
            "{} lo traía y ya no lo lleva",
            "{} lo traían y ya no lo llevan",
        ),
        Because.ON_BREAK: ("{} está en descanso", "{} están en descanso"),
        Because.OUT_OF_CONTACT: ("{} está sin señal", "{} están sin señal"),
        Rule.UNAVAILABLE: ("{} no está tomando pedidos", "{} no están tomando pedidos"),
        Rule.EXCLUDED: (
            "{} dijo que no o se le quitó este pedido",
            "{} dijeron que no o se les quitó este pedido",
        ),
        Rule.PINNED_TO_OTHER: ("alguien ya se lo dio a otra persona, no a {}",) * 2,
        Rule.SKILLS: ("{} no trae lo que necesita{needs}", "{} no traen lo que necesita{needs}"),
        Rule.CAPACITY: ("a {} no le cabe", "a {} no les cabe"),
        Rule.SHIFT_END: ("{} termina antes de poder entregarlo", "{} terminan antes de poder entregarlo"),
        Rule.TIME_WINDOW: ("{} no llegaría a tiempo", "{} no llegarían a tiempo"),
        Rule.GROUP: (
            "{} no lleva los pedidos con los que va junto",
            "{} no llevan los pedidos con los que va junto",
        ),
        Rule.BUSY_TOO_LONG: (
            "a {} todavía le falta mucho con otros pedidos",
            "a {} todavía les falta mucho con otros pedidos",
        ),
        Rule.NO_GO: ("{} no puede pasar por ahí", "{} no pueden pasar por ahí"),
    },
}
"""Per rule, or what stands behind it, what one name, and several, get said about them."""

NEEDS_ES: Mapping[str, str] = {"cargo": "carga", "cold": "frío", "cold_box": "hielera", "trailer": "remolque"}
"""What orders often ask for; other words are the co-op's own and stay as they are."""

WAITING: Mapping[str, Mapping[UnassignedReason, str]] = {
    "en": {
        UnassignedReason.NO_COURIER_ON_SHIFT: "No courier is on shift and in contact.",
        UnassignedReason.NO_COURIER_NEAR: "No courier is near enough.",
        UnassignedReason.CAPACITY: "It does not fit on any vehicle that is out now.",
        UnassignedReason.SKILLS: "Nobody on shift has what it needs.",
        UnassignedReason.TIME_WINDOW: "Nobody can be there in its time.",
        UnassignedReason.SHIFT_END: "Every shift ends before anybody could deliver it.",
        UnassignedReason.EVERYONE_DECLINED: "Nobody is left to ask.",
        UnassignedReason.WAITING_FOR_COURIER: "All couriers are busy; it waits for whoever is free first.",
        UnassignedReason.NOT_YET: "It is too early: its pickup is later.",
        UnassignedReason.NO_GO_ZONE: "It lies where couriers may not ride.",
        UnassignedReason.PINNED_COURIER_UNAVAILABLE: "The courier it was given to is not available now.",
    },
    "es-MX": {
        UnassignedReason.NO_COURIER_ON_SHIFT: "No hay nadie en turno y con señal.",
        UnassignedReason.NO_COURIER_NEAR: "No hay nadie cerca.",
        UnassignedReason.CAPACITY: "No cabe en ningún vehículo de los que andan en la calle.",
        UnassignedReason.SKILLS: "Nadie en turno trae lo que necesita.",
        UnassignedReason.TIME_WINDOW: "Nadie alcanza a llegar en su horario.",
        UnassignedReason.SHIFT_END: "Todos los turnos terminan antes de poder entregarlo.",
        UnassignedReason.EVERYONE_DECLINED: "Ya no queda a quién preguntarle.",
        UnassignedReason.WAITING_FOR_COURIER: "Todos andan ocupados; espera a quien se desocupe primero.",
        UnassignedReason.NOT_YET: "Todavía es temprano: se recoge más tarde.",
        UnassignedReason.NO_GO_ZONE: "Queda en una zona donde no se entra.",
        UnassignedReason.PINNED_COURIER_UNAVAILABLE: "Alguien se lo dio a una persona que ahorita no está.",
    },
}


def compared(language: str, looked_at: int) -> str:
    """Return how many couriers were compared."""
    if language == "en":
        return f"The plan compared {looked_at} courier{'' if looked_at == 1 else 's'}."
    return f"El plan comparó a {'una persona' if looked_at == 1 else f'{looked_at} personas'}."


def ruled_out(
    language: str, by_rule: Mapping[Rule | Because, Sequence[str]], needs: Sequence[str] = ()
) -> str:
    """Return who was out and why, a sentence per rule; at most five names each."""
    parts = [_ruled_out(language, rule, names, needs) for rule, names in by_rule.items()]
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts)


def _ruled_out(language: str, rule: Rule | Because, names: Sequence[str], needs: Sequence[str]) -> str:
    one, many = OUT[language][rule]
    told = [NEEDS_ES.get(need, need) if language == "es-MX" else need for need in needs]
    listed = f" ({', '.join(told)})" if told else ""
    return (one if len(names) == 1 else many).format(names_of(language, names), needs=listed)
