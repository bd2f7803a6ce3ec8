"""Street servers on real extracts: what building costs, how fast they answer, and how true matches are.

Rides are synthetic: ways of the server itself between random places, ridden at 4.4 m/s, seen by a phone
every five seconds through the noise of ``bench.noise`` (families ``open`` and ``street``; cold starts and
tunnels belong to the filters, which come before, and are left out). The truth is the way that was ridden.
Recall is the share of the true way that lies within 10 m of the matched line, precision the share of the
matched line within 10 m of the truth; beside them the same for the line through the fixes as they were sent.

    python -m bench.roads [--programs FOLDER] [--extracts FILE ...] [--rides 30] [--json FILE]

Needs OSRM's programs: the extra ``roads`` on Python 3.12, or a folder that holds them.
"""

import argparse
import asyncio
import dataclasses
import itertools
import json
import math
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.noise import FAMILIES, observe
from bench.report import write_report
from bench.rides import Ride
from bench.traces import shared_data
from dispatcher.travel_times.osrm_client import OsrmClient
from domain.courier import Vehicle
from domain.geo import EARTH_RADIUS_M, LocalPlane, LonLat
from domain.ids import CourierId, DeviceId
from domain.position import TrackPoint
from server.metrics import Metrics
from server.roads.client import StreetClient
from server.roads.network import RoadNetwork, Streets
from server.roads.programs import Programs, find_programs
from tracker.matching.track import Piece, match_track

VEHICLES = (Vehicle.BICYCLE, Vehicle.CARGO_BIKE, Vehicle.MOTORCYCLE)
NEAR_M = 10.0
SPEED_MPS = 4.4
INTERVAL_S = 5.0
STEP_M = 5.0
QUESTIONS = 40
Line = list[tuple[float, float]]


async def bench_extract(
    extract: Path, programs: Programs, rides: int, rng: random.Random
) -> dict[str, float]:
    """Return the figures of one extract."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        metrics = Metrics()
        network = RoadNetwork(extract, Path(folder), programs, VEHICLES, metrics)
        began_s = time.perf_counter()
        task = asyncio.create_task(network.run())
        client = StreetClient(network.servers, metrics)
        try:
            for streets in network.streets:
                await _until_served(streets)
                name = streets.vehicle.value
                found[f"{name}.build_s"] = time.perf_counter() - began_s
                found[f"{name}.build_peak_mb"] = _build_peak_mb(streets)
                began_s = time.perf_counter()
            ends = await _ends(client, extract, rng)
            found |= await asyncio.to_thread(_tables, network.servers[Vehicle.BICYCLE], ends)
            for family in ("open", "street"):
                found |= await _matches(client, family, ends, rides, rng)
            for streets in network.streets:
                found[f"{streets.vehicle.value}.server_rss_mb"] = _rss_mb(streets.pid)
        finally:
            await client.close()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    return found


async def _until_served(streets: Streets) -> None:
    while streets.state.doing != "serving":
        if streets.state.doing == "failed":
            raise SystemExit(f"{streets.vehicle.value}: {streets.state.reason}")
        await asyncio.sleep(0.02)


async def _ends(client: StreetClient, extract: Path, rng: random.Random) -> list[LonLat]:
    """Return places on streets: random ones around the extract's middle, put onto the nearest street."""
    west, south, east, north = _box(extract)
    places = [LonLat(rng.uniform(west, east), rng.uniform(south, north)) for _ in range(90)]
    where = ";".join(f"{p.lon:.5f},{p.lat:.5f}" for p in places)
    body = await client.ask("table", f"{where}?destinations=0", Vehicle.BICYCLE, 10)
    sources = json.loads(body)["sources"]
    return [LonLat(*found["location"]) for found in sources if found["distance"] < 100]


def _box(extract: Path) -> tuple[float, float, float, float]:
    """Return where an extract's streets lie, by name: both lack a bounding box in their header."""
    boxes = {
        "baltimore": (-76.62, 39.28, -76.58, 39.31),
        "paris_bss": (2.33, 48.85, 2.37, 48.88),
    }
    return boxes[extract.name.partition(".")[0]]


