"""Batches as CoopCycle's courier app sends: ``[{latitude, longitude, time}]``; time ISO 8601 or Unix ms."""

from typing import Any

import msgspec

from domain.position import Fix
from tracker.ingest.phones.message import PhoneMessage, PhoneRequest
from tracker.ingest.phones.values import UnreadableError, instant_ms, not_negative, not_zero, number

_APP = "coopcycle"


def decode(request: PhoneRequest) -> PhoneMessage:
    """Return what a CoopCycle-style app said."""
    try:
        doc = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return PhoneMessage(kind="malformed", app=_APP, malformed=1)
    rows = doc if isinstance(doc, list) else [doc]
    fixes: list[Fix] = []
    for row in rows:
        fix = _fix(row, request.now_ms)
        if fix is not None:
            fixes.append(fix)
    kind = "location" if fixes else ("malformed" if rows else "empty")
    return PhoneMessage(kind=kind, app=_APP, fixes=tuple(fixes), malformed=len(rows) - len(fixes))


def _fix(row: Any, now_ms: int) -> Fix | None:
    if not isinstance(row, dict):
        return None
    nested = row.get("coords")
    coords: dict[str, Any] = nested if isinstance(nested, dict) else row
    try:
        lat, lon = number(coords.get("latitude")), number(coords.get("longitude"))
        at_ms = instant_ms(row.get("time", row.get("timestamp")))
        if lat is None or lon is None:
            return None
        return Fix(
            now_ms if at_ms is None else at_ms,
            lon,
            lat,
            not_zero(coords.get("accuracy")),
            not_negative(coords.get("speed")),
            not_negative(coords.get("heading")),
        )
    except UnreadableError:
        return None
