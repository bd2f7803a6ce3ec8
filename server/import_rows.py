"""A row of a spreadsheet as the body of an order. Pure.

Columns are the paths of the JSON body (``pickup.lon``, ``dropoff.window.latest_at``, ``size.weight_g`` ...).
The columns of CoopCycle's deliveries sheet are understood too (``pickup.address``, ``pickup.timeslot``,
``weight`` in kg, ``tour.name`` ...). Addresses need coordinates (``pickup.latlng``): there is no geocoder.
"""

import datetime as dt
import re
import zoneinfo
from typing import Any

import msgspec

from domain.errors import Invalid
from server.schemas.orders import OrderIn

Row = dict[str, str]
_ENDS = ("pickup", "dropoff")
_LAT_LNG = re.compile(r"^\s*(-?\d{1,2}(?:\.\d+)?)\s*[,;]\s*(-?\d{1,3}(?:\.\d+)?)\s*$")
_SLOT_END = re.compile(r"\s+-\s+")
_MOMENT = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T]+(\d{1,2})[:hH](\d{2})(?::\d{2})?$")
_LAT_LNG_COLUMNS = ("latlng", "latlong", "address.latlng", "address.latlong")
_ALIASES = {"address.name": "name", "address.telephone": "phone", "address.contactname": "name"}
_NUMBERS = ("lon", "lat", "service_s", "weight_g", "volume_l", "amount_cents", "priority")


def order_body(row: Row, time_zone: str) -> OrderIn:
    """Return the order that a row describes.

    Args:
        row: column names in lower case to texts.
        time_zone: IANA name, for times without a zone.

    Raises:
        Invalid: ``needs_geocoding`` without coordinates, ``invalid_row`` for anything else.
    """
    zone = zoneinfo.ZoneInfo(time_zone)
    body: dict[str, Any] = {}
    for end in _ENDS:
        _put_end(body, row, end, zone)
    for name, text in row.items():
        _put_plain(body, name, text, zone)
    for end in _ENDS:
        if "lon" not in body.get(end, {}) or "lat" not in body.get(end, {}):
            raise Invalid(
                "needs_geocoding",
                f"{end} needs coordinates: columns {end}.lon and {end}.lat, or {end}.latlng",
            )
    try:
        return msgspec.convert(body, OrderIn, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid("invalid_row", str(error)) from None


def _put_end(body: dict[str, Any], row: Row, end: str, zone: zoneinfo.ZoneInfo) -> None:
    """Fill one end from CoopCycle's columns."""
    place: dict[str, Any] = body.setdefault(end, {})
    for column in (*_LAT_LNG_COLUMNS, "address"):
        found = _LAT_LNG.match(row.get(f"{end}.{column}", ""))
        if found:
            place["lat"], place["lon"] = found.groups()
    for column, name in _ALIASES.items():
        if text := row.get(f"{end}.{column}"):
            place.setdefault(name, text)
    notes = [row[name] for name in (f"{end}.address.description", f"{end}.comments") if name in row]
    if notes:
        place["notes"] = "\n".join(notes)
    if slot := row.get(f"{end}.timeslot"):
        place["window"] = _slot(slot, zone)
    if tags := row.get(f"{end}.tags"):
        body["requires"] = sorted({*body.get("requires", []), *tags.split()})


def _put_plain(body: dict[str, Any], name: str, text: str, zone: zoneinfo.ZoneInfo) -> None:
    """Fill what a column named after the JSON body says."""
    if name == "requires":
        body["requires"] = sorted({*body.get("requires", []), *text.replace(",", " ").split()})
    elif name == "weight":
        body.setdefault("size", {})["weight_g"] = round(_number(name, text) * 1000)
    elif name == "tour.name":
        body.setdefault("group", text)
    elif name in ("ref", "group", "priority", "shop"):
        body[name] = text
    else:
        path = name.split(".")
        if path[0] in (*_ENDS, "size", "payment") and _is_known(path):
            target = body
            for part in path[:-1]:
                target = target.setdefault(part, {})
            target[path[-1]] = _value(path[-1], text, zone)


def _is_known(path: list[str]) -> bool:
    known = {
        "pickup": {"lon", "lat", "address", "name", "phone", "notes", "ready_at", "service_s"},
        "size": {"weight_g", "volume_l"},
        "payment": {"method", "amount_cents", "currency"},
    }
    known["dropoff"] = known["pickup"]
    if len(path) == 3:
        return path[0] in _ENDS and path[1] == "window" and path[2] in ("earliest_at", "latest_at")
    return len(path) == 2 and path[1] in known[path[0]]


def _value(name: str, text: str, zone: zoneinfo.ZoneInfo) -> str:
    if name in _NUMBERS:
        return text.replace(",", ".")
    return _moment(text, zone) if name.endswith("_at") else text


def _number(name: str, text: str) -> float:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        raise Invalid("invalid_row", f"{name} must be a number, got {text!r}") from None
    if not 0 <= number <= 1_000_000:
        raise Invalid("invalid_row", f"{name} is out of range: {text}")
    return number


def _slot(text: str, zone: zoneinfo.ZoneInfo) -> dict[str, str]:
    parts = _SLOT_END.split(text.strip())
    if len(parts) != 2:
        raise Invalid(
            "invalid_row", f"a time slot looks like 2026-11-23 12:00 - 2026-11-23 13:00, not {text!r}"
        )
    return {"earliest_at": _moment(parts[0], zone), "latest_at": _moment(parts[1], zone)}


def _moment(text: str, zone: zoneinfo.ZoneInfo) -> str:
    """Return a local date and time as RFC 3339; what has a zone already stays as it is."""
    found = _MOMENT.match(text.strip())
    if not found:
        return text
    year, month, day, hour, minute = (int(part) for part in found.groups())
    try:
        return dt.datetime(year, month, day, hour, minute, tzinfo=zone).isoformat()
    except ValueError:
        raise Invalid("invalid_row", f"no such date or time: {text!r}") from None