def _tables(url: str, ends: Sequence[LonLat]) -> dict[str, float]:
    """Time tables of 50 by 50 that the server has not seen."""
    client, rng, took_ms = OsrmClient(url), random.Random(3), []
    no_way = 0
    for _ in range(QUESTIONS):
        places = [(at.lon + rng.uniform(-1e-3, 1e-3), at.lat + rng.uniform(-1e-3, 1e-3)) for at in ends]
        picked = rng.choices(places, k=100)
        began_s = time.perf_counter()
        ((_, _, seconds),) = client.tables(picked[:50], picked[50:])
        took_ms.append((time.perf_counter() - began_s) * 1000)
        no_way += int(np.isinf(seconds).sum())
    return {
        "table_50x50_p50_ms": statistics.median(took_ms),
        "table_50x50_p95_ms": sorted(took_ms)[int(0.95 * len(took_ms))],
        "table_no_way_share": no_way / (QUESTIONS * 2500),
    }


async def _matches(
    client: StreetClient, family: str, ends: Sequence[LonLat], rides: int, rng: random.Random
) -> dict[str, float]:
    metrics, took_ms, fixes = Metrics(), [], 0
    scores: dict[str, list[float]] = {"recall": [], "precision": [], "raw_recall": [], "raw_precision": []}
    lengths, raw_lengths, matched, confidences = [], [], [], []
    for _ in range(rides):
        truth = await _way(client, rng.sample(list(ends), 3))
        if truth is None:
            continue
        track = _track(truth, family, rng)
        began_s = time.perf_counter()
        pieces = await match_track(track, Vehicle.BICYCLE, client, metrics)
        took_ms.append((time.perf_counter() - began_s) * 1000)
        fixes += len(track)
        line = [place for piece in pieces for place in piece.line]
        raw: Line = [(point.lon, point.lat) for point in track]
        _score(truth, line, scores, "")
        _score(truth, raw, scores, "raw_")
        true_m = _length_m(truth)
        lengths.append(abs(sum(piece.distance_m for piece in pieces) / true_m - 1))
        raw_lengths.append(abs(_length_m(raw) / true_m - 1))
        matched.append(_matched_share(pieces))
        confidences += [piece.confidence for piece in pieces if piece.confidence is not None]
    figures = {name: statistics.fmean(values) for name, values in scores.items()}
    return {f"{family}.{name}": value for name, value in figures.items()} | {
        f"{family}.length_error": statistics.fmean(lengths),
        f"{family}.raw_length_error": statistics.fmean(raw_lengths),
        f"{family}.matched_share": statistics.fmean(matched),
        f"{family}.confidence_median": statistics.median(confidences) if confidences else 0.0,
        f"{family}.match_ms_p50": statistics.median(took_ms),
        f"{family}.match_ms_per_100_fixes": 100 * sum(took_ms) / fixes,
    }


async def _way(client: StreetClient, ends: Sequence[LonLat]) -> Line | None:
    where = ";".join(f"{at.lon:.6f},{at.lat:.6f}" for at in ends)
    answer = json.loads(
        await client.ask("route", f"{where}?overview=full&geometries=geojson", Vehicle.BICYCLE, 10)
    )
    if answer["code"] != "Ok" or answer["routes"][0]["distance"] < 500:
        return None
    return [(lon, lat) for lon, lat in answer["routes"][0]["geometry"]["coordinates"]]


def _track(truth: Line, family: str, rng: random.Random) -> list[TrackPoint]:
    """Return the fixes of a phone on a way."""
    plane = LocalPlane(LonLat(*truth[0]))
    ride = Ride()
    for lon, lat in _every(truth, SPEED_MPS):
        x, y = plane.to_xy(lon, lat)
        ride.x.append(x)
        ride.y.append(y)
    kind = next(kind for kind in FAMILIES if kind.name == family)
    calm = dataclasses.replace(kind, cold_starts_per_h=0.0, tunnels_per_h=0.0, twice_share=0.0)
    points = []
    for number, seen in enumerate(sorted(observe(ride, calm, INTERVAL_S, rng), key=lambda fix: fix.at_s)):
        at = plane.to_lonlat(seen.x, seen.y)
        at_ms = round(seen.at_s * 1000)
        points.append(
            TrackPoint(
                courier_id=CourierId("c"), device=DeviceId("d"), seq=number, index=0, fix_at_ms=at_ms,
                received_at_ms=at_ms, lon=at.lon, lat=at.lat, accuracy_m=seen.accuracy_m, speed_mps=None,
                heading_deg=None, battery_pct=None, live=True,
            )
        )  # fmt: skip
    return points


