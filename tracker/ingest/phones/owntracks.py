"""OwnTracks in HTTP mode, Android and iOS: one JSON object per request, told apart by ``_type``.

Positions come from ``location`` and ``transition``; a ``waypoint`` is a place on the map, not where the phone
is. ``status`` says whether the phone saves power. Encrypted payloads are opened with the courier's token: its
first 32 characters are the passphrase (libsodium ``crypto_secretbox``, 24-byte nonce before the box).
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import msgspec
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from domain.position import Fix
from tracker.ingest.phones.message import PhoneMessage, PhoneRequest, heartbeat
from tracker.ingest.phones.values import KMH_MPS, UnreadableError, instant_ms, not_negative, not_zero, number

_APP = "owntracks"
_ABSENT = frozenset({"user", "device", ""})
"""iOS sends the words ``user`` and ``device`` for values that were not set."""
_SILENT = frozenset({"lwt"})
"""Said on behalf of a phone that is gone: no sign of life."""


def decode(request: PhoneRequest) -> PhoneMessage:
    """Return what OwnTracks said."""
    if not request.body.strip():
        return PhoneMessage(kind="empty", app=_APP, device=_device(request, {}))
    try:
        doc = msgspec.json.decode(request.body)
        encrypted = isinstance(doc, dict) and doc.get("_type") == "encrypted"
        if encrypted:
            doc = msgspec.json.decode(unseal(str(doc.get("data", "")), request.secret))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, UnreadableError):
        return PhoneMessage(kind="malformed", app=_APP, device=_device(request, {}), malformed=1)
    if not isinstance(doc, dict):
        return PhoneMessage(kind="malformed", app=_APP, device=_device(request, {}), malformed=1)
    return _message(doc, request, encrypted=encrypted)


def box_key(secret: str) -> bytes:
    """Return the key that belongs to a passphrase: its first 32 bytes, padded with zeros."""
    return secret.encode()[: SecretBox.KEY_SIZE].ljust(SecretBox.KEY_SIZE, b"\0")


def unseal(data: str, secret: str) -> bytes:
    """Return the plain text of an encrypted payload.

    Raises:
        UnreadableError: it was not made with this passphrase, or is damaged.
    """
    try:
        return SecretBox(box_key(secret)).decrypt(base64.b64decode(data, validate=True))
    except (binascii.Error, CryptoError, ValueError, TypeError):
        raise UnreadableError("cannot be opened") from None


def seal(plain: bytes, secret: str) -> str:
    """Return an encrypted payload."""
    return base64.b64encode(SecretBox(box_key(secret)).encrypt(plain)).decode()


def _message(doc: Mapping[str, Any], request: PhoneRequest, *, encrypted: bool) -> PhoneMessage:
    kind = str(doc.get("_type", ""))[:32]
    device = _device(request, doc)
    power_saver = _power_saver(doc) if kind == "status" else None
    try:
        if kind in ("location", "transition"):
            fixes: tuple[Fix, ...] = (_fix(doc, request.now_ms),)
        elif kind in _SILENT or not kind:
            fixes = ()
        else:
            fixes = (heartbeat(request.now_ms),)
    except UnreadableError:
        return PhoneMessage(kind="malformed", app=_APP, device=device, malformed=1, encrypted=encrypted)
    return PhoneMessage(
        kind=kind or "malformed",
        app=_APP,
        fixes=fixes,
        device=device,
        malformed=0 if kind else 1,
        power_saver=power_saver,
        encrypted=encrypted,
    )


def _fix(doc: Mapping[str, Any], now_ms: int) -> Fix:
    at_ms = instant_ms(doc.get("tst"))
    at_ms = now_ms if at_ms is None else at_ms
    battery = not_negative(doc.get("batt"))
    lat, lon = number(doc.get("lat")), number(doc.get("lon"))
    if lat is None or lon is None:
        return heartbeat(at_ms, battery)
    speed = not_negative(doc.get("vel"))
    heading = not_negative(doc.get("cog"))
    return Fix(
        at_ms,
        lon,
        lat,
        not_zero(doc.get("acc")),
        None if speed is None else speed * KMH_MPS,
        heading if speed else None,
        battery,
    )


def _power_saver(doc: Mapping[str, Any]) -> bool | None:
    """Android says it in so many ways: power save, and hibernation of the app."""
    android = doc.get("android")
    if not isinstance(android, dict):
        return None
    return bool(android.get("ps")) or bool(android.get("hib"))


def _device(request: PhoneRequest, doc: Mapping[str, Any]) -> str | None:
    """Return the phone's name: header before query before topic before ``tid``."""
    header = request.headers.get("x-limit-d", "").lower()
    query = dict(request.query).get("d", "").lower()
    topic = str(doc.get("topic", "")).split("/")
    from_topic = topic[2].lower() if len(topic) > 2 else ""
    for name in (header, query, from_topic, str(doc.get("tid", "")).lower()):
        if name not in _ABSENT:
            return name[:64]
    return None
