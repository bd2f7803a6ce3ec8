"""Reading what people and apps type: numbers that may be missing, times in five shapes."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

KNOT_MPS = 0.514444
KMH_MPS = 1 / 3.6
_SECONDS_END = 2_147_483_647
SPEED_UNITS: Mapping[str, float] = {
    "kn": KNOT_MPS,
    "knots": KNOT_MPS,
    "kmh": KMH_MPS,
    "kph": KMH_MPS,
    "mps": 1.0,
    "ms": 1.0,
    "mph": 0.44704,
}


class UnreadableError(ValueError):
    """A record that will never be good; caught inside the codecs."""


def number(value: Any) -> float | None:
    """Return a finite number, None for what is missing or empty; ``4,5`` of a phone's locale is 4.5.

    Raises:
        UnreadableError: it is there and is no number.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise UnreadableError("a boolean is no number")
    if isinstance(value, str) and value.count(",") == 1 and "." not in value:
        value = value.replace(",", ".")
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        raise UnreadableError(f"{str(value)[:40]!r} is no number") from None
    if not math.isfinite(found):
        raise UnreadableError("not finite")
    return found


def not_negative(value: Any) -> float | None:
    """Return a number of 0 or more; negative ones mean unknown in several apps, and so does nonsense.

    A place is worth more than what is said beside it: an unreadable speed does not cost the fix.
    """
    try:
        found = number(value)
    except UnreadableError:
        return None
    return None if found is None or found < 0 else found


def not_zero(value: Any) -> float | None:
    """Return a number above 0; apps that cannot leave a value out send 0.0."""
    return not_negative(value) or None


def instant_ms(value: Any) -> int | None:
    """Return a time as Unix milliseconds.

    Integers below 2^31 are Unix seconds, larger ones milliseconds; texts are ISO 8601 with a zone, or
    ``yyyy-MM-dd HH:mm:ss`` in UTC.

    Raises:
        UnreadableError: it is there and is no time.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise UnreadableError("a boolean is no time")
    if isinstance(value, int | float):
        return _unix(number(value) or 0.0)
    text = str(value).strip()
    if "T" in text:
        text = text.replace(" ", "+")  # a plus that was not escaped in a query
    try:
        return _unix(float(text))
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
        return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise UnreadableError(f"{text[:40]!r} is no time") from None


def _unix(value: float) -> int:
    if not math.isfinite(value) or abs(value) > 9e15:
        raise UnreadableError("no time")
    return round(value * 1000) if value < _SECONDS_END else round(value)
