"""A real street server on a real extract: `RELEVO_TEST_OSRM_BIN=... make test ARGS="-m roads"`."""

import asyncio
import os
import random
import time
from pathlib import Path

import pytest

from dispatcher.travel_times.osrm import OsrmTimes
from dispatcher.travel_times.straight_line import StraightLine
from domain.courier import Vehicle
from domain.geo import LonLat
from server.roads import Roads, find_programs
from server.start import StartError

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("RELEVO_SHARED_DATA", ROOT.parent / "shared" / "data"))
EXTRACT = SHARED / "osm" / "baltimore.osm.pbf"
PROGRAMS = os.environ.get("RELEVO_TEST_OSRM_BIN")


def test_missing_programs_are_said_in_one_sentence(tmp_path):
    with pytest.raises(StartError, match=r"RELEVO_OSM needs .* Python 3\.12"):
        find_programs(tmp_path)


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.skipif(not EXTRACT.is_file(), reason=f"no {EXTRACT}")
@pytest.mark.roads
async def test_rides_follow_the_streets_and_go_on_when_the_server_is_killed(tmp_path):
    assert PROGRAMS, "RELEVO_TEST_OSRM_BIN must name the folder with OSRM's programs"
    roads = Roads(EXTRACT, tmp_path, find_programs(Path(PROGRAMS)))
    task = asyncio.create_task(roads.run())
    chance = random.Random(7)
    places = [
        LonLat(-76.6 + chance.uniform(-0.01, 0.01), 39.29 + chance.uniform(-0.01, 0.01)) for _ in range(60)
    ]
    straight = StraightLine().matrix_s(places, places, Vehicle.BICYCLE)
    try:
        rows, deadline = straight, time.monotonic() + 90
        times = OsrmTimes(roads.url)
        while sum(rows[i][j] != straight[i][j] for i in range(60) for j in range(60)) < 1800:
            assert time.monotonic() < deadline, (tmp_path / "roads" / "osrm.log").read_text()
            times = OsrmTimes(roads.url, patience_s=2.0)
            await asyncio.sleep(0.5)
            began_s = time.perf_counter()
            rows = times.matrix_s(places, places, Vehicle.BICYCLE)
            took_ms = (time.perf_counter() - began_s) * 1000
        known = sum(rows[i][j] != straight[i][j] for i in range(60) for j in range(60) if i != j)
        began_s = time.perf_counter()
        assert times.matrix_s(places, places, Vehicle.BICYCLE) == rows
        known_ms = (time.perf_counter() - began_s) * 1000
        print(f"{known} of 3540 pairs by street, {took_ms:.0f} ms asked, {known_ms:.1f} ms known")
        roads._process.kill()
        elsewhere = LonLat(-76.6123, 39.2987)
        assert times.matrix_s([elsewhere], [places[0]], Vehicle.BICYCLE)[0][0] > 0
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert (tmp_path / "roads" / "built").is_file()
