"""A street server of our own: OSRM's programs on an OpenStreetMap extract, as a child on the loopback.

The road network is built once per extract into ``data_dir/roads``. Everything happens beside dispatch, which
goes by straight lines until the server answers and whenever it does not.
"""

import asyncio
import contextlib
import importlib.util
import os
import shutil
import socket
import sys
from pathlib import Path

import msgspec
import structlog

from server.start import StartError

STEPS = ("osrm-extract", "osrm-contract", "osrm-routed")
RESTART_PAUSE_S = 2.0
STOP_TIMEOUT_S = 5.0
_log = structlog.get_logger("relevo.roads")


class Programs(msgspec.Struct, frozen=True):
    """Where OSRM's programs and its bicycle profile lie."""

    folder: Path
    profile: Path


def find_programs(folder: Path | None = None) -> Programs:
    """Return the programs of ``folder``, by default of the installed ``osrm-bindings``.

    Raises:
        StartError: they are not there.
    """
    if folder is None:
        spec = importlib.util.find_spec("osrm")
        places = list(spec.submodule_search_locations or ()) if spec else []
        folder = Path(places[0]) / "bin" if places else None
    if folder is not None:
        profile = folder.parent / "share" / "profiles" / "bicycle.lua"
        if profile.is_file() and all(os.access(folder / step, os.X_OK) for step in STEPS):
            return Programs(folder, profile)
    version = ".".join(map(str, sys.version_info[:2]))
    raise StartError(
        "RELEVO_OSM needs OSRM's programs: install relevo[roads] on Python 3.12 or later "
        f"(this is {version}), or name a running OSRM in RELEVO_ROADS_URL"
    )


class Roads:
    """One street server: run ``run`` as a task, then ``stop``.

    Args:
        extract: an ``.osm.pbf``.
        data_dir: Relevo's data dir.
        programs: see ``find_programs``.
    """

    def __init__(self, extract: Path, data_dir: Path, programs: Programs) -> None:
        self._extract = extract.resolve()
        self._folder = data_dir.resolve() / "roads"
        self._programs = programs
        self._port = _free_port()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Address of the server; it answers once the network is built."""
        return f"http://127.0.0.1:{self._port}"

    async def run(self) -> None:
        """Build what is missing, then keep the server running, until cancelled."""
        try:
            if await self._build():
                await self._serve_forever()
        except OSError as error:
            _log.error("roads_failed", error=str(error), meanwhile="straight lines")
        finally:
            await self.stop()

    async def stop(self) -> None:
        """End the child."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _build(self) -> bool:
        status = self._extract.stat()
        mark = f"{self._extract} {status.st_size} {status.st_mtime_ns}"
        built = self._folder / "built"
        if built.is_file() and built.read_text(encoding="utf-8") == mark:
            return True
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, mode=0o700)
        (self._folder / "map.osm.pbf").symlink_to(self._extract)
        profile = str(self._programs.profile)
        for step, arguments in (
            ("osrm-extract", ["-p", profile, "map.osm.pbf"]),
            ("osrm-contract", ["map.osrm"]),
        ):
            _log.info("building_roads", step=step, extract=self._extract.name)
            code = await (await self._launch(step, *arguments)).wait()
            if code != 0:
                log = self._folder / "osrm.log"
                _log.error("roads_not_built", step=step, code=code, log=str(log), meanwhile="straight lines")
                return False
        built.write_text(mark, encoding="utf-8")
        _log.info("roads_built", extract=self._extract.name)
        return True

    async def _serve_forever(self) -> None:
        while True:
            address = ("--ip", "127.0.0.1", "--port", str(self._port))
            process = await self._launch(
                "osrm-routed", *address, "--threads", "1", "--verbosity", "WARNING", "map.osrm"
            )
            _log.info("roads_served", url=self.url)
            code = await process.wait()
            _log.warning("roads_ended", code=code, meanwhile="straight lines")
            await asyncio.sleep(RESTART_PAUSE_S)

    async def _launch(self, program: str, *arguments: str) -> asyncio.subprocess.Process:
        with (self._folder / "osrm.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                self._programs.folder / program,
                *arguments,
                cwd=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; we stop the child when we are done with it
            )
        return self._process


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
