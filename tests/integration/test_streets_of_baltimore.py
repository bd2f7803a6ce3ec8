"""Real street servers on real extracts."""

import asyncio
import contextlib
import os
import random
import signal
from pathlib import Path

import pytest

from dispatcher.travel_times.osrm import OsrmTimes
from dispatcher.travel_times.straight_line import StraightLine
from domain.courier import Vehicle
from domain.geo import LonLat
from server.metrics import Metrics
from server.roads.network import RoadNetwork
from server.roads.programs import find_programs
from tests.osrm_programs import FOLDER, needs_osrm

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
