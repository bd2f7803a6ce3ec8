"""An event loop whose clock jumps to what happens next, so that a day takes as long as its thinking.

Nothing here waits: when every task sleeps, time moves on to the first that wakes. The desk and the planner
run on it unchanged. A loop with nothing to wait for would hang for ever; it says so instead.
"""

import asyncio
import selectors


class _Leap(selectors.DefaultSelector):
    """A selector that never waits and tells how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("every task waits for another: nothing can happen any more")
        self.now_s += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """See the module. Sockets, signals and threads do not work on it, and are not needed."""

    def __init__(self) -> None:
        self._leap = _Leap()
        super().__init__(self._leap)

    def time(self) -> float:
        """Return seconds since the loop was made, in its own time."""
        return self._leap.now_s


class VirtualClock:
    """Fulfils ``domain.ports.Clock`` on a ``VirtualLoop``; ``scale`` as of a server started with it.

    Args:
        start_ms: Unix ms at the loop's beginning.
        scale: seconds of this clock per second of the loop.
    """

    def __init__(self, start_ms: int, scale: float) -> None:
        self.scale = scale
        self._start_ms = start_ms

    def now_ms(self) -> int:
        return self._start_ms + round(asyncio.get_running_loop().time() * self.scale * 1000)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.scale)

    async def sleep_until(self, at_ms: int) -> None:
        """Wait until an instant; one that has passed is no wait."""
        while (left_ms := at_ms - self.now_ms()) > 0:
            await self.sleep(left_ms / 1000)
