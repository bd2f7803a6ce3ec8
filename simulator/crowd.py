"""Many phones in one process: one ticker gives all of them time, instead of a timer each."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable

from simulator.clock import ServerClock
from simulator.link import Link
from simulator.phone import Phone

TICK_S = 0.1


class Crowd:
    """Phones with their links. The ticker is the only one that steps a phone.

    Args:
        url: the server, ``http://host:port``.
        report: told of what a person should know.
    """

    def __init__(
        self, url: str, clock: ServerClock, rng: random.Random, report: Callable[[str], None]
    ) -> None:
        self._ws_url = "ws" + url.removeprefix("http") + "/ws/courier"
        self._clock = clock
        self._rng = rng
        self._report = report
        self._links: list[Link] = []
        self._tasks: dict[int, asyncio.Task[None]] = {}

    @property
    def phones(self) -> list[Phone]:
        """Everybody who takes part now."""
        return [link.phone for link in self._links]

    def join(self, phone: Phone, group: asyncio.TaskGroup, *, binary: bool) -> None:
        """Connect a phone."""
        link = Link(
            phone, url=self._ws_url, clock=self._clock, binary=binary, rng=self._rng, report=self._report
        )
        self._links.append(link)
        self._tasks[id(phone)] = group.create_task(link.run())

    def leave(self, phone: Phone) -> None:
        """Disconnect a phone for good."""
        self._links = [link for link in self._links if link.phone is not phone]
        task = self._tasks.pop(id(phone), None)
        if task:
            task.cancel()

    async def acknowledged(self, timeout_s: float) -> None:
        """Wait until nobody has a frame on its way, at most ``timeout_s``; the ticker must have ended."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while any(phone.unacked for phone in self.phones):  # noqa: ASYNC110 - phones are plain values
                    await asyncio.sleep(TICK_S)

    def close(self) -> None:
        """Disconnect everybody."""
        for phone in self.phones:
            self.leave(phone)

    async def tick_forever(self) -> None:
        """Step everybody ten times a wall second."""
        due_s = time.monotonic()
        while True:
            now_ms, wall_s = self._clock.now_ms(), time.monotonic()
            for link in self._links:
                link.post(link.phone.step(now_ms, wall_s))
            due_s = max(due_s + TICK_S, wall_s)
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
