"""The OsmAnd protocol: Traccar Client 8 (query), 9 (JSON) and 10 (form), OsmAnd itself, and look-alikes.

Query and form are merged. Speed is in knots unless ``speed_unit`` says otherwise; the names that GPSLogger's
``%ALL`` uses are understood as well. The JSON of version 9 has metres per second, and -1 for unknown.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from domain.position import Fix
from tracker.ingest.phones.message import PhoneMessage, PhoneRequest, heartbeat
from tracker.ingest.phones.values import (
    KMH_MPS,
    KNOT_MPS,
    SPEED_UNITS,
    UnreadableError,
    instant_ms,
    not_negative,
    not_zero,
    number,
)

_METRES_PER_HDOP = 5.0
"""A dilution of 1 is about the error of a phone under open sky."""


def decode(request: PhoneRequest) -> PhoneMessage:
    """Return what an OsmAnd-speaking app said."""
    if request.headers.get("content-type", "").startswith("application/json") or _looks_like_json(
        request.body
    ):
        return _decode_json(request)
    app = "traccar-client-8" if request.query else "traccar-client-10"
    return decode_flat(merged(request), request, app, KNOT_MPS)


def _looks_like_json(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"{", b"[")


def merged(request: PhoneRequest) -> dict[str, Any]:
    """Return query and form parameters as one; the last of a repeated name counts."""
    fields: dict[str, Any] = dict(request.query)
    body = request.body.decode("utf-8", "replace")
    fields.update(parse_qsl(body, keep_blank_values=True, max_num_fields=None))
    return fields


def decode_flat(
    fields: Mapping[str, Any], request: PhoneRequest, app: str, mps_per_unit: float
) -> PhoneMessage:
    """Return what a flat record says.

    Args:
        fields: parameters by name.
        request: for the time of arrival.
        app: the app's name.
        mps_per_unit: metres per second in one unit of ``speed``.
    """
    device = _text(fields, "id", "deviceid", "device_id", "aid", "imei")
    alarm = _text(fields, "alarm")
    try:
        fix = _fix(fields, request.now_ms, mps_per_unit)
    except UnreadableError:
        return PhoneMessage(kind="malformed", app=app, device=device, malformed=1, alarm=alarm)
    kind = "heartbeat" if fix.lon is None else "location"
    if "notificationToken" in fields:
        kind = "notification_token"
    return PhoneMessage(kind=kind, app=app, device=device, fixes=(fix,), alarm=alarm)


def _fix(fields: Mapping[str, Any], now_ms: int, mps_per_unit: float) -> Fix:
    at_ms = instant_ms(_first(fields, "timestamp", "time", "timeoffset", "ts"))
    at_ms = now_ms if at_ms is None else at_ms
    battery = _battery(_first(fields, "batt", "battery"))
    lat, lon = _place(fields)
    valid = str(fields.get("valid", "true")).lower() in ("true", "1")
    if lat is None or lon is None or not valid:
        return heartbeat(at_ms, battery)
    accuracy = not_zero(_first(fields, "accuracy", "acc"))
    if accuracy is None:
        hdop = not_zero(fields.get("hdop"))
        accuracy = None if hdop is None else hdop * _METRES_PER_HDOP
    speed = _speed(fields, mps_per_unit)
    heading = not_negative(_first(fields, "bearing", "heading", "dir"))
    return Fix(at_ms, lon, lat, accuracy, speed, None if heading is None else heading % 360.0, battery)


def _place(fields: Mapping[str, Any]) -> tuple[float | None, float | None]:
    lat, lon = _first(fields, "lat", "latitude"), _first(fields, "lon", "lng", "longitude")
    if lat is None and lon is None and "location" in fields:
        lat, _, lon = str(fields["location"]).partition(",")
    return number(lat), number(lon)


def _speed(fields: Mapping[str, Any], mps_per_unit: float) -> float | None:
    unit = SPEED_UNITS.get(str(fields.get("speed_unit", "")).lower(), mps_per_unit)
    speed = not_negative(fields.get("speed"))
    if speed is not None:
        return speed * unit
    metric = not_negative(_first(fields, "spd", "s"))
    if metric is not None:
        return metric
    kmh = not_negative(fields.get("spd_kph"))
    return None if kmh is None else kmh * KMH_MPS


def _battery(value: Any) -> float | None:
    battery = not_negative(value)
    return None if battery is None or battery > 100 else battery


def _decode_json(request: PhoneRequest) -> PhoneMessage:
    try:
        doc = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return PhoneMessage(kind="malformed", app="traccar-client-9", malformed=1)
    if isinstance(doc, list):
        return _decode_list(doc, request)
    if not isinstance(doc, dict):
        return PhoneMessage(kind="malformed", app="traccar-client-9", malformed=1)
    if not isinstance(doc.get("location"), dict):
        # Other apps on the same library send one flat object, in metres per second.
        return decode_flat(_flattened(doc), request, "flat-json", 1.0)
    device, alarm = _name(doc.get("device_id")), _name(doc["location"].get("alarm"))
    try:
        fix = _nested(doc["location"], request.now_ms)
    except UnreadableError:
        return PhoneMessage(kind="malformed", app="traccar-client-9", device=device, malformed=1, alarm=alarm)
    kind = "heartbeat" if fix.lon is None else "location"
    return PhoneMessage(kind=kind, app="traccar-client-9", device=device, fixes=(fix,), alarm=alarm)


def _nested(location: Mapping[str, Any], now_ms: int) -> Fix:
    at_ms = instant_ms(location.get("timestamp"))
    at_ms = now_ms if at_ms is None else at_ms
    battery = _level(location.get("battery"))
    coords = location.get("coords")
    if coords is None:
        return heartbeat(at_ms, battery)
    if not isinstance(coords, dict):
        raise UnreadableError("coords is no object")
    lat, lon = number(coords.get("latitude")), number(coords.get("longitude"))
    if lat is None or lon is None:
        return heartbeat(at_ms, battery)
    return Fix(
        at_ms,
        lon,
        lat,
        not_zero(coords.get("accuracy")),
        not_negative(coords.get("speed")),
        not_negative(coords.get("heading")),
        battery,
    )


def _decode_list(rows: list[Any], request: PhoneRequest) -> PhoneMessage:
    messages = [
        decode_flat(row, request, "traccar-client-10", KNOT_MPS) for row in rows if isinstance(row, dict)
    ]
    return PhoneMessage(
        kind="location" if messages else "malformed",
        app="traccar-client-10",
        device=next((message.device for message in messages if message.device), None),
        fixes=tuple(fix for message in messages for fix in message.fixes),
        malformed=len(rows) - len(messages) + sum(message.malformed for message in messages),
        alarm=next((message.alarm for message in messages if message.alarm), None),
    )


def _flattened(doc: Mapping[str, Any]) -> dict[str, Any]:
    flat = {key: value for key, value in doc.items() if not isinstance(value, dict | list)}
    battery = doc.get("battery")
    if isinstance(battery, dict):
        flat["battery"] = _level(battery)
    return flat


def _level(battery: Any) -> float | None:
    if not isinstance(battery, dict):
        return None
    level = not_negative(battery.get("level"))
    return None if level is None or level > 1 else round(level * 100, 1)


def _first(fields: Mapping[str, Any], *names: str) -> Any:
    return next((fields[name] for name in names if fields.get(name) not in (None, "")), None)


def _text(fields: Mapping[str, Any], *names: str) -> str | None:
    return _name(_first(fields, *names))


def _name(value: Any) -> str | None:
    return str(value)[:64] if value not in (None, "") else None
