"""The server as a child process: started, watched, started again when it dies, stopped with us."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

import aiohttp

from simulator.admin import CLI

READY_S = 60.0
GRACE_S = 4.0
LOOK_EVERY_S = 0.2
STOP_S = 15.0


class ServerDiedError(Exception):
    """The server did not come up."""


class ServerProcess:
    """``relevo serve`` on a data folder. Its own words go to ``server.log`` in that folder."""

    def __init__(
        self, *, port: int, data_dir: Path, basemap: Path, speed: float, report: Callable[[str], None]
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = data_dir / "server.log"
        self._arguments: tuple[str, ...] = (
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--data-dir",
            str(data_dir),
        )
        if speed != 1.0:
            self._arguments += ("--time-scale", str(speed))
        self._environment = {**os.environ, "RELEVO_BASEMAP": str(basemap)}
        self._report = report
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and return once it is ready.

        Raises:
            ServerDiedError: it ended, or was not ready in time; the message has the end of its log.
        """
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *CLI, *self._arguments, stdout=log, stderr=log, env=self._environment
            )
        for _ in range(int(READY_S / LOOK_EVERY_S)):
            if await self._is_ready():
                return
            if self._process.returncode is not None:
                break
            await asyncio.sleep(LOOK_EVERY_S)
        words = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
        raise ServerDiedError("the server did not become ready:\n" + "\n".join(words))

    async def keep_alive(self) -> None:
        """Start it again whenever it dies, unless somebody starts one on the same port in time."""
        while True:
            if self._process is not None:
                code = await self._process.wait()
                self._process = None
                self._report(
                    f"The server ended (exit code {code}). It is started again in {GRACE_S:g} s, "
                    f"unless you do: relevo {' '.join(self._arguments)}"
                )
            await self._nobody_answers()
            try:
                await self.start()
                self._report("the server is back")
            except ServerDiedError as failure:
                self._process = None
                self._report(str(failure))

    async def _nobody_answers(self) -> None:
        """Return once the port was silent for a while; a server that a person started is watched here."""
        loop = asyncio.get_running_loop()
        heard_s, adopted = loop.time(), False
        while loop.time() - heard_s < GRACE_S:
            if await self._is_ready():
                heard_s = loop.time()
                if not adopted:
                    adopted = True
                    self._report("another server answers on the port: carrying on with it")
            await asyncio.sleep(LOOK_EVERY_S)

    async def stop(self) -> None:
        """Ask it to end, and insist after a while."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), STOP_S)
            except TimeoutError:
                process.kill()
                await process.wait()

    async def _is_ready(self) -> bool:
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as http,
                http.get(self.url + "/readyz") as response,
            ):
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
