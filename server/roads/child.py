"""One child process at a time, which a later start can find and end when this process was killed.

Its number and time of birth are kept in ``child.json``: a number alone may long belong to somebody else.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

STOP_TIMEOUT_S = 5.0
LOOK_EVERY_S = 0.05
NICENESS = 10
LOG_BYTES_MAX = 5_000_000


class Record(msgspec.Struct, frozen=True):
    """A child that was started: its number, and when it was born in the system's own words."""

    pid: int
    born: str


class Child:
    """The children of one folder, one after the other.

    Args:
        folder: working directory; ``child.json`` and ``osrm.log`` lie there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self.log = folder / "osrm.log"

    @property
    def pid(self) -> int | None:
        """Return the number of the child that runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(
        self,
        program: Path,
        arguments: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        piped: bool = False,
    ) -> asyncio.subprocess.Process:
        """Start a program, less urgent than ourselves; its output goes to the log, or to us when ``piped``.

        A program that writes to us ends by itself when we are killed.
        """
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES_MAX:
            self.log.unlink()
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                program,
                *arguments,
                cwd=cwd,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if piped else log,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; we stop the child when we are done with it
            )
        self._process = process
        with contextlib.suppress(OSError):  # it may have ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        record = Record(process.pid, await asyncio.to_thread(born, process.pid))
        (self._folder / "child.json").write_bytes(msgspec.json.encode(record))
        return process

    async def stop(self) -> None:
        """End the child, at last by force."""
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


async def end_leftover(folder: Path) -> int | None:
    """End the child that a killed Relevo left in ``folder``; returns its number, None when there is none."""
    try:
        record = msgspec.json.decode((folder / "child.json").read_bytes(), type=Record)
    except (OSError, msgspec.DecodeError):
        return None

    async def gone() -> bool:
        return not record.born or await asyncio.to_thread(born, record.pid) != record.born

    if await gone():
        return None
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(record.pid, number)
        for _ in range(round(STOP_TIMEOUT_S / LOOK_EVERY_S)):
            if await gone():
                return record.pid
            await asyncio.sleep(LOOK_EVERY_S)
    return record.pid


def born(pid: int) -> str:
    """Return when a process was born, in the system's own words; empty when there is none that lives."""
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        asked = subprocess.run(  # noqa: S603 - a fixed command and a number
            ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return asked.stdout.strip()
    try:
        fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    # proc(5): state is the third field, starttime the 22nd; the first two are cut off.
    return "" if fields[0] in "ZX" else fields[19]
