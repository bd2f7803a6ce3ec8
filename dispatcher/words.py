"""Sentences of explanations, in English and Mexican Spanish; ``dispatcher.explain`` has the facts.

Written for whoever rides: who, how many minutes, and why; whole minutes, names before rules.
"""

from collections.abc import Mapping, Sequence

from dispatcher.model import Rule
from domain.plan import UnassignedReason

LANGUAGES = ("en", "es-MX")
NAMES_MAX = 5

RULES: Mapping[str, Mapping[Rule, tuple[str, str]]] = {
    "en": {
        Rule.UNAVAILABLE: (
            "{} is on a break, off shift or out of contact",
            "{} are on a break, off shift or out of contact",
        ),
        Rule.EXCLUDED: (
            "{} said no, did not answer, or somebody took this order off them",
            "{} said no, did not answer, or somebody took this order off them",
        ),
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
        Rule.UNAVAILABLE: (
            "{} está en descanso, fuera de turno o sin señal",
            "{} están en descanso, fuera de turno o sin señal",
        ),
        Rule.EXCLUDED: (
            "{} dijo que no, no contestó o alguien le quitó este pedido",
            "{} dijeron que no, no contestaron o alguien les quitó este pedido",
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
"""Per rule what one name, and several, get said about them."""

WAITING: Mapping[str, Mapping[UnassignedReason, str]] = {
    "en": {
        UnassignedReason.NO_COURIER_ON_SHIFT: "No courier is on shift and in contact.",
        UnassignedReason.NO_COURIER_NEAR: "No courier is near enough.",
        UnassignedReason.CAPACITY: "It does not fit on any vehicle that is out now.",
        UnassignedReason.SKILLS: "Nobody on shift has what it needs.",
        UnassignedReason.TIME_WINDOW: "Nobody can be there in its time.",
        UnassignedReason.SHIFT_END: "Every shift ends before anybody could deliver it.",
        UnassignedReason.EVERYONE_DECLINED: "Everybody who could take it said no.",
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
        UnassignedReason.EVERYONE_DECLINED: "Quienes podían llevarlo dijeron que no.",
        UnassignedReason.WAITING_FOR_COURIER: "Todos andan ocupados; espera a quien se desocupe primero.",
        UnassignedReason.NOT_YET: "Todavía es temprano: se recoge más tarde.",
        UnassignedReason.NO_GO_ZONE: "Queda en una zona donde no se entra.",
        UnassignedReason.PINNED_COURIER_UNAVAILABLE: "Alguien se lo dio a una persona que ahorita no está.",
    },
}

MINUTES: Mapping[str, str] = {
    "en": "The ride counts a little in these minutes.",
    "es-MX": "El camino también cuenta un poco en esos minutos.",
}

TOGETHER: Mapping[str, str] = {
    "en": "For this order alone that would be less, but all orders together are faster this way.",
    "es-MX": "Para este pedido solo sería menos, pero así salen más rápido todos juntos.",
}


def chosen(language: str, name: str, cost_min: float | None, *, by_hand: bool) -> str:
    """Return who has the order and how many minutes it adds."""
    if language == "en":
        who = f"A person gave this order to {name}." if by_hand else f"This order goes to {name}."
        return who if cost_min is None else f"{who} With {name}, people wait {_minutes(language, cost_min)}."
    who = f"Una persona le dio este pedido a {name}." if by_hand else f"Este pedido le toca a {name}."
    return who if cost_min is None else f"{who} Con {name}, la gente espera {_minutes(language, cost_min)}."


def moved(language: str, before: str, now: str, gain_min: float) -> str:
    """Return from whom a better plan took the order, and what that saves."""
    saved = _minutes(language, gain_min)
    if language == "en":
        return f"It was meant for {before} before; giving it to {now} saves people {saved} of waiting."
    return f"Antes era para {before}; al dárselo a {now}, la gente se ahorra {saved} de espera."


def forbidden(language: str, zone: str, *, pickup: bool, vehicles: Sequence[str]) -> str:
    """Return in which no-go zone an end of the order lies."""
    if language == "en":
        end = "pickup" if pickup else "drop-off"
        whom = f"where {_listed(language, vehicles)} may not go" if vehicles else "where nobody goes in"
        return f"The {end} is inside the zone “{zone}”, {whom}."
    end = "La recolección" if pickup else "La entrega"
    named = [VEHICLES_ES.get(vehicle, vehicle) for vehicle in vehicles]
    whom = f"donde no se entra {_listed(language, named)}" if named else "donde no se entra"
    return f"{end} está dentro de la zona «{zone}», {whom}."


VEHICLES_ES: Mapping[str, str] = {
    "walking": "a pie",
    "bicycle": "en bici",
    "cargo_bike": "en bici de carga",
    "motorcycle": "en moto",
    "car": "en coche",
}


def ready_later(language: str, minutes: float, shop: str | None) -> str:
    """Return that a pickup is usually ready later (over 0) or earlier than promised."""
    length = _minutes(language, abs(minutes))
    if language == "en":
        who = shop or "This shop"
        return f"{who} is usually ready {length} {'later' if minutes > 0 else 'earlier'} than it says."
    who = shop or "Este local"
    return f"{who} suele tener listo {length} {'después' if minutes > 0 else 'antes'} de lo que dice."


def wait_there(language: str, place: str | None, ride_min: float) -> str:
    """Return the suggestion to wait elsewhere."""
    ride = _minutes(language, ride_min)
    if language == "en":
        where = f"near {place}" if place else "there"
        return f"The next order is more likely {where}, {ride} away. Only if you feel like it."
    where = f"cerca de {place}" if place else "ahí"
    return f"Es más probable que el siguiente pedido salga {where}, a {ride}. Solo si quieres."


def others(
    language: str, options: Sequence[tuple[str, float]], chosen_min: float | None, *, by_hand: bool = False
) -> str:
    """Return what it would have been with those next in line; ``options`` are names and minutes."""
    if not options:
        return "Nobody else could take it." if language == "en" else "Nadie más lo podía llevar."
    listed = ", ".join(_option(language, name, cost, chosen_min) for name, cost in options)
    text = f"{listed[0].upper()}{listed[1:]}."
    best, best_min = options[0]
    if chosen_min is None or round(chosen_min - best_min) < 1:
        return text
    if not by_hand:
        return f"{text} {TOGETHER[language]}"
    if language == "en":
        return f"{text} The plan would have chosen {best}."
    return f"{text} El plan habría escogido a {best}."


def excluded(
    language: str, by_rule: Mapping[Rule, Sequence[str]], looked_at: int, needs: Sequence[str] = ()
) -> str:
    """Return how many couriers were compared and why the others were not; at most five names a rule."""
    if language == "en":
        compared = f"The plan compared {looked_at} courier{'' if looked_at == 1 else 's'}."
    else:
        compared = f"El plan comparó a {'una persona' if looked_at == 1 else f'{looked_at} personas'}."
    parts = [_ruled_out(language, rule, names, needs) for rule, names in by_rule.items()]
    return " ".join(
        [*([compared] if looked_at else []), *(f"{part[0].upper()}{part[1:]}." for part in parts)]
    )


def _ruled_out(language: str, rule: Rule, names: Sequence[str], needs: Sequence[str]) -> str:
    one, many = RULES[language][rule]
    listed = f" ({', '.join(needs)})" if needs else ""
    return (one if len(names) == 1 else many).format(_names(language, names), needs=listed)


def _option(language: str, name: str, cost_min: float, chosen_min: float | None) -> str:
    with_, it_would_be = ("with", "it would be") if language == "en" else ("con", "serían")
    if chosen_min is None:
        return f"{with_} {name} {it_would_be} {_minutes(language, cost_min)}"
    extra = cost_min - chosen_min
    count = round(abs(extra))
    if count == 0:
        return f"with {name} about the same" if language == "en" else f"con {name} casi lo mismo"
    length = _minutes(language, abs(extra))
    if language == "en":
        return f"with {name} it would be {length} {'more' if extra > 0 else 'less'}"
    verb = "sería" if count == 1 else "serían"
    return f"con {name} {verb} {length} {'más' if extra > 0 else 'menos'}"


def _minutes(language: str, minutes: float) -> str:
    count = round(minutes)
    if count <= 0:
        return "less than a minute" if language == "en" else "menos de un minuto"
    if language == "en":
        return f"{count} minute{'' if count == 1 else 's'}"
    return f"{count} minuto{'' if count == 1 else 's'}"


def _names(language: str, names: Sequence[str]) -> str:
    more = len(names) - NAMES_MAX
    if more <= 0:
        return _listed(language, names)
    rest = f"{more} more" if language == "en" else f"{more} más"
    return f"{', '.join(names[:NAMES_MAX])} {'and' if language == 'en' else 'y'} {rest}"


def _listed(language: str, names: Sequence[str]) -> str:
    """Return names with an "and" before the last; Spanish says "e" before an i."""
    if len(names) < 2:
        return "".join(names)
    last = names[-1]
    word = "and" if language == "en" else "e" if last[:1].lower() == "i" or last[:2].lower() == "hi" else "y"
    return f"{', '.join(names[:-1])} {word} {last}"
