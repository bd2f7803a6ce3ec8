"""A blocking WebSocket for a gevent user: one greenlet reads, the user's own writes."""

import contextlib
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import gevent
import msgspec
import websocket

F = TypeVar("F")


class WireSocket(Generic[F]):
    """One connection; every frame read goes to ``on_frame``.

    Args:
        url: ``ws://host:port/path``.
        frame_type: the union of frames the server may send.
        on_frame: called in the reader's greenlet.
        on_lost: told once when the connection ends and we did not close it.
    """

    def __init__(
        self,
        url: str,
        frame_type: Any,
        on_frame: Callable[[F], None],
        on_lost: Callable[[str], None],
    ) -> None:
        self.opened_s = time.perf_counter()
        self._on_frame = on_frame
        self._on_lost = on_lost
        self._decode: Callable[[str | bytes], F] = msgspec.json.Decoder(frame_type).decode
        self._socket = websocket.create_connection(url, timeout=30, enable_multithread=False)
        self._closing = False
        self._reader = gevent.spawn(self._read)

    def send(self, frame: msgspec.Struct) -> None:
        """Send a frame as JSON text; a lost connection is told through ``on_lost``, not raised."""
        try:
            self._socket.send(msgspec.json.encode(frame).decode())
        except (OSError, websocket.WebSocketException) as error:
            self._lost(error)

    def close(self) -> None:
        """Close on our own account."""
        self._closing = True
        self._reader.kill(block=False)
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self._socket.close(timeout=1)

    def _read(self) -> None:
        try:
            while True:
                data = self._socket.recv()
                if not data:
                    raise websocket.WebSocketConnectionClosedException("closed by the server")
                self._on_frame(self._decode(data))
        except (OSError, websocket.WebSocketException, msgspec.DecodeError) as error:
            self._lost(error)

    def _lost(self, error: Exception) -> None:
        if not self._closing:
            self._closing = True
            self._on_lost(f"{type(error).__name__}: {error}")
