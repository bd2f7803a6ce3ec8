"""One synchronous event bus: every event reaches every listener, in one order for all.

A listener may publish while it listens (the desk answers a fence event with an order event); such events wait
until the current ones have reached everybody, so nobody sees an effect before its cause. An exception in a
listener is a bug: the others still hear the event, then ``failure`` stops the process (``server.lifespan``).
"""

from collections import deque
from collections.abc import Sequence

import structlog

from domain.events import Event
from domain.ports import EventSink

MAX_PENDING = 100_000
_log = structlog.get_logger("relevo.bus")


class EventBus:
    """Fulfils ``EventSink``. Listeners are called in the order in which they were added."""

    def __init__(self) -> None:
        self._listeners: list[tuple[str, EventSink]] = []
        self._pending: deque[Sequence[Event]] = deque()
        self._draining = False
        self.failure: BaseException | None = None

    def listen(self, name: str, listener: EventSink) -> None:
        """Add a listener; ``name`` is for the log."""
        self._listeners.append((name, listener))

    def __call__(self, events: Sequence[Event]) -> None:
        """Tell everybody; returns once all have heard, unless called from within a listener."""
        if not events:
            return
        if len(self._pending) >= MAX_PENDING:
            raise RuntimeError("events cause events without end")
        self._pending.append(events)
        if self._draining:
            return
        self._draining = True
        try:
            while self._pending:
                self._tell(self._pending.popleft())
        finally:
            self._draining = False

    def _tell(self, events: Sequence[Event]) -> None:
        for name, listener in self._listeners:
            try:
                listener(events)
            except Exception as error:  # noqa: BLE001 - kept for the lifespan, which stops the process
                _log.exception(
                    "listener_failed", listener=name, events=[type(e).__name__ for e in events[:5]]
                )
                if self.failure is None:
                    self.failure = error
