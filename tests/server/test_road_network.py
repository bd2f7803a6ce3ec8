"""Street networks are built, served, swapped and recovered, whatever is killed in between.

Each test runs with stand-ins for OSRM's programs (small scripts that behave like them) and with the real.
"""

import asyncio
import contextlib
import os
import re
import signal
import stat
import subprocess
import sys
import textwrap
import urllib.request
from pathlib import Path

import msgspec
import pytest

from dispatcher.travel_times.straight_line import StraightLine
from domain.courier import Vehicle
from server.metrics import Metrics
from server.roads import network as network_module
from server.roads.child import Record, born, end_leftover
from server.roads.dataset import Current, Failed
from server.roads.network import RoadNetwork
from server.roads.programs import find_programs
from server.roads.services import open_roads
from server.settings import Settings
from server.start import StartError
from tests.osrm_programs import FOLDER, needs_osrm

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("RELEVO_SHARED_DATA", ROOT.parent / "shared" / "data"))
EXTRACT = SHARED / "osm" / "paris_bss.osm.pbf"
BICYCLE = Vehicle.BICYCLE

SCRIPTS = {
    "osrm-extract": """
        import os, sys, time
        assert os.path.isfile(sys.argv[sys.argv.index("-p") + 1]) and os.environ["OSRM_PROFILES"]
        if open("map.osm.pbf", "rb").read(3) == b"bad":
            sys.exit(print("[2026-01-01] [error] Input file is not a map") or 1)
        open("map.osrm.ebg", "w").write("x")
        for percent in range(0, 101, 10):
            print(f" {percent}% ", flush=True)
            time.sleep(0.03)
        if b"slow" in open("map.osm.pbf", "rb").read():
            time.sleep(60)
    """,
    "osrm-contract": """
        print(" 50% ", flush=True)
        open("map.osrm.hsgr", "w").write(open("map.osm.pbf").read())
        print(" 100%", flush=True)
    """,
    "osrm-routed": """
        import os, socket, sys
        from http.server import BaseHTTPRequestHandler, HTTPServer
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(open("map.osrm.hsgr", "rb").read())
        class Server(HTTPServer):
            def server_bind(self):
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                super().server_bind()
        Server(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Answer).serve_forever()
    """,
}


@pytest.fixture(
    params=["stand-ins", pytest.param("real", marks=[pytest.mark.roads, pytest.mark.data, needs_osrm])]
)
def programs(request, tmp_path):
    if request.param == "real":
        return find_programs(FOLDER)
    folder = tmp_path / "osrm" / "bin"
    folder.mkdir(parents=True)
    for name, text in SCRIPTS.items():
        script = folder / name
        script.write_text(f"#!{sys.executable} -S\n{textwrap.dedent(text)}")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    profiles = tmp_path / "osrm" / "share" / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "bicycle.lua").write_text("")
    return find_programs(folder)


@pytest.fixture
def extract(programs, tmp_path):
    path = tmp_path / "city.osm.pbf"
    if programs.folder.is_relative_to(tmp_path):
        path.write_bytes(b"map one")
    elif EXTRACT.is_file():
        path.symlink_to(EXTRACT)
    else:
        pytest.skip(f"no {EXTRACT}")
    return path


def network_of(extract, tmp_path, programs, vehicles=(BICYCLE,), metrics=None):
    return RoadNetwork(extract, tmp_path / "data", programs, vehicles, metrics or Metrics())


@contextlib.asynccontextmanager
async def running(network):
    task = asyncio.create_task(network.run())
    try:
        yield network.streets[0]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition, seconds=60.0):
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is looked at is another process's doing
            await asyncio.sleep(0.02)


def serves(streets):
    return lambda: streets.state.doing == "serving"


def answers(streets):
    with urllib.request.urlopen(f"http://127.0.0.1:{streets.port.number}/", timeout=5) as reply:
        return reply.read()


def folder_of(tmp_path, vehicle=BICYCLE):
    return tmp_path / "data" / "roads" / vehicle.value


def test_missing_programs_are_said_in_one_sentence(tmp_path):
    with pytest.raises(StartError, match=r"RELEVO_OSM needs .* Python 3\.12"):
        find_programs(tmp_path)


def test_missing_programs_keep_nobody_from_dispatching(extract, tmp_path):
    settings = Settings(osm=extract, osrm_bin=tmp_path / "nowhere", data_dir=tmp_path)
    closers, background = [], {}
    roads = open_roads(settings, [BICYCLE], Metrics(), closers, background)
    assert isinstance(roads.travel_times, StraightLine)
    assert (closers, background) == ([], {})
    assert roads.notes()["roads"].startswith("failed; RELEVO_OSM needs OSRM's programs")
    assert roads.notes()["roads"].endswith("straight lines meanwhile")


async def test_a_network_is_built_once_with_its_progress_shown(programs, extract, tmp_path):
    metrics = Metrics()
    first = network_of(extract, tmp_path, programs, metrics=metrics)
    seen = []
    async with running(first) as streets:

        def served():
            seen.append(streets.state.sentence())
            return streets.state.doing == "serving"

        await until(served)
        assert first.notes() == {"roads.bicycle": "serving"}
    told = [int(found[1]) for line in seen if (found := re.match(r"building: (\d+) % \(osrm-", line))]
    assert told == sorted(told), "progress never goes back"
    assert len(set(told)) > 1
    assert max(told) < 100
    assert b'relevo_roads_build_percent{vehicle="bicycle"} 100.0' in metrics.render()
    built = msgspec.json.decode((folder_of(tmp_path) / "data" / "current.json").read_bytes(), type=Current)
    async with running(network_of(extract, tmp_path, programs)) as streets:
        await until(serves(streets))
        assert streets._data.current() == built, "what is there is not built again"


