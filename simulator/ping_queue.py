"""A phone's memory of fixes: waiting, sent and not yet acknowledged. No I/O.

Rules of the wire: ``seq`` grows by one per frame; an ack is cumulative; after a reconnect ``welcome.seq``
says which frames are durable and the rest is sent again.
"""

from collections import deque

import msgspec

from domain.position import Fix
from ws.messages import MAX_FIXES, Pings


class Tally(msgspec.Struct):
    """What became of fixes and offers, summed over all phones that share it."""

    fixes_sent: int = 0
    fixes_acked: int = 0
    fixes_sent_again: int = 0
    fixes_dropped: int = 0
    frames_missed: int = 0
    rejected: dict[str, int] = {}
    offers: int = 0
    offers_declined: int = 0
    offers_ignored: int = 0
    actions_refused: dict[str, int] = {}
    errors: dict[str, int] = {}
    connects: int = 0
    reconnects: int = 0


class PingQueue:
    """Fixes in order. Bounded: beyond ``limit`` waiting fixes the oldest are dropped and counted.

    Args:
        window: frames that may be under way at once.
    """

    def __init__(self, tally: Tally, *, window: int = 32, limit: int = 20_000) -> None:
        self._tally = tally
        self._window = window
        self._waiting: deque[Fix] = deque(maxlen=limit)
        self._unacked: deque[Pings] = deque()
        self._seq = 0
        self._resend: deque[Pings] = deque()

    @property
    def unacked(self) -> int:
        """Frames sent or to be sent again, not yet acknowledged."""
        return len(self._unacked)

    @property
    def unsettled(self) -> bool:
        """Whether any fix is not yet acknowledged."""
        return bool(self._waiting or self._unacked)

    def add(self, fix: Fix) -> None:
        """Remember a fix."""
        if len(self._waiting) == self._waiting.maxlen:
            self._tally.fixes_dropped += 1
        self._waiting.append(fix)

    def resume(self, durable_seq: int) -> None:
        """Begin a connection: forget what is durable, send the rest again.

        When frames between are gone on the server's side (which breaks its promise, and is counted), the
        rest is renumbered so that work goes on.
        """
        self.acknowledge(durable_seq)
        if self._unacked and self._unacked[0].seq != durable_seq + 1:
            self._tally.frames_missed += 1
            self._unacked = deque(
                Pings(seq=durable_seq + 1 + k, fixes=frame.fixes) for k, frame in enumerate(self._unacked)
            )
        self._seq = self._unacked[-1].seq if self._unacked else durable_seq
        self._resend = deque(self._unacked)

    def acknowledge(self, seq: int) -> None:
        """Forget every frame up to ``seq``."""
        while self._unacked and self._unacked[0].seq <= seq:
            self._tally.fixes_acked += len(self._unacked.popleft().fixes)

    def take(self, max_fixes: int = 200) -> list[Pings]:
        """Return the frames to send now: first what must go again, then new ones within the window."""
        frames = []
        while self._resend:
            frame = self._resend.popleft()
            if self._unacked and frame.seq >= self._unacked[0].seq:
                self._tally.fixes_sent_again += len(frame.fixes)
                frames.append(frame)
        while self._waiting and len(self._unacked) < self._window:
            count = min(len(self._waiting), max_fixes, MAX_FIXES)
            fixes = tuple(self._waiting.popleft() for _ in range(count))
            self._seq += 1
            frame = Pings(seq=self._seq, fixes=fixes)
            self._unacked.append(frame)
            self._tally.fixes_sent += count
            frames.append(frame)
        return frames
