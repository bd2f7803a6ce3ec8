"""A real ``relevo serve`` with its embedded Redis, to be started and killed."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

import aiohttp

from bench.faults.postgres import Postgres
from storage.embedded import socket_path
from storage.redis_link import RedisLink

ROOT = Path(__file__).resolve().parents[2]
READY_TIMEOUT_S = 60.0


class ServerProcess:
    """One server on one data dir and port, over several lives; its record is SQLite or a given PostgreSQL."""

    def __init__(self, data_dir: Path, postgres: Postgres | None = None) -> None:
        self.data_dir = data_dir
        self.log_path = data_dir.with_name(data_dir.name + ".log")
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.postgres = postgres
        self.database_url = postgres.url if postgres else f"sqlite:///{data_dir.resolve()}/relevo.db"
        self._env = {**os.environ, **({"DATABASE_URL": postgres.url} if postgres else {})}
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> float:
        """Start and wait until it is ready; returns the seconds that took."""
        began_s = time.monotonic()
        arguments = ["--port", str(self.port), "--data-dir", str(self.data_dir)]
        with self.log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "server.cli", "serve", *arguments),
                cwd=ROOT, env=self._env, stdout=log, stderr=log,
            )  # fmt: skip
        async with aiohttp.ClientSession() as session:
            while not await self._is_ready(session):
                if self._process.returncode is not None:
                    raise RuntimeError(f"the server ended: {self.log_tail()}")
                if time.monotonic() > began_s + READY_TIMEOUT_S:
                    raise TimeoutError(f"the server is not ready: {self.log_tail()}")
                await asyncio.sleep(0.02)
        return time.monotonic() - began_s

    @property
    def pid(self) -> int:
        """Process id of the running server, 0 when none runs."""
        return self._process.pid if self._process else 0

    async def redis_pid(self) -> int:
        """Return the process id of the embedded Redis."""
        link = await RedisLink.open(socket_path(self.data_dir.resolve() / "redis"))
        if link is None:
            raise RuntimeError("the embedded Redis does not answer")
        try:
            return await link.pid()
        finally:
            link.close()

    async def kill(self) -> None:
        """End it with SIGKILL."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def terminate(self) -> int:
        """End it with SIGTERM; returns its exit code."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.terminate()
        async with asyncio.timeout(60):
            return await self._process.wait()

    async def admin(self, *arguments: str) -> dict[str, str]:
        """Run an administration command beside the server."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server.cli", *arguments, "--data-dir", str(self.data_dir), "--json"),
            cwd=ROOT, env=self._env, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        answer, _ = await process.communicate()
        done: dict[str, str] = json.loads(answer)
        return done

    async def clean_up(self) -> None:
        """Leave no process behind, whatever happened."""
        await self.kill()
        with contextlib.suppress(RuntimeError, ProcessLookupError):
            os.kill(await self.redis_pid(), signal.SIGKILL)

    def log_tail(self) -> str:
        """Return the end of the server's log."""
        return self.log_path.read_text(errors="replace")[-4000:]

    async def _is_ready(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"{self.url}/readyz", timeout=aiohttp.ClientTimeout(total=2)) as reply:
                return reply.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
