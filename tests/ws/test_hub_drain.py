"""When the server drains, every socket is sent away, also one that joins a moment later."""

from server.clock import ManualClock
from ws import close_codes
from ws.hub import Hub


class Socket:
    """A session that remembers how it was closed."""

    principal = None

    def __init__(self) -> None:
        self.closed_with: list[int] = []

    def close(self, code: int, reason: str) -> None:
        self.closed_with.append(code)


def test_open_sockets_and_those_that_join_during_the_drain_are_sent_away():
    hub = Hub(ManualClock(), positions=None)
    early, late = Socket(), Socket()
    hub.join(early, "courier")
    assert early.closed_with == []

    hub.drain()
    hub.join(late, "courier")

    assert early.closed_with == late.closed_with == [close_codes.DRAINING]
