"""What waits to be written to one client. No I/O.

Two kinds of frame: a *stream* frame is never dropped and keeps its place; a *latest* frame replaces the
one with the same key that still waits (acknowledgements, conflated positions). Bounded in bytes: past the
bound the outbox is full for good, and its socket is to be closed with the code ``SLOW``.
"""

from collections import OrderedDict
from collections.abc import Hashable

DEFAULT_MAX_BYTES = 1024 * 1024


class Outbox:
    """A bounded queue of encoded frames.

    Args:
        max_bytes: how much may wait; a single larger frame is let through when nothing else waits.
    """

    __slots__ = ("_frames", "_next", "bytes_waiting", "full", "max_bytes")

    def __init__(self, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self.bytes_waiting = 0
        self.full = False
        self._frames: OrderedDict[Hashable, bytes] = OrderedDict()
        self._next = 0

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, frame: bytes) -> bool:
        """Append a stream frame; False (and ``full``) when it no longer fits."""
        self._next += 1
        return self._keep(self._next, frame)

    def put_latest(self, key: str, frame: bytes) -> bool:
        """Put a frame in the place of the waiting one with the same key, else at the end."""
        waiting = self._frames.get(key)
        if waiting is not None:
            self.bytes_waiting -= len(waiting)
        return self._keep(key, frame)

    def take(self) -> list[bytes]:
        """Return and forget everything that waits, in order."""
        frames = list(self._frames.values())
        self._frames.clear()
        self.bytes_waiting = 0
        return frames

    def _keep(self, key: Hashable, frame: bytes) -> bool:
        if self.full:
            return False
        if self.bytes_waiting and self.bytes_waiting + len(frame) > self.max_bytes:
            self.full = True
            return False
        self._frames[key] = frame
        self.bytes_waiting += len(frame)
        return True
