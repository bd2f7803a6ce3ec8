"""Carries a phone's frames over a real WebSocket and comes back by itself.

One task per phone (reader) plus a writer while connected; ``websockets`` is the client, so that the server
is met by an implementation that is not its own.
"""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from simulator.clock import ServerClock
from simulator.phone import Phone
from ws.messages import SUBPROTOCOL_MSGPACK, CourierFrame, CourierReply

BACKOFF_S = 0.4
BACKOFF_MAX_S = 5.0
DO_NOT_RETURN = range(4500, 5000)


class Link:
    """One phone's connection.

    Args:
        url: ``ws://host:port/ws/courier``.
        binary: MessagePack instead of JSON.
        report: told of what a person should know.
    """

    def __init__(
        self,
        phone: Phone,
        *,
        url: str,
        clock: ServerClock,
        binary: bool,
        rng: random.Random,
        report: Callable[[str], None],
    ) -> None:
        self.phone = phone
        self.closed = False
        self._url = url
        self._clock = clock
        self._rng = rng
        self._report = report
        self._subprotocols = [Subprotocol(SUBPROTOCOL_MSGPACK)] if binary else None
        self._encode: Callable[[CourierFrame], bytes] = (
            msgspec.msgpack.Encoder().encode if binary else msgspec.json.Encoder().encode
        )
        self._decode: Callable[[bytes], CourierReply] = (
            msgspec.msgpack.Decoder(CourierReply).decode
            if binary
            else msgspec.json.Decoder(CourierReply).decode
        )
        self._text = not binary
        self._to_send: deque[CourierFrame] = deque()
        self._wake = asyncio.Event()

    def post(self, frames: list[CourierFrame]) -> None:
        """Send soon. Bounded by the phone: its window of unacknowledged frames, one try of each action."""
        if frames:
            self._to_send.extend(frames)
            self._wake.set()

    async def run(self) -> None:
        """Stay connected until cancelled, or until the server says not to return."""
        failures = 0
        while True:
            try:
                async with connect(
                    self._url,
                    subprotocols=self._subprotocols,
                    compression=None,
                    max_queue=64,
                    open_timeout=10,
                ) as socket:
                    await self._converse(socket)
                    failures = 0
            except ConnectionClosed as error:
                if error.rcvd is not None and error.rcvd.code in DO_NOT_RETURN:
                    self._report(
                        f"{self.phone.courier_id or 'courier'}: {error.rcvd.code} {error.rcvd.reason}"
                    )
                    self.closed = True
                    return
                failures = 0 if self.phone.online else failures + 1
            except (OSError, InvalidHandshake, TimeoutError, EOFError):
                failures += 1
            finally:
                self.phone.hang_up()
            pause_s = min(BACKOFF_MAX_S, BACKOFF_S * 2**failures)
            await asyncio.sleep(pause_s * self._rng.uniform(0.5, 1.5))

    async def _converse(self, socket: ClientConnection) -> None:
        self._to_send.clear()
        await self._send(socket, self.phone.hello())
        writer = asyncio.create_task(self._write(socket))
        try:
            async for data in socket:
                self._hear(data.encode() if isinstance(data, str) else data)
        finally:
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
                await writer
        code = socket.close_code
        if code in DO_NOT_RETURN:
            raise ConnectionClosed(socket.protocol.close_rcvd, socket.protocol.close_sent)

    def _hear(self, data: bytes) -> None:
        try:
            frame = self._decode(data)
        except msgspec.DecodeError as error:
            self._report(f"unreadable frame: {error}")
            return
        self.phone.hear(frame, self._clock.now_ms())
        if self.phone.server_at_ms:
            self._clock.correct(self.phone.server_at_ms)
            self.phone.server_at_ms = 0

    async def _write(self, socket: ClientConnection) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._to_send:
                await self._send(socket, self._to_send.popleft())

    async def _send(self, socket: ClientConnection, frame: CourierFrame) -> None:
        data = self._encode(frame)
        await socket.send(data, text=self._text)
