"""Reads the day to simulate: the folders of public days, or a co-op's own orders as a plain CSV.

Own orders: columns ``placed_at``, ``pickup.lon``, ``pickup.lat``, ``dropoff.lon``, ``dropoff.lat``, and where
known ``ref``, ``ready_at``, ``due_at``: named as in the import of orders. Own riders: ``vehicle``, ``on``,
``off``, and where known ``name``, ``lon``, ``lat``. Times are local, ``13:05`` or ``2026-11-23 13:05``. Bad
rows are told and skipped.
"""

import csv
import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from domain.courier import Vehicle
from domain.geo import LonLat
from simulator.day_files import DAY_S, DayFileError, read_couriers, read_orders
from whatif.day import SimDay, SimOrder, SimRider
from whatif.variants import VariantError, read_hours

ORDER_COLUMNS = ("placed_at", "pickup.lon", "pickup.lat", "dropoff.lon", "dropoff.lat")
RIDER_COLUMNS = ("vehicle", "on", "off")
READY_AFTER_S = 900
"""Where a file does not say when goods are ready."""
_TIME = re.compile(
    r"^(?:(\d{4}-\d{2}-\d{2})[T ]+)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?$"
)
_CREW = re.compile(r"^(\d{1,3})(?:\s+([a-z_]+))?\s*@\s*(.+)$")

Row = dict[str, str]
T = TypeVar("T", SimOrder, SimRider)


def read_day(path: Path, riders: str | None) -> tuple[SimDay, list[str]]:
    """Return the day and a sentence for each row that was left out.

    Args:
        path: a folder with ``orders.csv`` and ``couriers.csv``, or a file of orders.
        riders: a file of riders, or who works when (``6@11-16, 2 bicycle@18:00-23:00``); None takes
            ``couriers.csv`` beside the orders.

    Raises:
        DayFileError: the files cannot be used.
    """
    orders_path = path / "orders.csv" if path.is_dir() else path
    own = "placed_at" in _header(orders_path)
    orders, problems = _own(orders_path, ORDER_COLUMNS, _order) if own else _public_orders(orders_path)
    if not orders:
        raise DayFileError(f"{orders_path}: no usable order" + _first(problems))
    crew, more = _riders(orders_path.parent / "couriers.csv", riders, orders)
    if not crew:
        raise DayFileError("no usable rider" + _first(more))
    return SimDay(orders=tuple(orders), riders=tuple(crew)), [*problems, *more]


def _first(problems: Sequence[str]) -> str:
    return f"; the first problem: {problems[0]}" if problems else ""


def _public_orders(path: Path) -> tuple[list[SimOrder], list[str]]:
    orders, problems = read_orders(path)
    made = [
        SimOrder(
            id=f"o_{order.id}",
            pickup=order.pickup,
            dropoff=order.dropoff,
            placed_s=order.placed_s,
            ready_s=order.ready_s,
            due_s=order.expected_s,
        )
        for order in orders
    ]
    return made, problems


def _riders(
    beside: Path, given: str | None, orders: Sequence[SimOrder]
) -> tuple[Sequence[SimRider], list[str]]:
    if given is not None and not Path(given).exists():
        return _crews(given, orders), []
    path = Path(given) if given is not None else beside
    if not path.exists():
        raise DayFileError(
            f"{path} is missing; say who works: --riders FILE, or --riders '6@11-16, 2 bicycle@18:00-23:00'"
        )
    if "on" in _header(path):
        middle = _middle(orders)
        return _own(path, RIDER_COLUMNS, lambda row, number: _rider(row, number, middle))
    couriers, problems = read_couriers(path)
    made = [
        SimRider(id=f"c_{c.id}", vehicle=c.vehicle, at=c.at, shifts=((c.on_s, c.off_s),)) for c in couriers
    ]
    return made, problems


