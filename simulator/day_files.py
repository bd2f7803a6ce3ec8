"""Reads a day's orders and couriers from CSV. Bad rows are reported one by one and skipped, never half used.

Times are seconds since midnight of the first day; what lies before its own beginning belongs to the day after
(a courier from 16:00 to 01:30, an order placed at 23:50 and expected at 00:25).
"""

import csv
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from domain.courier import Vehicle
from domain.geo import LonLat

DAY_S = 86_400
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d):([0-5]\d)$")

T = TypeVar("T", "DayOrder", "DayCourier")


class DayOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order of the day; times in seconds since midnight."""

    id: str
    pickup: LonLat
    dropoff: LonLat
    placed_s: int
    ready_s: int
    expected_s: int


class DayCourier(msgspec.Struct, frozen=True, kw_only=True):
    """A courier of the day; times in seconds since midnight."""

    id: str
    vehicle: Vehicle
    at: LonLat
    on_s: int
    off_s: int


class DayFileError(Exception):
    """The file itself cannot be used: missing, not CSV, or without a needed column."""


def read_orders(path: Path) -> tuple[list[DayOrder], list[str]]:
    """Return the usable orders by placement time, and a sentence for each row that is not.

    Raises:
        DayFileError: the file cannot be used at all.
    """
    columns = (
        "order_id", "pick_up_lat", "pick_up_lng", "drop_off_lat", "drop_off_lng", "placement_time",
        "preparation_time", "ready_time", "expected_drop_off_time",
    )  # fmt: skip
    orders, problems = _read(path, columns, _order)
    return sorted(orders, key=lambda order: order.placed_s), problems


def read_couriers(path: Path) -> tuple[list[DayCourier], list[str]]:
    """Return the usable couriers by start of shift, and a sentence for each row that is not.

    Raises:
        DayFileError: the file cannot be used at all.
    """
    columns = ("courier_id", "vehicle", "on_lat", "on_lng", "on_time", "off_time")
    couriers, problems = _read(path, columns, _courier)
    return sorted(couriers, key=lambda courier: courier.on_s), problems


def _order(row: dict[str, str]) -> DayOrder:
    placed_s = _time(row, "placement_time")
    _time(row, "preparation_time")
    return DayOrder(
        id=_id(row, "order_id"),
        pickup=_place(row, "pick_up_lng", "pick_up_lat"),
        dropoff=_place(row, "drop_off_lng", "drop_off_lat"),
        placed_s=placed_s,
        ready_s=_after(placed_s, _time(row, "ready_time")),
        expected_s=_after(placed_s, _time(row, "expected_drop_off_time")),
    )


def _courier(row: dict[str, str]) -> DayCourier:
    vehicle = row["vehicle"].strip().lower()
    if vehicle not in {known.value for known in Vehicle}:
        raise ValueError(f"vehicle {vehicle!r} is not one of {', '.join(known.value for known in Vehicle)}")
    on_s = _time(row, "on_time")
    off_s = _time(row, "off_time")
    if off_s == on_s:
        raise ValueError("on_time and off_time are the same: the shift has no length")
    return DayCourier(
        id=_id(row, "courier_id"),
        vehicle=Vehicle(vehicle),
        at=_place(row, "on_lng", "on_lat"),
        on_s=on_s,
        off_s=_after(on_s, off_s),
    )


def _read(
    path: Path, columns: tuple[str, ...], make: Callable[[dict[str, str]], T]
) -> tuple[list[T], list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(_rows(file, path, columns))
    except OSError as error:
        raise DayFileError(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DayFileError(f"{path}: is not a CSV file in UTF-8 ({error})") from error
    good: dict[str, T] = {}
    problems = []
    for number, row in rows:
        try:
            item = _item(row, make, len(columns))
            if item.id in good:
                problems.append(
                    f"{path.name} line {number}: {columns[0]} {item.id!r} came before; row skipped"
                )
            good.setdefault(item.id, item)
        except ValueError as error:
            problems.append(f"{path.name} line {number}: {error}; row skipped")
    return list(good.values()), problems


def _item(row: dict[str, str], make: Callable[[dict[str, str]], T], columns: int) -> T:
    if None in row or None in row.values():
        raise ValueError(f"has not the {columns} columns of the header")
    return make(row)


def _rows(file: Iterator[str], path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(file)
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise DayFileError(f"{path}: column {', '.join(missing)} missing; expected {','.join(columns)}")
    for row in reader:
        yield reader.line_num, row


def _id(row: dict[str, str], name: str) -> str:
    value = row[name].strip()
    if not value or len(value) > 60:
        raise ValueError(f"{name} must have 1 to 60 characters")
    return value


def _place(row: dict[str, str], lon_name: str, lat_name: str) -> LonLat:
    place = LonLat(_number(row, lon_name), _number(row, lat_name))
    if not place.is_valid() or (place.lon == 0 and place.lat == 0):
        raise ValueError(f"{lon_name} {place.lon}, {lat_name} {place.lat} is no place on Earth")
    return place


def _number(row: dict[str, str], name: str) -> float:
    try:
        value = float(row[name])
    except ValueError:
        raise ValueError(f"{name} {row[name]!r} is not a number") from None
    if not math.isfinite(value):
        raise ValueError(f"{name} {row[name]!r} is not finite")
    return value


def _time(row: dict[str, str], name: str) -> int:
    match = _TIME.match(row[name].strip())
    if not match:
        raise ValueError(f"{name} {row[name]!r} is not HH:MM:SS")
    hours, minutes, seconds = (int(part) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _after(begin_s: int, then_s: int) -> int:
    return then_s if then_s >= begin_s else then_s + DAY_S
