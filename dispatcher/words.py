"""Sentences of explanations, in English and Mexican Spanish; ``dispatcher.explain`` has the facts.

Written for whoever rides: who, how many minutes, and why; whole minutes, names before rules. Who was out of
the question, and why an order waits: ``dispatcher.words_out``.
"""

from collections.abc import Mapping, Sequence

LANGUAGES = ("en", "es-MX")
NAMES_MAX = 5
HOURS_FROM_MIN = 100
"""Longer is told in hours."""

MINUTES: Mapping[str, str] = {
    "en": "Minutes past the promised time count three times, the ride a little.",
    "es-MX": "Los minutos de retraso cuentan el triple y el camino, un poco.",
}

TOGETHER: Mapping[str, str] = {
    "en": "For this order alone that would be less, but all orders together are faster this way.",
    "es-MX": "Para este pedido solo sería menos, pero así salen más rápido todos juntos.",
}


NOT_ASKED: Mapping[str, str] = {
    "en": "Nobody was asked yet, so it may still change.",
    "es-MX": "Todavía no se le pregunta a nadie, así que puede cambiar.",
}

FIRST_YES: Mapping[str, str] = {
    "en": "Several were asked at once: the first yes has it.",
    "es-MX": "Se le preguntó a varias personas: se lo lleva quien diga que sí primero.",
}

PRIORITY: Mapping[str, str] = {
    "en": "It has priority: its waiting counts more.",
    "es-MX": "Tiene prioridad: su espera cuenta más.",
}


def chosen(language: str, name: str, cost_min: float | None, *, by_hand: bool) -> str:
    """Return who has the order and how many minutes of waiting it adds for everybody together."""
    if language == "en":
        who = f"A person gave this order to {name}." if by_hand else f"This order goes to {name}."
        return (
            who
            if cost_min is None
            else f"{who} With {name} it adds {_minutes(language, cost_min)} of waiting."
        )
    who = f"Una persona le dio este pedido a {name}." if by_hand else f"Este pedido le toca a {name}."
    if cost_min is None:
        return who
    verb = "suma" if round(cost_min) <= 1 else "suman"
    return f"{who} Con {name} se {verb} {_minutes(language, cost_min)} de espera."


def carries_already(language: str, name: str, count: int) -> str:
    """Return that the chosen courier has other orders, which this one joins."""
    if language == "en":
        return f"{name} has {'another order' if count == 1 else f'{count} other orders'} too."
    return f"{name} ya lleva {'otro pedido' if count == 1 else f'otros {count} pedidos'}."


def together(language: str, count: int, cost_min: float | None) -> str:
    """Return that an offer is about several orders, and what they add in all."""
    if language == "en":
        added = "" if cost_min is None else f"; in all they add {_minutes(language, cost_min)} of waiting"
        return f"These {count} orders go together{added}."
    added = "" if cost_min is None else f"; en total se suman {_minutes(language, cost_min)} de espera"
    return f"Son {count} pedidos que van juntos{added}."


def worked_less(language: str, name: str, minutes: float) -> str:
    """Return that evening out paid work spoke for the chosen courier."""
    length = _minutes(language, minutes)
    if language == "en":
        return f"{name} has had {length} less work than the others today; that counted too."
    return f"Hoy {name} lleva {length} menos de trabajo que los demás; eso también contó."


def picked_up_at(language: str, clock: str, days_ahead: int, date: str) -> str:
    """Return when an order that it is too early for is picked up; ``clock`` is HH:MM, ``date`` day/month."""
    if language == "en":
        day = ("today", "tomorrow")[days_ahead] if days_ahead in (0, 1) else f"on {date}"
        return f"It is too early: its pickup is {day} at {clock}."
    day = ("hoy", "mañana")[days_ahead] if days_ahead in (0, 1) else f"el {date}"
    article = "la" if clock.startswith("01") else "las"
    return f"Todavía es temprano: se recoge {day} a {article} {clock}."


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
        named = [VEHICLES_EN.get(vehicle, vehicle) for vehicle in vehicles]
        whom = f"where {_listed(language, named)} may not go" if named else "where nobody goes in"
        return f"The {end} is inside the zone “{zone}”, {whom}."
    end = "La recolección" if pickup else "La entrega"
    named = [VEHICLES_ES.get(vehicle, vehicle) for vehicle in vehicles]
    whom = f"donde no se entra {_listed(language, named)}" if named else "donde no se entra"
    return f"{end} está dentro de la zona «{zone}», {whom}."


VEHICLES_EN: Mapping[str, str] = {
    "walking": "people on foot",
    "bicycle": "bicycles",
    "cargo_bike": "cargo bikes",
    "motorcycle": "motorcycles",
    "car": "cars",
}
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
    language: str,
    options: Sequence[tuple[str, float]],
    chosen_min: float | None,
    *,
    by_hand: bool = False,
    first_yes: bool = False,
) -> str:
    """Return what it would have been with those next in line; ``options`` are names and minutes."""
    if not options:
        return "Nobody else could take it." if language == "en" else "Nadie más lo podía llevar."
    listed = ", ".join(_option(language, name, cost, chosen_min) for name, cost in options)
    text = f"{listed[0].upper()}{listed[1:]}."
    best, best_min = options[0]
    if chosen_min is None or round(chosen_min - best_min) < 1:
        return text
    if first_yes:
        return f"{text} {FIRST_YES[language]}"
    if not by_hand:
        return f"{text} {TOGETHER[language]}"
    if language == "en":
        return f"{text} The plan would have chosen {best}."
    return f"{text} El plan habría escogido a {best}."


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
    if count >= HOURS_FROM_MIN:
        return f"about {round(count / 60)} hours" if language == "en" else f"unas {round(count / 60)} horas"
    if language == "en":
        return f"{count} minute{'' if count == 1 else 's'}"
    return f"{count} minuto{'' if count == 1 else 's'}"


def names_of(language: str, names: Sequence[str]) -> str:
    """Return at most five names, and how many more there are."""
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
