"""Real traces as rides: the recorded path, straight between its fixes, is taken as the truth.

Stops are where the trace itself stays within 25 m for 45 s or more. Recordings: a Liverpool bus line (Open
Government Licence) and a GeoLife user (Microsoft research licence); both are read in place, never copied.
"""

import csv
import itertools
import math
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.rides import Ride, TrueStop, visit_at

_M_PER_DEG = 111_195.08
_STAY_M, _STAY_S = 25.0, 45
_APART_M = 220.0
_GAP_S = 300.0

Recorded = list[tuple[float, float, float]]
"""(Unix seconds, lon, lat)"""


def shared_data() -> Path:
    """Return where the benchmark data lies."""
    default = Path(__file__).parent.parent.parent / "shared" / "data"
    return Path(os.environ.get("RELEVO_SHARED_DATA", default))


def real_rides(folder: Path) -> list[Ride]:
    """Return the rides of all traces in a folder, those without any stop left out."""
    recorded = [*_bus(folder / "liverpool_bus_route14.csv"), *_geolife(folder / "geolife_020")]
    rides = [ride for fixes in recorded for ride in _rides(fixes)]
    return [ride for ride in rides if ride.stops]


def _bus(path: Path) -> Iterable[Recorded]:
    trips: dict[tuple[str, str], Recorded] = defaultdict(list)
    with path.open() as file:
        for row in csv.DictReader(file):
            at = datetime.strptime(row["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
            trips[row["vehicle_id"], row["trip_id"]].append(
                (at.timestamp(), float(row["longitude"]), float(row["latitude"]))
            )
    return [sorted(set(fixes)) for fixes in trips.values()]


def _geolife(folder: Path) -> Iterable[Recorded]:
    for path in sorted(folder.glob("*.plt")):
        fixes: Recorded = []
        for line in path.read_text().splitlines()[6:]:
            lat, lon, _, _, _, day, time = line.split(",")
            at = datetime.strptime(f"{day} {time}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
            fixes.append((at.timestamp(), float(lon), float(lat)))
        yield fixes


def _rides(fixes: Recorded) -> Iterable[Ride]:
    """Cut at long gaps and interpolate to seconds."""
    piece: Recorded = []
    for fix in fixes:
        if piece and fix[0] - piece[-1][0] > _GAP_S:
            yield _ride(piece)
            piece = []
        if not piece or fix[0] > piece[-1][0]:
            piece.append(fix)
    if len(piece) > 1:
        yield _ride(piece)


def _ride(fixes: Recorded) -> Ride:
    start, lon0, lat0 = fixes[0]
    scale = math.cos(math.radians(lat0)) * _M_PER_DEG
    points = [(at - start, (lon - lon0) * scale, (lat - lat0) * _M_PER_DEG) for at, lon, lat in fixes]
    ride = Ride()
    for (ta, xa, ya), (tb, xb, yb) in itertools.pairwise(points):
        for second in range(math.ceil(ta), math.ceil(tb)):
            share = (second - ta) / (tb - ta)
            ride.x.append(xa + share * (xb - xa))
            ride.y.append(ya + share * (yb - ya))
    _find_stops(ride)
    return ride


def _find_stops(ride: Ride) -> None:
    second = 0
    while second < len(ride.x):
        ends = _stays_until(ride.x, ride.y, second)
        if ends - second < _STAY_S:
            second += 1
            continue
        x, y = sum(ride.x[second:ends]) / (ends - second), sum(ride.y[second:ends]) / (ends - second)
        middle = (second + ends) // 2
        second = ends
        if any(math.hypot(x - stop.x, y - stop.y) < _APART_M for stop in ride.stops):
            continue
        enter, leave = visit_at(ride, x, y, middle)
        if enter > 0 and leave < len(ride.x) - 1:
            ride.stops.append(TrueStop(f"s{len(ride.stops)}", x, y, max(0.0, enter - 600), enter, leave))


def _stays_until(x: Sequence[float], y: Sequence[float], start: int) -> int:
    end = start
    while end < len(x) and math.hypot(x[end] - x[start], y[end] - y[start]) <= _STAY_M:
        end += 1
    return end
