"""A Redis or Valkey server of our own, as a child process on a unix socket beside the records.

It never listens on a network. It outlives a killed Relevo: the next start on the same data dir takes it over
through its socket. A lock file that the child itself holds open makes two servers on one data dir impossible.
When the child dies it is started again from its append-only file; when Relevo stops, it is stopped too.

Durability. ``always`` (the default): the server calls fsync before every reply, once for all that came
together; nothing acknowledged is lost with the process, the host, or a full disk. ``everysec``, for disks on
which fsync is slow: every write reaches the operating system before the reply, and this process calls fsync
once a second (the server's own ``appendfsync everysec`` would answer before it has written while an fsync is
under way). It can lose a second with the host, and the one tick that meets a disk just become full.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import logging
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import IO, Literal

from storage.redis_binary import find_redis_server
from storage.redis_link import RedisLink

Fsync = Literal["always", "everysec"]

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
LOOK_EVERY_S = 0.05
RESTART_PAUSE_S = 0.2
RESTART_PAUSE_S_MAX = 3.0
STEADY_S = 10.0
"""A server that lived so long may be started again without waiting."""
FSYNC_EVERY_S = 1.0
LONGEST_SOCKET_PATH = 100
"""A unix socket's path must be under 108 bytes on Linux, under 104 on macOS."""

_log = logging.getLogger("relevo.storage")


class EmbeddedRedisError(Exception):
    """The child could not be started; the message ends with its log."""


class EmbeddedRedis:
    """One server process on one data dir: ``start``, run ``supervise`` as a task, ``stop``.

    Args:
        data_dir: Relevo's data dir; the server's files go into ``data_dir/redis``.
        fsync: ``always`` or ``everysec``, see above.
        maxmemory: bound of its memory, as Redis writes it; past it pings wait unacknowledged.
        program: the server program; by default the one ``find_redis_server`` finds.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        fsync: Fsync = "always",
        maxmemory: str = "1gb",
        program: Path | None = None,
    ) -> None:
        self.folder = data_dir.resolve() / "redis"
        self.socket = socket_path(self.folder)
        self.restarts = 0
        self.pid = 0
        self._fsync = fsync
        self._maxmemory = maxmemory
        self._program = program
        self._process: asyncio.subprocess.Process | None = None
        self._link: RedisLink | None = None

    @property
    def url(self) -> str:
        """Address for ``RedisLive``."""
        return f"unix://{self.socket}"

    async def start(self) -> None:
        """Return once a server answers on the socket: a new one, or one that an earlier Relevo left.

        Raises:
            EmbeddedRedisError: it ended at once or did not answer in time.
            NoRedisServerError: there is no program to run.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        deadline = time.monotonic() + START_TIMEOUT_S
        launched: asyncio.subprocess.Process | None = None
        while (link := await RedisLink.open(self.socket)) is None:
            if launched is not None and launched.returncode is not None:
                raise EmbeddedRedisError(f"The Redis server ended at once.\n{self._log_tail()}")
            if time.monotonic() > deadline:
                raise EmbeddedRedisError(f"No answer on {self.socket}.\n{self._log_tail()}")
            if launched is None and (lock := self._free_lock()) is not None:
                with lock:
                    launched = self._process = await self._launch(lock)
            await asyncio.sleep(LOOK_EVERY_S)
        await link.ask(f"CONFIG SET appendfsync {self._appendfsync}")
        await link.ask(f"CONFIG SET maxmemory {self._maxmemory}")
        self.pid = await link.pid()
        self._link = link

    async def supervise(self) -> None:
        """Restart the server whenever it dies; call fsync for it. Runs until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._restart_forever())
            if self._fsync == "everysec":
                tasks.create_task(self._fsync_forever())

    async def stop(self) -> None:
        """End the server with everything written, at last by force; ``supervise`` must have ended."""
        link, self._link = self._link, None
        if link is None:
            return
        link.tell("SHUTDOWN")
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await link.ended()
                await self._let_go()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        if self._process is not None:
            await self._process.wait()

    @property
    def _appendfsync(self) -> str:
        return "always" if self._fsync == "always" else "no"

    def _free_lock(self) -> IO[bytes] | None:
        """Return the lock file when no server holds it."""
        lock = (self.folder / "lock").open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return None
        return lock

    async def _let_go(self) -> None:
        """Return when no server holds the lock any more: one may close our link and still be at work."""
        while (lock := self._free_lock()) is None:  # noqa: ASYNC110 - a file lock has no event
            await asyncio.sleep(LOOK_EVERY_S)
        lock.close()

    async def _launch(self, lock: IO[bytes]) -> asyncio.subprocess.Process:
        if self._program is None:
            self._program = await asyncio.to_thread(find_redis_server)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "save": "",
            "appendonly": "yes",
            "appendfsync": self._appendfsync,
            "maxmemory": self._maxmemory,
            "maxmemory-policy": "noeviction",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        with (self.folder / "redis.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                self._program,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(lock.fileno(),),
                start_new_session=True,  # Ctrl-C is for us; we stop the child when we are done with it
            )

    async def _restart_forever(self) -> None:
        pause_s = RESTART_PAUSE_S
        while True:
            if self._link is not None:
                began_s = time.monotonic()
                await self._link.ended()
                if time.monotonic() > began_s + STEADY_S:
                    pause_s = RESTART_PAUSE_S
                _log.warning("the Redis server (pid %d) ended; starting it again", self.pid)
            self._link = None
            self.restarts += 1
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, RESTART_PAUSE_S_MAX)
            try:
                await self.start()
            except (EmbeddedRedisError, OSError) as error:
                _log.error("the Redis server does not start: %s", error)

    async def _fsync_forever(self) -> None:
        while True:
            await asyncio.sleep(FSYNC_EVERY_S)
            await asyncio.to_thread(self._fsync_files)

    def _fsync_files(self) -> None:
        for path in (self.folder / "appendonlydir").glob("*.aof"):
            with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
                os.fsync(file.fileno())

    def _log_tail(self) -> str:
        with contextlib.suppress(OSError):
            return "\n".join((self.folder / "redis.log").read_text(errors="replace").splitlines()[-15:])
        return ""


def socket_path(folder: Path) -> Path:
    """Return where the socket of a server on ``folder`` lies: inside it, or elsewhere when too long."""
    inside = folder / "redis.sock"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH:
        return inside
    short = Path(tempfile.gettempdir()) / f"relevo-{os.getuid()}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.stat().st_uid != os.getuid() or short.stat().st_mode & 0o077:
        raise EmbeddedRedisError(f"{short} must belong to this user alone (chmod 700).")
    return short / (hashlib.sha256(os.fsencode(folder)).hexdigest()[:24] + ".sock")
