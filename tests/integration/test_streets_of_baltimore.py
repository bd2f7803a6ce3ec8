"""Real street servers on real extracts."""

import asyncio
import contextlib
import os
import random
import signal
import time
from pathlib import Path

import msgspec
import pytest

from dispatcher.travel_times.osrm import OsrmTimes
from dispatcher.travel_times.straight_line import StraightLine
from domain.courier import Vehicle
from domain.geo import LonLat
from server.metrics import Metrics
from server.roads.child import Record, born
from server.roads.network import RoadNetwork
from server.roads.programs import find_programs
from tests.osrm_programs import FOLDER, needs_osrm
from tests.relevo_process import RelevoProcess

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("RELEVO_SHARED_DATA", ROOT.parent / "shared" / "data"))
BALTIMORE, PARIS = (SHARED / "osm" / f"{name}.osm.pbf" for name in ("baltimore", "paris_bss"))
pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.roads,
    needs_osrm,
    pytest.mark.skipif(not BALTIMORE.is_file(), reason=f"no {BALTIMORE}"),
]
CHANCE = random.Random(7)
PLACES, PARISIAN = (
    [LonLat(lon + CHANCE.uniform(-0.01, 0.01), lat + CHANCE.uniform(-0.01, 0.01)) for _ in range(60)]
    for lon, lat in ((-76.6, 39.29), (2.35, 48.865))
)


@contextlib.asynccontextmanager
async def network(extract, tmp_path, *vehicles):
    roads = RoadNetwork(extract, tmp_path, find_programs(FOLDER), vehicles, Metrics())
    task = asyncio.create_task(roads.run())
    try:
        async with asyncio.timeout(120):
            while not all(streets.state.doing == "serving" for streets in roads.streets):  # noqa: ASYNC110 - of other processes
                await asyncio.sleep(0.1)
        yield roads
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_rides_follow_the_streets_and_go_on_when_the_server_is_killed(tmp_path):
    straight = StraightLine().matrix_s(PLACES, PLACES, Vehicle.BICYCLE)
    async with network(BALTIMORE, tmp_path, Vehicle.BICYCLE) as roads:
        times = OsrmTimes(roads.servers, patience_s=5.0)
        rows = times.matrix_s(PLACES, PLACES, Vehicle.BICYCLE)
        by_street = sum(rows[i][j] != straight[i][j] for i in range(60) for j in range(60) if i != j)
        assert by_street > 0.5 * 60 * 59
        os.kill(roads.streets[0].pid, signal.SIGKILL)
        assert times.matrix_s(PLACES, PLACES, Vehicle.BICYCLE) == rows, "what is known stays known"
        elsewhere = LonLat(-76.6123, 39.2987)
        assert times.matrix_s([elsewhere], [PLACES[0]], Vehicle.BICYCLE)[0][0] > 0
        async with asyncio.timeout(30):
            while not times.leg(PLACES[0], PLACES[1], Vehicle.BICYCLE).along_streets:  # noqa: ASYNC110 - asked by a thread
                await asyncio.sleep(0.2)


async def test_each_vehicle_rides_its_own_streets(tmp_path):
    """A cargo bike is slower and carries nothing up stairs; a scooter is faster and keeps to roads."""
    vehicles = (Vehicle.BICYCLE, Vehicle.CARGO_BIKE, Vehicle.MOTORCYCLE)
    async with network(PARIS, tmp_path, *vehicles) as roads:
        times = OsrmTimes(roads.servers, patience_s=5.0)
        bicycle, cargo, scooter = (times.matrix_s(PARISIAN, PARISIAN, vehicle) for vehicle in vehicles)
        pairs = [(i, j) for i in range(60) for j in range(60) if bicycle[i][j] > 60]
        slower = [cargo[i][j] / bicycle[i][j] for i, j in pairs]
        assert 1.05 < sorted(slower)[len(slower) // 2] < 1.3
        faster = [scooter[i][j] / bicycle[i][j] for i, j in pairs]
        assert 0.3 < sorted(faster)[len(faster) // 2] < 0.9


def test_a_killed_relevo_leaves_no_street_server_behind_once_it_is_back(tmp_path):
    """The whole server: ready at once, streets built beside; after kill -9 the orphan ends, all is served."""
    environment = {"RELEVO_OSM": str(PARIS), "RELEVO_OSRM_BIN": str(FOLDER), "RELEVO_ROADS_SNAP": "yes"}
    server = RelevoProcess(tmp_path / "data", "--workers", "0", env=environment).start()
    child = tmp_path / "data" / "roads" / "bicycle" / "serve" / "child.json"
    try:
        assert "straight lines" in notes_of(server) or notes_of(server) == "serving"
        wait_for(lambda: notes_of(server) == "serving")
        orphan = msgspec.json.decode(child.read_bytes(), type=Record)
        server.kill()
        assert born(orphan.pid) == orphan.born
        server.start()
        wait_for(lambda: notes_of(server) == "serving")
        assert born(orphan.pid) != orphan.born
        successor = msgspec.json.decode(child.read_bytes(), type=Record)
    finally:
        assert server.stop() == 0
    assert born(successor.pid) != successor.born, "a server that is stopped stops its street servers"


def notes_of(server):
    status, _, health = server.call("GET", "/readyz")
    assert (status, health["status"]) == (200, "ok")
    return health["notes"]["roads.bicycle"]


def wait_for(condition, seconds=60.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)
