"""A diagnosis in the words of a dispatcher, in English and Mexican Spanish. Pure."""

from collections.abc import Mapping
from typing import Final

Words = Mapping[str, str]

LANGUAGES: Final = ("en", "es-MX")

_CAUSES: Mapping[str, Words] = {
    "off_shift": {
        "en": "Off shift, so positions are not taken",
        "es-MX": "Está fuera de turno, así que no se toman sus posiciones",
    },
    "on_break": {
        "en": "On a break, so positions are not taken",
        "es-MX": "Está en descanso, así que no se toman sus posiciones",
    },
    "link_refused": {
        "en": "The phone uses a link that was revoked or has expired; enrol it again",
        "es-MX": "El teléfono usa un enlace anulado o vencido; hay que darlo de alta otra vez",
    },
    "never_connected": {
        "en": "The phone has not been in contact yet",
        "es-MX": "Su teléfono todavía no se ha conectado",
    },
    "no_contact": {
        "en": "Nothing heard from the phone for {contact}",
        "es-MX": "No sabemos nada de su teléfono desde hace {contact}",
    },
    "no_fix": {
        "en": "The phone is in contact but has no position yet; GPS may be off or not allowed",
        "es-MX": "El teléfono está conectado pero sin ubicación; puede que el GPS esté apagado o sin permiso",
    },
    "old_fixes": {
        "en": "The phone is in contact but its last position is {fix} old",
        "es-MX": "El teléfono está conectado pero su última ubicación es de hace {fix}",
    },
    "power_saver": {
        "en": "The phone has been saving power for {saving}{pace}",
        "es-MX": "El teléfono lleva {saving} ahorrando batería{pace}",
    },
    "battery_low": {
        "en": "The battery is down to {battery} %",
        "es-MX": "Le queda {battery} % de pila",
    },
    "refused_vague": {
        "en": "Positions are too vague right now (indoors, or among tall buildings)",
        "es-MX": "Las ubicaciones salen muy imprecisas (bajo techo o entre edificios altos)",
    },
    "refused_impossible_speed": {
        "en": "Some positions jumped impossibly far and were left out",
        "es-MX": "Algunas ubicaciones brincaron demasiado lejos y no se tomaron en cuenta",
    },
    "refused_future": {
        "en": "The phone's clock is ahead; set it to automatic",
        "es-MX": "El reloj del teléfono va adelantado; hay que ponerlo en automático",
    },
    "refused_late": {
        "en": "Positions from earlier are still arriving; they go to the track",
        "es-MX": "Todavía están llegando ubicaciones atrasadas; se guardan en el recorrido",
    },
    "refused_too_old": {
        "en": "The phone is sending what it kept while it had no network",
        "es-MX": "El teléfono está mandando lo que guardó mientras no tuvo señal",
    },
    "refused_off_shift": {
        "en": "Positions from outside the shift were not kept",
        "es-MX": "Las ubicaciones fuera de turno no se guardaron",
    },
    "refused_out_of_range": {
        "en": "The phone sends places or dates that cannot be; restart the phone, or its GPS",
        "es-MX": "El teléfono manda lugares o fechas imposibles; hay que reiniciarlo, o su GPS",
    },
    "refused_malformed": {
        "en": "Some of what the phone sends cannot be read; check the app, or enrol the phone again",
        "es-MX": "Parte de lo que manda el teléfono no se entiende; revisa la app o vuelve a darla de alta",
    },
}
_NONE_USABLE: Words = {
    "en": "The phone is in contact, but none of its positions could be used yet",
    "es-MX": "El teléfono está conectado, pero ninguna de sus ubicaciones ha servido todavía",
}
_OTHER: Words = {
    "en": "Some of what the phone sends cannot be used ({code})",
    "es-MX": "Parte de lo que manda el teléfono no sirve ({code})",
}
_FINE: Words = {"en": "All is well", "es-MX": "Todo bien"}
_PACE: Words = {"en": "; positions come every {every}", "es-MX": "; manda su ubicación cada {every}"}
_ADDED_MAX = 2


def sentence(
    causes: tuple[str, ...],
    language: str,
    *,
    contact_age_s: float | None = None,
    fix_age_s: float | None = None,
    battery_pct: float | None = None,
    saving_s: float | None = None,
    every_s: float | None = None,
) -> str:
    """Return what a diagnosis' causes mean, the two weightiest of them, as one or two sentences.

    Args:
        causes: codes, the weightiest first.
        language: one of ``LANGUAGES``; others get English.
        contact_age_s: since anything came.
        fix_age_s: since the newest fix.
        battery_pct: 0 to 100.
        saving_s: since the phone began to save power.
        every_s: the usual time between two fixes of late.
    """
    language = language if language in LANGUAGES else "en"
    if not causes:
        return _FINE[language] + "."
    pace = "" if every_s is None else _PACE[language].format(every=_span(every_s))
    facts = {
        "contact": _span(contact_age_s),
        "fix": _span(fix_age_s),
        "saving": _span(saving_s),
        "battery": "?" if battery_pct is None else str(round(battery_pct)),
        "pace": pace,
    }
    said = [words[language].format(code=code, **facts) + "." for code, words in _to_say(causes)[:_ADDED_MAX]]
    return " ".join(said)


def _to_say(causes: tuple[str, ...]) -> list[tuple[str, Words]]:
    """Return each cause's words.

    Nothing twice, nothing "still arriving" from a silent phone, no guess at the GPS where refusals tell the
    reason.
    """
    left_out: set[str] = set()
    if "off_shift" in causes or "on_break" in causes:
        left_out = {"refused_off_shift"}
    if "no_contact" in causes:
        left_out |= {"refused_late", "refused_too_old"}
    refused = any(code.startswith("refused_") for code in causes)
    return [
        (code, _NONE_USABLE if code == "no_fix" and refused else _CAUSES.get(code, _OTHER))
        for code in causes
        if code not in left_out
    ]


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    if seconds < 90:
        return f"{round(seconds)} s"
    if seconds < 5_400:
        return f"{round(seconds / 60)} min"
    return f"{round(seconds / 3600)} h"
