"""Reads changes such as ``riders+3@13:00-15:00``; ``changes`` then makes the changed day.

A variant is one change or several with commas between: riders or demand, within hours or all day, settings.
"""

import difflib
import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from dispatcher.model import PlannerSettings
from dispatcher.settings import DispatchSettings
from domain.courier import Vehicle
from domain.fleet_settings import FleetSettings
from whatif.day import Span

EXAMPLES = "riders+3@13:00-15:00, riders-2, demand*1.2@12-14, fairness=strong, offers=broadcast"
COUNT_MAX = 500
FACTOR_MAX = 10.0

_AMOUNT = re.compile(
    r"^(?P<what>riders|demand)\s*(?P<how>[+*-])\s*(?P<amount>[\d.]+)"
    r"(?:\s*:?\s*(?P<vehicle>[a-z_]+))?(?:\s*@\s*(?P<hours>.+))?$"
)
_SETTING = re.compile(r"^(?P<name>[a-z_]+)\s*=\s*(?P<value>\S+)$")
_HOURS = re.compile(r"^(\d{1,2})(?::(\d{2}))?\s*-\s*(\d{1,2})(?::(\d{2}))?$")


class VariantError(Exception):
    """A change that cannot be understood; the message says what was expected."""


class RidersChange(msgspec.Struct, frozen=True, kw_only=True, tag="riders"):
    """Riders more or fewer (``count``), or a share of them (``factor``), within hours or all day."""

    text: str
    count: int = 0
    factor: float | None = None
    vehicle: Vehicle | None = None
    hours: Span | None = None


class DemandChange(msgspec.Struct, frozen=True, kw_only=True, tag="demand"):
    """So many times the orders placed within hours, or all day."""

    text: str
    factor: float
    hours: Span | None = None


class SettingChange(msgspec.Struct, frozen=True, kw_only=True, tag="setting"):
    """One of the fleet's choices, or of the dispatcher's settings."""

    text: str
    name: str
    value: str | int | float | bool


Change = RidersChange | DemandChange | SettingChange


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """What is changed, and what it is called."""

    name: str
    changes: tuple[Change, ...] = ()

    def hours(self) -> Span | None:
        """Return the hours that the changes are about, None when any of them lasts all day."""
        spans = [getattr(change, "hours", None) for change in self.changes]
        known = [span for span in spans if span is not None]
        if not known or len(known) < len(spans):
            return None
        return min(on for on, _ in known), max(off for _, off in known)


def read_variant(text: str) -> Variant:
    """Return the variant that a text describes.

    Raises:
        VariantError: it describes none.
    """
    parts = [part.strip() for part in re.split(r"[,;]", text) if part.strip()]
    if not parts:
        raise VariantError(f"nothing is changed by {text!r}; expected for example: {EXAMPLES}")
    return Variant(name=", ".join(parts), changes=tuple(_change(part) for part in parts))


def read_hours(text: str) -> Span:
    """Return the seconds since midnight that ``13:00-15:00``, ``13-15`` or ``22-2`` mean.

    Raises:
        VariantError: it means none.
    """
    match = _HOURS.match(text.strip())
    if match:
        on_h, on_min, off_h, off_min = (int(part or 0) for part in match.groups())
        if on_h <= 24 and off_h <= 30 and on_min < 60 and off_min < 60:
            on_s, off_s = on_h * 3600 + on_min * 60, off_h * 3600 + off_min * 60
            off_s += 86_400 if off_s < on_s else 0
            if off_s > on_s:
                return on_s, off_s
    raise VariantError(f"hours look like 13:00-15:00 or 13-15, not {text!r}")


def show_hours(span: Span) -> str:
    """Return hours as people write them."""
    ends = [f"{at_s // 3600}" + (f":{at_s % 3600 // 60:02}" if at_s % 3600 else "") for at_s in span]
    return "-".join(ends) + " h"


# --- reading one change -------------------------------------------------------------------------------


def _change(text: str) -> Change:
    if setting := _SETTING.match(text):
        return _setting(text, setting["name"], setting["value"])
    match = _AMOUNT.match(text)
    if match is None:
        raise VariantError(f"cannot read {text!r}; expected for example: {EXAMPLES}")
    hours = read_hours(match["hours"]) if match["hours"] else None
    amount, how = _amount(text, match["amount"]), match["how"]
    if match["what"] == "demand":
        if how != "*":
            raise VariantError(f"demand is multiplied, for example demand*1.2; got {text!r}")
        if match["vehicle"]:
            raise VariantError(f"demand has no vehicle: {text!r}")
        return DemandChange(text=text, factor=amount, hours=hours)
    vehicle = _vehicle(text, match["vehicle"])
    if how == "*":
        if hours is not None:
            raise VariantError(
                f"riders are multiplied for the whole day, or added within hours; got {text!r}"
            )
        return RidersChange(text=text, factor=amount, vehicle=vehicle)
    if amount != int(amount) or not 1 <= amount <= COUNT_MAX:
        raise VariantError(f"riders come whole, 1 to {COUNT_MAX}: riders+3 or riders-2; got {text!r}")
    count = int(amount) if how == "+" else -int(amount)
    return RidersChange(text=text, count=count, vehicle=vehicle, hours=hours)


def _amount(text: str, digits: str) -> float:
    try:
        amount = float(digits)
    except ValueError:
        raise VariantError(f"{digits!r} in {text!r} is not a number") from None
    if "*" in text and not 0 < amount <= FACTOR_MAX:
        raise VariantError(f"a factor is above 0 and at most {FACTOR_MAX:g}; got {text!r}")
    return amount


def _vehicle(text: str, name: str | None) -> Vehicle | None:
    if name is None:
        return None
    try:
        return Vehicle(name)
    except ValueError:
        raise VariantError(f"{name!r} in {text!r} is not one of {', '.join(Vehicle)}") from None


def _setting(text: str, name: str, value: str) -> SettingChange:
    for owner in (FleetSettings, DispatchSettings, PlannerSettings):
        if name in owner.__struct_fields__ and name != "planner":
            return SettingChange(text=text, name=name, value=_value(text, owner, name, value))
    known = sorted(_known_settings())
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"; did you mean {', '.join(near)}?" if near else f"; known: {', '.join(known)}"
    raise VariantError(f"there is no setting {name!r}{hint}")


def _value(text: str, owner: type[msgspec.Struct], name: str, value: str) -> str | int | float | bool:
    word: Any = value.lower() == "true" if value.lower() in ("true", "false") else value
    try:
        typed = getattr(msgspec.convert({name: word}, owner, strict=False), name)
    except msgspec.ValidationError as error:
        reason = str(error).split(" - at")[0]
        allowed = _words_of(owner, name)
        raise VariantError(f"{text}: {f'expected one of {allowed}' if allowed else reason}") from None
    plain: str | int | float | bool = msgspec.to_builtins(typed)
    if isinstance(plain, float) and not math.isfinite(plain):
        raise VariantError(f"{text}: must be finite")
    if isinstance(plain, (int, float)) and not isinstance(plain, bool) and plain < 0:
        raise VariantError(f"{text}: must not be negative")
    return plain


def _words_of(owner: type[msgspec.Struct], name: str) -> str:
    field = next(field for field in msgspec.structs.fields(owner) if field.name == name)
    return ", ".join(field.type) if hasattr(field.type, "__members__") else ""


def _known_settings() -> Mapping[str, None]:
    owners = (FleetSettings, DispatchSettings, PlannerSettings)
    return {name: None for owner in owners for name in owner.__struct_fields__ if name != "planner"}