def _crews(text: str, orders: Sequence[SimOrder]) -> list[SimRider]:
    """Return riders by number and hours, who begin where orders are fetched."""
    riders: list[SimRider] = []
    for part in text.split(","):
        match = _CREW.match(part.strip())
        if match is None:
            raise DayFileError(
                f"--riders {text!r} is no file, and {part.strip()!r} is not like 6@11-16 or 2 bicycle@18-23"
            )
        vehicle = _vehicle(match[2] or Vehicle.BICYCLE)
        try:
            hours = read_hours(match[3])
        except VariantError as error:
            raise DayFileError(f"--riders: {error}") from None
        for _ in range(int(match[1])):
            start = orders[len(riders) * 7 % len(orders)].pickup
            riders.append(SimRider(id=f"c_{len(riders) + 1}", vehicle=vehicle, at=start, shifts=(hours,)))
    return riders


def _own(path: Path, columns: Sequence[str], make: Callable[[Row, int], T]) -> tuple[list[T], list[str]]:
    missing = [name for name in columns if name not in _header(path)]
    if missing:
        raise DayFileError(f"{path}: column {', '.join(missing)} missing; expected {', '.join(columns)}")
    made: dict[str, T] = {}
    problems = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            try:
                item = make({key: value or "" for key, value in row.items() if key}, reader.line_num)
            except (ValueError, DayFileError) as error:
                problems.append(f"{path.name} line {reader.line_num}: {error}; row skipped")
                continue
            if item.id in made:
                problems.append(f"{path.name} line {reader.line_num}: {item.id} came before; row skipped")
            made.setdefault(item.id, item)
    return list(made.values()), problems


def _header(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file), [])
    except OSError as error:
        raise DayFileError(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DayFileError(f"{path}: is not a CSV file in UTF-8 ({error})") from error


def _order(row: Row, number: int) -> SimOrder:
    placed_s = _time(row, "placed_at")
    ready_s = _after(placed_s, _time(row, "ready_at")) if row.get("ready_at") else placed_s + READY_AFTER_S
    return SimOrder(
        id=f"o_{row.get('ref') or number}",
        pickup=_place(row, "pickup."),
        dropoff=_place(row, "dropoff."),
        placed_s=placed_s,
        ready_s=ready_s,
        due_s=_after(placed_s, _time(row, "due_at")) if row.get("due_at") else None,
    )


def _rider(row: Row, number: int, middle: LonLat) -> SimRider:
    on_s = _time(row, "on")
    off_s = _after(on_s, _time(row, "off"))
    if off_s == on_s:
        raise ValueError("on and off are the same: the shift has no length")
    at = _place(row, "") if row.get("lon") else middle
    name = row.get("name") or str(number)
    return SimRider(id=f"c_{name}", vehicle=_vehicle(row["vehicle"]), at=at, shifts=((on_s, off_s),))


def _vehicle(name: str) -> Vehicle:
    try:
        return Vehicle(name.strip().lower())
    except ValueError:
        raise DayFileError(f"vehicle {name!r} is not one of {', '.join(Vehicle)}") from None


def _time(row: Row, name: str) -> int:
    match = _TIME.match(row[name].strip())
    if match:
        date, hours, minutes, seconds = match.groups()
        if int(hours) < 24 and int(minutes) < 60 and int(seconds or 0) < 60:
            if date:
                dt.date.fromisoformat(date)
            return int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)
    raise ValueError(f"{name} {row[name]!r} is not like 13:05 or 2026-11-23 13:05")


def _after(begin_s: int, then_s: int) -> int:
    return then_s if then_s >= begin_s else then_s + DAY_S


def _place(row: Row, prefix: str) -> LonLat:
    numbers = []
    for name in (f"{prefix}lon", f"{prefix}lat"):
        try:
            numbers.append(float(row[name]))
        except ValueError:
            raise ValueError(f"{name} {row[name]!r} is not a number") from None
    place = LonLat(*numbers)
    if not all(map(math.isfinite, numbers)) or not place.is_valid() or numbers == [0.0, 0.0]:
        raise ValueError(f"{prefix}lon {numbers[0]}, {prefix}lat {numbers[1]} is no place on Earth")
    return place


def _middle(orders: Sequence[SimOrder]) -> LonLat:
    count = len(orders)
    return LonLat(
        sum(order.pickup.lon for order in orders) / count, sum(order.pickup.lat for order in orders) / count
    )
