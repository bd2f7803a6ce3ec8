"""The server's time, as a client knows it: learnt once, carried on by the local monotonic clock."""

import time


class ServerClock:
    """Tells the server's time; ``scale`` server seconds pass per wall second."""

    __slots__ = ("_at_ms", "_since_s", "scale")

    def __init__(self, now_ms: int, scale: float) -> None:
        self.scale = scale
        self._at_ms = now_ms
        self._since_s = time.monotonic()

    def now_ms(self) -> int:
        """Return the server's Unix UTC milliseconds, as far as we know."""
        return self._at_ms + int((time.monotonic() - self._since_s) * self.scale * 1000)

    def correct(self, server_at_ms: int) -> None:
        """Take the server's word when ours is off by over two wall seconds (a restart, a long sleep)."""
        if abs(server_at_ms - self.now_ms()) > 2000 * self.scale:
            self._at_ms = server_at_ms
            self._since_s = time.monotonic()
