"""The street network of one vehicle on disk: built once per extract and profile, swapped in when complete.

A build happens in ``building``, which is thrown away at the next start of a build. Only once all its files
are on the disk does it get a name of its own, and only then is ``current.json`` written, in one step. So half
a build is never taken for a whole one, and an older network serves until the newer one is there.
"""

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from domain.courier import Vehicle
from server.roads.child import Child
from server.roads.programs import CONTRACT, EXTRACT, Programs

MAP = "map.osrm"
_PERCENT = re.compile(rb"^ ?(\d{1,3})%", re.MULTILINE)
"""A program's own progress stands alone at the start of a line; other percentages are statistics."""
_ERROR = re.compile(r"\[error\] *(.+)")
T = TypeVar("T")
Told = Callable[[str, int | None], None]


class BuildError(Exception):
    """The network could not be built; the message is the reason."""


class Current(msgspec.Struct, frozen=True):
    """Which folder holds the network, and what it was made of."""

    folder: str
    mark: str


class Failed(msgspec.Struct, frozen=True):
    """The last build that failed: of what, why, and when (Unix ms)."""

    mark: str
    reason: str
    at_ms: int


class Dataset:
    """The network of one vehicle.

    Args:
        folder: everything of this vehicle lies there.
        extract: an ``.osm.pbf``.
        vehicle: chooses the profile.
        programs: OSRM's.
        child: runs them.
    """

    def __init__(
        self, folder: Path, extract: Path, vehicle: Vehicle, programs: Programs, child: Child
    ) -> None:
        self._folder = folder
        self._extract = extract
        self._programs = programs
        self._profile = programs.profile(vehicle)
        self._child = child

    def mark(self) -> str:
        """Return what a network built now would be made of: the extract, the profile and the programs.

        Raises:
            OSError: the extract cannot be read.
        """
        files = [self._extract.stat(), (self._programs.folder / EXTRACT).stat()]
        sizes = " ".join(f"{status.st_size} {status.st_mtime_ns}" for status in files)
        return f"{self._extract} {sizes} {hashlib.sha256(self._profile.read_bytes()).hexdigest()[:16]}"

    def current(self) -> Current | None:
        """Return the complete network that is there, of whatever it was made."""
        found = _read(self._folder / "current.json", Current)
        return found if found and (self._folder / found.folder).is_dir() else None

    def path(self, current: Current) -> Path:
        """Return a network's folder."""
        return self._folder / current.folder

    def failed(self) -> Failed | None:
        """Return why the last build failed, None when it did not."""
        return _read(self._folder / "failed.json", Failed)

    async def build(self, told: Told) -> None:
        """Build the network and make it the current one.

        Args:
            told: called with the step and its percentage, None when the step shows none.

        Raises:
            BuildError: see there; the reason is kept for the next start.
        """
        mark = self.mark()
        try:
            await self._build(mark, told)
        except BuildError as error:
            failed = Failed(mark, str(error), round(time.time() * 1000))
            await asyncio.to_thread(_write, self._folder / "failed.json", failed)
            raise
        (self._folder / "failed.json").unlink(missing_ok=True)

    def drop_others(self) -> None:
        """Delete networks that are not the current one."""
        current = self.current()
        for path in self._folder.iterdir():
            if path.is_dir() and path.name != "building" and (current is None or path.name != current.folder):
                shutil.rmtree(path, ignore_errors=True)

    async def _build(self, mark: str, told: Told) -> None:
        work = self._folder / "building"
        await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)
        work.mkdir()
        (work / "map.osm.pbf").symlink_to(self._extract)
        self._child.log.unlink(missing_ok=True)
        await self._step(work, EXTRACT, ["-t", "1", "-p", str(self._profile), "map.osm.pbf"], told)
        await self._step(work, CONTRACT, ["-t", "1", MAP], told)
        current = Current(hashlib.sha256(f"{mark} {time.time_ns()}".encode()).hexdigest()[:16], mark)
        await asyncio.to_thread(self._adopt, work, current)

    async def _step(self, work: Path, program: str, arguments: list[str], told: Told) -> None:
        told(program, None)
        environment = {"OSRM_PROFILES": str(self._programs.profiles), "PATH": os.environ.get("PATH", "")}
        process = await self._child.start(
            self._programs.folder / program, arguments, cwd=work, environment=environment, piped=True
        )
        assert process.stdout is not None  # noqa: S101 - it is piped
        with self._child.log.open("ab") as log:
            while chunk := await process.stdout.read(65_536):
                log.write(chunk)
                if found := _PERCENT.findall(chunk):
                    told(program, int(found[-1]))
        code = await process.wait()
        if code != 0:
            raise BuildError(f"{program} {_ending(code)}: {self._last_words()}")

    def _adopt(self, work: Path, current: Current) -> None:
        for path in work.iterdir():
            if path.is_file() and not path.is_symlink():
                _to_disk(path)
        work.rename(self.path(current))
        _write(self._folder / "current.json", current)

    def _last_words(self) -> str:
        try:
            lines = self._child.log.read_text(errors="replace").splitlines()[-40:]
        except OSError:
            lines = []
        errors = [found[1] for line in lines if (found := _ERROR.search(line))]
        return (errors or [line.strip() for line in lines if line.strip()] or ["no word"])[-1][:300]


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    name = signal.Signals(-code).name
    return f"was ended by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):
        return None


def _write(path: Path, value: msgspec.Struct) -> None:
    """Write a small file in one step, on the disk when this returns."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(value))
    _to_disk(fresh)
    fresh.replace(path)
    with contextlib.suppress(OSError):
        _to_disk(path.parent)


def _to_disk(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