async def test_every_vehicle_gets_streets_of_its_own(programs, extract, tmp_path):
    vehicles = (BICYCLE, Vehicle.CARGO_BIKE, Vehicle.MOTORCYCLE)
    network = network_of(extract, tmp_path, programs, vehicles)
    async with running(network):
        await until(lambda: all(streets.state.doing == "serving" for streets in network.streets), 120)
        assert set(network.servers) == set(vehicles)
        assert len(set(network.servers.values())) == 3


async def test_a_killed_server_is_started_again_on_the_same_port(programs, extract, tmp_path):
    metrics = Metrics()
    network = network_of(extract, tmp_path, programs, metrics=metrics)
    async with running(network) as streets:
        await until(serves(streets))
        for restarts in (1, 2):
            pid = streets.pid
            os.kill(pid, signal.SIGKILL)
            await until(lambda n=restarts: streets.state.restarts == n and streets.state.doing == "serving")
            assert streets.pid not in (None, pid)
    assert b'relevo_roads_restarts_total{vehicle="bicycle"} 2.0' in metrics.render()


CHILD = """
import asyncio, sys
from pathlib import Path
from domain.courier import Vehicle
from server.metrics import Metrics
from server.roads.network import RoadNetwork
from server.roads.programs import find_programs
extract, data, programs = map(Path, sys.argv[1:])
asyncio.run(RoadNetwork(extract, data, find_programs(programs), [Vehicle.BICYCLE], Metrics()).run())
"""


@contextlib.contextmanager
def elsewhere(extract, tmp_path, programs):
    """Run a network in a process of its own, to be killed."""
    words = [sys.executable, "-c", CHILD, extract, tmp_path / "data", programs.folder]
    process = subprocess.Popen([str(word) for word in words], cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def recorded(path):
    try:
        return msgspec.json.decode((path / "child.json").read_bytes(), type=Record)
    except (OSError, msgspec.DecodeError):
        return None


async def test_a_server_that_a_killed_relevo_left_is_ended_at_the_next_start(programs, extract, tmp_path):
    serve = folder_of(tmp_path) / "serve"
    with elsewhere(extract, tmp_path, programs) as process:
        await until(lambda: recorded(serve) is not None)
        process.kill()
        process.wait()
    orphan = recorded(serve)
    assert born(orphan.pid) == orphan.born, "it outlived its parent"
    async with running(network_of(extract, tmp_path, programs)) as streets:
        await until(serves(streets))
        assert born(orphan.pid) != orphan.born
        assert streets.pid != orphan.pid


async def test_a_number_that_belongs_to_somebody_else_by_now_is_left_alone(tmp_path):
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as stranger:  # noqa: ASYNC220 - starts at once
        record = Record(stranger.pid, "12345")
        (tmp_path / "child.json").write_bytes(msgspec.json.encode(record))
        assert await end_leftover(tmp_path) is None
        assert stranger.poll() is None
        stranger.kill()


async def test_a_build_cut_off_by_a_kill_is_not_taken_for_a_whole_one(programs, extract, tmp_path):
    data = folder_of(tmp_path) / "data"
    real = extract.is_symlink()
    if not real:
        extract.write_bytes(b"slow map")
    with elsewhere(extract, tmp_path, programs) as process:
        await until(lambda: any((data / "building").glob("map.osrm*")))
        process.kill()
        process.wait()
    assert not (data / "current.json").exists()
    if not real:
        extract.write_bytes(b"map one")
    async with running(network_of(extract, tmp_path, programs)) as streets:
        await until(serves(streets))
        assert not (data / "building").exists()


async def test_a_changed_extract_is_built_aside_then_swapped_in(programs, extract, tmp_path, monkeypatch):
    monkeypatch.setattr(network_module, "LOOK_EVERY_S", 0.1)
    data = folder_of(tmp_path) / "data"
    async with running(network_of(extract, tmp_path, programs)) as streets:
        await until(serves(streets))
        before = streets._data.current()
        if extract.is_symlink():
            extract.unlink()
            extract.write_bytes(EXTRACT.read_bytes())
            streets._data._extract = extract
        else:
            extract.write_bytes(b"map two")
        await until(lambda: streets._data.current() != before)
        await until(lambda: not (data / before.folder).exists(), 30)
        await until(serves(streets))
        if extract.read_bytes() == b"map two":
            assert answers(streets) == b"map two"


async def test_a_failed_build_keeps_its_reason_and_is_tried_again_at_the_next_start(
    programs, tmp_path, capsys
):
    extract = tmp_path / "broken.osm.pbf"
    extract.write_bytes(b"bad")
    async with running(network_of(extract, tmp_path, programs)) as streets:
        await until(lambda: streets.state.doing == "failed")
        assert "osrm-extract" in streets.state.reason
        assert streets.state.sentence().endswith("straight lines meanwhile")
    failed = msgspec.json.decode((folder_of(tmp_path) / "data" / "failed.json").read_bytes(), type=Failed)
    assert failed.reason in streets.state.reason
    capsys.readouterr()
    async with running(network_of(extract, tmp_path, programs)) as streets:
        await until(lambda: streets.state.doing == "failed")
    told = capsys.readouterr().out
    assert told.index("roads_not_built_last_time") < told.index("roads_building")


async def test_an_older_network_serves_while_a_new_one_cannot_be_built(programs, extract, tmp_path):
    async with running(network_of(extract, tmp_path, programs)) as streets:
        await until(serves(streets))
    if extract.is_symlink():
        extract.unlink()
    extract.write_bytes(b"bad")
    async with running(network_of(extract, tmp_path, programs)) as streets:
        await until(lambda: streets.state.doing == "serving" and "osrm-extract" in streets.state.reason)