def _score(truth: Line, line: Line, scores: dict[str, list[float]], prefix: str) -> None:
    scores[f"{prefix}recall"].append(_share_near(truth, line))
    scores[f"{prefix}precision"].append(_share_near(line, truth))


def _share_near(line: Line, other: Line) -> float:
    """Return the share of a line that lies within ``NEAR_M`` of another."""
    plane = LocalPlane(LonLat(*other[0]))
    places = np.array([plane.to_xy(*place) for place in _every(line, STEP_M)])
    others = np.array([plane.to_xy(*place) for place in other])
    a, b = others[:-1], others[1:]
    along = b - a
    squares = np.maximum(1e-9, (along**2).sum(axis=1))
    shares = (((places[:, None, :] - a) * along).sum(axis=2) / squares).clip(0, 1)
    feet = a + shares[:, :, None] * along
    nearest = np.sqrt(((places[:, None, :] - feet) ** 2).sum(axis=2)).min(axis=1)
    return float((nearest <= NEAR_M).mean())


def _every(line: Line, step_m: float) -> Line:
    """Return places along a line, ``step_m`` apart."""
    places, due_m = [], 0.0
    for (lon_a, lat_a), (lon_b, lat_b) in itertools.pairwise(line):
        metres = _length_m([(lon_a, lat_a), (lon_b, lat_b)])
        while due_m < metres:
            share = due_m / metres
            places.append((lon_a + (lon_b - lon_a) * share, lat_a + (lat_b - lat_a) * share))
            due_m += step_m
        due_m -= metres
    return [*places, line[-1]]


def _length_m(line: Line) -> float:
    lon, lat = np.radians(np.array(line)).T
    east = np.diff(lon) * np.cos(lat[:-1])
    return float(EARTH_RADIUS_M * np.hypot(east, np.diff(lat)).sum())


def _matched_share(pieces: Sequence[Piece]) -> float:
    whole_m = sum(piece.distance_m for piece in pieces)
    return sum(piece.distance_m for piece in pieces if piece.confidence is not None) / max(1.0, whole_m)


def _build_peak_mb(streets: Streets) -> float:
    """Return the most memory that a step of the build says it used."""
    words = [line.split() for line in streets.build_log.read_text(errors="replace").splitlines()]
    peaks = [int(line[-1]) for line in words if line[-4:-1] == ["peak", "bytes", "used:"]]
    return max(peaks, default=0) / 1e6


def _rss_mb(pid: int | None) -> float:
    if pid is None:
        return math.nan
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=Path)
    parser.add_argument(
        "--extracts", type=Path, nargs="+", default=sorted((shared_data() / "osm").glob("*.pbf"))
    )
    parser.add_argument("--rides", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    programs = find_programs(options.programs)
    figures: dict[str, float] = {}
    for extract in options.extracts:
        found = asyncio.run(bench_extract(extract, programs, options.rides, random.Random(options.seed)))
        name = extract.name.partition(".")[0]
        for key, value in found.items():
            figures[f"{name}.{key}"] = round(value, 4)
            print(f"{name}.{key}: {value:.4g}")
    params = {"rides": options.rides, "seed": options.seed, "interval_s": INTERVAL_S, "near_m": NEAR_M}
    headline = [
        key for key in figures if key.endswith(("street.recall", "street.precision", "table_50x50_p50_ms"))
    ]
    write_report("roads", params, figures, options.json, headline)


if __name__ == "__main__":
    main()
