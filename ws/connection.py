"""One WebSocket: hello, reading with patience, writing from a bounded outbox.

Comes before every kind of session and knows nothing of what the frames mean.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

import structlog
from aiohttp import WSMessage, WSMsgType, web

from domain.errors import Gone, RelevoError, Unauthenticated
from ws import close_codes
from ws.codec import FrameReader, writer_for
from ws.messages import MAX_FRAME_BYTES, SUBPROTOCOL_MSGPACK, ErrorFrame, Hello
from ws.outbox import DEFAULT_MAX_BYTES, Outbox

log = structlog.get_logger(__name__)

HELLO_TIMEOUT_S = 10.0
PING_INTERVAL_S = 20.0
MALFORMED_MAX = 10
MALFORMED_WINDOW_S = 60.0
_CLOSE_TIMEOUT_S = 3.0

Frame = TypeVar("Frame")


class Closed(Exception):  # noqa: N818  not an error: it ends a session with a code
    """Ends the session; the socket is closed with ``code``."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Connection(Generic[Frame]):
    """A client's socket between accept and close.

    Args:
        reader: decodes what this kind of client may send.
        outbox_bytes: bound of the outbox.
    """

    def __init__(self, reader: FrameReader[Frame], outbox_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self._reader = reader
        self._outbox = Outbox(outbox_bytes)
        self._ws = web.WebSocketResponse(
            protocols=(SUBPROTOCOL_MSGPACK,),
            heartbeat=PING_INTERVAL_S,
            max_msg_size=4 * MAX_FRAME_BYTES,
            compress=False,
        )
        self._wake = asyncio.Event()
        self._malformed: deque[float] = deque(maxlen=MALFORMED_MAX + 1)
        self._closing: Closed | None = None
        self._transport: asyncio.Transport | None = None
        self.writer = writer_for(None)

    @property
    def response(self) -> web.WebSocketResponse:
        """What the route returns."""
        return self._ws

    async def open(self, request: web.Request) -> web.WebSocketResponse:
        """Finish the WebSocket handshake."""
        await self._ws.prepare(request)
        self._transport = request.transport
        self.writer = writer_for(self._ws.ws_protocol)
        return self._ws

    async def hello(self) -> Hello:
        """Return the first frame, which must be a hello, within ten seconds.

        Raises:
            Closed: when it is late or something else.
        """
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                async for frame in self.frames():
                    if isinstance(frame, Hello):
                        return frame
                    self.send_error("hello_expected", "the first frame must be of type 'hello'")
        except TimeoutError:
            raise Closed(close_codes.HELLO_TIMEOUT, "no hello within 10 s") from None
        raise Closed(1000, "closed before hello")

    async def frames(self) -> AsyncIterator[Frame | Hello]:
        """Yield frames until the client goes; refuse what cannot be read with an ``error`` frame."""
        async for message in self._messages():
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                break
            try:
                frame = self._reader.read(message.data)
            except RelevoError as error:
                recovered = self.recover(message.data, error)
                if recovered is not None:
                    yield recovered
                continue
            yield frame

    async def _messages(self) -> AsyncIterator[WSMessage]:
        with contextlib.suppress(ConnectionResetError):  # gone while the answer to its ping was written
            async for message in self._ws:
                yield message

    def recover(self, data: str | bytes, error: RelevoError) -> Frame | None:  # noqa: ARG002
        """Answer an unreadable frame; a session may override it to save part of the frame."""
        self.refuse_frame(error)
        return None

    def refuse_frame(self, error: RelevoError) -> None:
        """Send an ``error`` frame and, after ten malformed frames in a minute, close."""
        self.send_error(error.code, error.message, error.detail)
        if error.code == "unknown_type":
            return
        now = time.monotonic()
        self._malformed.append(now)
        if len(self._malformed) > MALFORMED_MAX and now - self._malformed[0] < MALFORMED_WINDOW_S:
            self.close(close_codes.MALFORMED, "too many malformed frames")

    def send(self, frame: object) -> None:
        """Queue a stream frame."""
        self.send_bytes(self.writer.write(frame))

    def send_bytes(self, frame: bytes) -> None:
        """Queue an encoded stream frame."""
        self._after_put(self._outbox.put(frame))

    def send_latest(self, key: str, frame: object) -> None:
        """Queue a frame that replaces the waiting one with the same key."""
        self._after_put(self._outbox.put_latest(key, self.writer.write(frame)))

    def send_error(self, code: str, message: str, detail: Mapping[str, object] | None = None) -> None:
        """Queue an ``error`` frame."""
        self.send(ErrorFrame(code=code, message=message, detail=dict(detail or {})))

    def close(self, code: int, reason: str) -> None:
        """End the session from wherever it is; what already waits is still written."""
        if self._closing is None:
            self._closing = Closed(code, reason)
            # A client that reads nothing would hold the writer for ever.
            asyncio.get_running_loop().call_later(_CLOSE_TIMEOUT_S, self._abort)
        self._wake.set()

    async def write_until_closed(self) -> None:
        """Write what waits; returns after the socket is closed. One task per connection runs this."""
        while self._closing is None and not self._ws.closed:
            await self._wake.wait()
            self._wake.clear()
            await self._flush()
        await self._finish()

    def _after_put(self, fitted: bool) -> None:
        if not fitted:
            self.close(close_codes.SLOW, "slow: reconnect and resume")
        self._wake.set()

    async def _flush(self) -> None:
        send = self._ws.send_bytes if self.writer.binary else self._send_text
        for frame in self._outbox.take():
            if self._ws.closed:
                return
            await send(frame)

    async def _send_text(self, frame: bytes) -> None:
        await self._ws.send_str(frame.decode())

    async def _finish(self) -> None:
        closing = self._closing or Closed(1000, "")
        if closing.code != close_codes.SLOW:
            await self._flush()
        await self._ws.close(code=closing.code, message=closing.reason.encode())

    def _abort(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.abort()


async def run_session(
    request: web.Request, connection: Connection[Any], session: Callable[[], Awaitable[None]]
) -> web.WebSocketResponse:
    """Open the socket, run ``session`` beside its writer, and close with the code that says why.

    A refusal raised by the session becomes an ``error`` frame and a close code; a bug is logged and ends
    this connection alone.
    """
    try:
        response = await connection.open(request)
    except ConnectionError:
        # The client left during the handshake; there is nobody to tell.
        return connection.response
    async with asyncio.TaskGroup() as group:
        group.create_task(_write(connection))
        try:
            await session()
            connection.close(1000, "")
        except Closed as closed:
            connection.close(closed.code, closed.reason)
        except RelevoError as error:
            connection.send_error(error.code, error.message, error.detail)
            connection.close(_close_code(error), error.code)
        except ConnectionError:
            connection.close(1001, "")
        except Exception:
            log.exception("socket_session_failed", path=request.path)
            connection.close(close_codes.INTERNAL, "internal error: reconnect")
    return response


async def _write(connection: Connection[Any]) -> None:
    try:
        await connection.write_until_closed()
    except ConnectionError:
        connection.close(1001, "")


def _close_code(error: RelevoError) -> int:
    if isinstance(error, Unauthenticated):
        return close_codes.UNAUTHENTICATED
    if isinstance(error, Gone):
        return close_codes.GONE
    return close_codes.INTERNAL if error.status >= 500 else close_codes.FORBIDDEN
