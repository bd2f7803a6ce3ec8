"""Bounded pieces that bodies are made of. Times are RFC 3339 here and Unix milliseconds inside."""

import datetime as dt
from typing import Annotated

from msgspec import Meta, Struct

from domain.errors import Invalid

Lon = Annotated[float, Meta(ge=-180, le=180, description="degrees east, WGS 84")]
Lat = Annotated[float, Meta(ge=-90, le=90, description="degrees north, WGS 84")]
Id = Annotated[str, Meta(min_length=1, max_length=128)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Line = Annotated[str, Meta(max_length=500)]
Notes = Annotated[str, Meta(max_length=2000)]
Phone = Annotated[str, Meta(max_length=40, pattern=r"^[0-9+()./ -]*$")]
Time = Annotated[dt.datetime, Meta(tz=True, description="RFC 3339 with a zone")]
Limit = Annotated[int, Meta(ge=1, le=500)]
Slug = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_-]*$")]

_EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_LATEST = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


class WindowBody(Struct, frozen=True, kw_only=True):
    """When a visit may start; an open side is null."""

    earliest_at: Time | None = None
    latest_at: Time | None = None


class EtaBody(Struct, frozen=True, kw_only=True):
    """An expected arrival with its 80 % range."""

    p10_at: str
    p50_at: str
    p90_at: str


def to_ms(when: dt.datetime | None, name: str) -> int | None:
    """Return Unix milliseconds.

    Raises:
        Invalid: ``time_out_of_range`` before 2000 or from 2100 on.
    """
    if when is None:
        return None
    try:
        inside = _EARLIEST <= when < _LATEST
    except OverflowError:
        inside = False
    if not inside:
        raise Invalid("time_out_of_range", f"{name} must be between 2000 and 2099", field=name)
    return round(when.timestamp() * 1000)


def from_ms(at_ms: int | None) -> str | None:
    """Return RFC 3339 in UTC with milliseconds."""
    return None if at_ms is None else rfc3339(at_ms)


def rfc3339(at_ms: int) -> str:
    """Return RFC 3339 in UTC with milliseconds."""
    when = dt.datetime.fromtimestamp(at_ms / 1000, tz=dt.UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
