"""Sentences of explanations, in English and Mexican Spanish; ``dispatcher.explain`` has the facts."""

from collections.abc import Callable, Mapping, Sequence

from dispatcher.model import Rule
from domain.plan import UnassignedReason

LANGUAGES = ("en", "es-MX")

RULES: Mapping[str, Mapping[Rule, str]] = {
    "en": {
        Rule.UNAVAILABLE: "not taking orders now (break, off shift or out of contact)",
        Rule.EXCLUDED: "said no, let the offer run out, or was taken off this order",
        Rule.PINNED_TO_OTHER: "the order is fixed to somebody else",
        Rule.SKILLS: "does not have what the order needs",
        Rule.CAPACITY: "the order does not fit on the vehicle",
        Rule.SHIFT_END: "the shift ends before the delivery would",
        Rule.TIME_WINDOW: "could not be there in time",
        Rule.GROUP: "the order goes together with others",
        Rule.BUSY_TOO_LONG: "busy for too long with other orders",
    },
    "es-MX": {
        Rule.UNAVAILABLE: "no está tomando pedidos (descanso, fuera de turno o sin señal)",
        Rule.EXCLUDED: "dijo que no, dejó pasar la oferta o se le quitó este pedido",
        Rule.PINNED_TO_OTHER: "el pedido está apartado para otra persona",
        Rule.SKILLS: "no trae lo que el pedido necesita",
        Rule.CAPACITY: "el pedido no cabe en su vehículo",
        Rule.SHIFT_END: "su turno termina antes de la entrega",
        Rule.TIME_WINDOW: "no llegaría a tiempo",
        Rule.GROUP: "el pedido va junto con otros",
        Rule.BUSY_TOO_LONG: "todavía le falta mucho con otros pedidos",
    },
}

WAITING: Mapping[str, Mapping[UnassignedReason, str]] = {
    "en": {
        UnassignedReason.NO_COURIER_ON_SHIFT: "No courier is on shift and in contact.",
        UnassignedReason.NO_COURIER_NEAR: "No courier is near enough.",
        UnassignedReason.CAPACITY: "It does not fit on any vehicle that is out now.",
        UnassignedReason.SKILLS: "Nobody on shift has what it needs.",
        UnassignedReason.TIME_WINDOW: "Nobody can make its time window.",
        UnassignedReason.SHIFT_END: "Every shift ends before it could be delivered.",
        UnassignedReason.EVERYONE_DECLINED: "Everybody who could take it said no.",
        UnassignedReason.WAITING_FOR_COURIER: "All couriers are busy; it waits for the next one free.",
        UnassignedReason.NOT_YET: "It is too early: its pickup is planned for later.",
        UnassignedReason.NO_GO_ZONE: "It lies where couriers may not ride.",
        UnassignedReason.PINNED_COURIER_UNAVAILABLE: "The courier it is fixed to is not available.",
    },
    "es-MX": {
        UnassignedReason.NO_COURIER_ON_SHIFT: "No hay nadie en turno y con señal.",
        UnassignedReason.NO_COURIER_NEAR: "No hay nadie cerca.",
        UnassignedReason.CAPACITY: "No cabe en ningún vehículo de los que andan en la calle.",
        UnassignedReason.SKILLS: "Nadie en turno trae lo que necesita.",
        UnassignedReason.TIME_WINDOW: "Nadie alcanza a llegar en su horario.",
        UnassignedReason.SHIFT_END: "Todos los turnos terminan antes de poder entregarlo.",
        UnassignedReason.EVERYONE_DECLINED: "Quienes podían llevarlo dijeron que no.",
        UnassignedReason.WAITING_FOR_COURIER: "Todos andan ocupados; espera a quien se desocupe primero.",
        UnassignedReason.NOT_YET: "Todavía es temprano: se recoge más tarde.",
        UnassignedReason.NO_GO_ZONE: "Queda en una zona donde no se puede pasar.",
        UnassignedReason.PINNED_COURIER_UNAVAILABLE: "La persona a quien se apartó no está disponible.",
    },
}

COST: Mapping[str, str] = {
    "en": "A minute of cost is a minute that somebody waits for an order; riding counts a little too.",
    "es-MX": "Un minuto de costo es un minuto que alguien espera su pedido; pedalear también cuenta un poco.",
}


def chosen(language: str, name: str, cost_min: float | None, *, by_hand: bool) -> str:
    """Return who has the order and what it costs."""
    if language == "en":
        who = f"A person gave this order to {name}." if by_hand else f"This order goes to {name}."
        return who if cost_min is None else f"{who} It costs the plan {cost_min:.1f} min."
    who = f"Una persona le dio este pedido a {name}." if by_hand else f"Este pedido le toca a {name}."
    return who if cost_min is None else f"{who} Le cuesta {cost_min:.1f} min al plan."


def others(language: str, options: Sequence[tuple[str, float]], extra_of: float | None) -> str:
    """Return who came next and what they would have cost; ``options`` are names and minutes."""
    if not options:
        return "Nobody else could take it." if language == "en" else "Nadie más podía llevarlo."
    listed = ", ".join(_option(language, name, cost, extra_of) for name, cost in options)
    return f"Next best: {listed}." if language == "en" else f"Después seguían: {listed}."


def excluded(language: str, by_rule: Mapping[Rule, Sequence[str]], looked_at: int) -> str:
    """Return who was out of the question and by which rule; at most five names each."""
    known: Callable[[Rule], str] = RULES[language].__getitem__
    parts = [f"{_names(language, names)}: {known(rule)}" for rule, names in by_rule.items()]
    if language == "en":
        return f"Compared: {looked_at}." + (f" Out of the question: {'; '.join(parts)}." if parts else "")
    return f"Se compararon: {looked_at}." + (f" No podían: {'; '.join(parts)}." if parts else "")


def _option(language: str, name: str, cost_min: float, chosen_min: float | None) -> str:
    if chosen_min is None:
        return f"{name} ({cost_min:.1f} min)"
    extra = cost_min - chosen_min
    if language == "en":
        return f"{name} ({abs(extra):.1f} min {'more' if extra >= 0 else 'less'})"
    return f"{name} ({abs(extra):.1f} min {'más' if extra >= 0 else 'menos'})"


def _names(language: str, names: Sequence[str]) -> str:
    more = len(names) - 5
    if more <= 0:
        return ", ".join(names)
    rest = f"and {more} more" if language == "en" else f"y {more} más"
    return f"{', '.join(names[:5])} {rest}"
