"""A request of a phone-tracker app, and what it says once decoded."""

import enum
from collections.abc import Mapping, Sequence

import msgspec

from domain.position import Fix


class Protocol(enum.StrEnum):
    """Families of apps, by how they speak."""

    OSMAND = "osmand"
    OWNTRACKS = "owntracks"
    GPSLOGGER = "gpslogger"
    COOPCYCLE = "coopcycle"


class PhoneRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What came over HTTP.

    Attributes:
        headers: names in lower case.
        query: parameters in order, repetitions included.
        now_ms: arrival, for records without a time of their own.
        secret: the courier's token as the phone sent it; its first 32 bytes open encrypted payloads.
    """

    headers: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    body: bytes
    now_ms: int
    secret: str = ""


class PhoneMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What a phone said.

    Attributes:
        kind: what sort of record it was, for counting: ``location``, ``heartbeat``, ``transition``, ...
        fixes: claims; one without coordinates is a heartbeat.
        device: the phone's own name of itself, None when it gave none.
        malformed: records that could not be read and never will be.
        alarm: a cry for help such as ``sos``.
        power_saver: whether the phone saves power, None when it did not say.
        encrypted: it expects its answer encrypted, too.
        app: the app's name and major version as far as can be told.
    """

    kind: str
    app: str
    fixes: tuple[Fix, ...] = ()
    device: str | None = None
    malformed: int = 0
    alarm: str | None = None
    power_saver: bool | None = None
    encrypted: bool = False


def heartbeat(at_ms: int, battery_pct: float | None = None) -> Fix:
    """Return the claim of a phone that is alive and says nothing about where it is."""
    return Fix(at_ms, None, None, None, None, None, battery_pct)
