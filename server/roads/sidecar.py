"""Keeps one ``osrm-routed`` running on a network, whatever happens to it."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from pathlib import Path

from server.roads.child import Child
from server.roads.dataset import MAP
from server.roads.programs import ROUTED, Programs

RESTART_PAUSE_S = 0.5
RESTART_PAUSE_S_MAX = 30.0
STEADY_S = 10.0
"""A server that lived so long may be started again without waiting."""
LOOK_EVERY_S = 0.05
THREADS = 2
"""One may match a track (long) while the other answers dispatch (short)."""
MATCH_MAX = 100
"""Places in one question about a track; what servers of others usually allow, too."""


class Port:
    """A port of the loopback that stays ours: a bound socket that never listens holds it.

    ``osrm-routed`` shares it (it sets SO_REUSEPORT); nobody of another user can, and no ephemeral port gets
    its number.
    """

    def __init__(self) -> None:
        self._holder = socket.socket()
        with contextlib.suppress(AttributeError, OSError):
            self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._holder.bind(("127.0.0.1", 0))
        self.number: int = self._holder.getsockname()[1]

    def close(self) -> None:
        """Let it go."""
        self._holder.close()


class Sidecar:
    """One server process.

    Args:
        programs: OSRM's.
        child: runs it.
        port: where it listens.
        answering: told when it takes connections.
        ended: told its exit code when it ended by itself.
    """

    def __init__(
        self,
        programs: Programs,
        child: Child,
        port: Port,
        answering: Callable[[], None],
        ended: Callable[[int], None],
    ) -> None:
        self._programs = programs
        self._child = child
        self._port = port
        self._answering = answering
        self._ended = ended

    @property
    def pid(self) -> int | None:
        """Return the server's process number while it runs."""
        return self._child.pid

    async def serve(self, network: Path) -> None:
        """Serve a network until cancelled; start the server again when it ends."""
        pause_s = RESTART_PAUSE_S
        try:
            while True:
                began_s = time.monotonic()
                self._ended(await self._once(network))
                if time.monotonic() - began_s > STEADY_S:
                    pause_s = RESTART_PAUSE_S
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, RESTART_PAUSE_S_MAX)
        finally:
            await self._child.stop()

    async def _once(self, network: Path) -> int:
        address = ("--ip", "127.0.0.1", "--port", str(self._port.number))
        sizes = ("--threads", str(THREADS), "--max-table-size", "100", "--max-matching-size", str(MATCH_MAX))
        process = await self._child.start(
            self._programs.folder / ROUTED,
            [*address, *sizes, "--mmap", "--verbosity", "WARNING", MAP],
            cwd=network,
            environment={},
        )
        waiting = asyncio.create_task(self._wait_for_answer())
        try:
            return await process.wait()
        finally:
            waiting.cancel()

    async def _wait_for_answer(self) -> None:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self._port.number)
            except OSError:
                await asyncio.sleep(LOOK_EVERY_S)
                continue
            writer.close()
            self._answering()
            return
