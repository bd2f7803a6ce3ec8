"""The server's clocks: real time, scaled time for simulations, and a hand-moved one for tests.

``server.wiring`` chooses one; everything inside asks the ``Clock`` port and never the wall.
"""

import asyncio
import contextlib
import heapq
import itertools
import json
import time
from pathlib import Path

from domain.ports import Clock


def wall_ms() -> int:
    """Return the wall's Unix UTC milliseconds, for what must not follow a simulation: tokens and timeouts."""
    return time.time_ns() // 1_000_000


class SystemClock:
    """Real time."""

    scale = 1.0

    def now_ms(self) -> int:
        return wall_ms()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ScaledClock:
    """Time that runs ``scale`` times as fast as the wall, from ``start_ms`` on; never backwards."""

    def __init__(self, scale: float, start_ms: int) -> None:
        self.scale = scale
        self._start_ms = start_ms
        self._began = time.monotonic()

    def now_ms(self) -> int:
        return self._start_ms + int((time.monotonic() - self._began) * self.scale * 1000)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.scale)


class ManualClock:
    """Time that moves only when told to; ``advance`` wakes the sleepers that are due, in order."""

    def __init__(self, now_ms: int = 1_800_000_000_000, scale: float = 1.0) -> None:
        self.scale = scale
        self._now_ms = now_ms
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now_ms(self) -> int:
        return self._now_ms

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now_ms + round(seconds * 1000), next(self._order), future))
        await future

    def advance(self, seconds: float) -> None:
        """Move time on and wake whoever is due."""
        self._now_ms += round(seconds * 1000)
        while self._sleepers and self._sleepers[0][0] <= self._now_ms:
            future = heapq.heappop(self._sleepers)[2]
            if not future.done():
                future.set_result(None)


class ClockFile:
    """Keeps a scaled clock's reading, so that a restart on the same data goes on and never back."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "clock.json"

    def last_ms(self) -> int | None:
        """Return the latest reading that was kept, None when there is none."""
        try:
            return int(json.loads(self._path.read_text(encoding="utf-8"))["now_ms"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, now_ms: int) -> None:
        """Write the reading; a full disk is not worth stopping for, the next one may succeed."""
        with contextlib.suppress(OSError):
            part = self._path.with_suffix(".part")
            part.write_text(json.dumps({"now_ms": now_ms}), encoding="utf-8")
            part.replace(self._path)


def choose_clock(scale: float, file: ClockFile) -> Clock:
    """Return the clock for ``scale``; after a simulation it starts where that one ended, if in the future."""
    start_ms = max(wall_ms(), file.last_ms() or 0)
    if scale == 1.0 and start_ms - wall_ms() < 1000:
        return SystemClock()
    return ScaledClock(scale, start_ms)
