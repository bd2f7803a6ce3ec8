"""A client written from the published wire alone: plain dicts, json and msgpack; none of our code."""

import asyncio
import json
import math
import uuid

import msgpack
from websockets.asyncio.client import connect


class Socket:
    """One WebSocket that keeps every frame it got."""

    def __init__(self, ws, binary: bool) -> None:
        self._ws = ws
        self._binary = binary
        self.frames: list[dict] = []
        self._arrived = asyncio.Event()
        self.closed: tuple[int, str] | None = None
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, url: str, *, binary: bool = False) -> "Socket":
        protocols = ["relevo.v1.msgpack"] if binary else None
        ws = await connect(url, subprotocols=protocols, compression=None, max_size=None)
        return cls(ws, binary)

    async def send(self, frame) -> None:
        await self._ws.send(msgpack.packb(frame) if self._binary else json.dumps(frame))

    async def send_raw(self, data) -> None:
        await self._ws.send(data)

    async def expect(
        self, kind: str, timeout_s: float = 10.0, where=lambda frame: True, since: int = 0
    ) -> dict:
        """Return the first frame of a type (from index ``since`` on) that fulfils ``where``."""
        async with asyncio.timeout(timeout_s):
            while True:
                for frame in self.frames[since:]:
                    if frame["type"] == kind and where(frame):
                        return frame
                if self.closed:
                    raise AssertionError(f"closed {self.closed} while waiting for {kind}")
                self._arrived.clear()
                await self._arrived.wait()

    async def wait_closed(self, timeout_s: float = 10.0) -> tuple[int, str]:
        async with asyncio.timeout(timeout_s):
            await self._reader
        return self.closed

    async def close(self) -> None:
        await self._ws.close()
        await self._reader

    def abort(self) -> None:
        """Vanish without a word, as a phone in a tunnel does."""
        self._ws.transport.abort()

    async def _read(self) -> None:
        try:
            async for data in self._ws:
                self.frames.append(msgpack.unpackb(data) if isinstance(data, bytes) else json.loads(data))
                self._arrived.set()
        except Exception:  # noqa: BLE001  any end is an end; the close code tells which
            pass
        self.closed = (self._ws.close_code, self._ws.close_reason)
        self._arrived.set()


class Phone(Socket):
    """A courier's phone."""

    async def hello(self, token: str, device: str) -> dict:
        await self.send({"type": "hello", "token": token, "device": device})
        return await self.expect("welcome")

    async def shift(self, state: str) -> None:
        seen = len(self.frames)
        await self.send({"type": "shift", "state": state})
        await self.expect("shift", where=lambda f: f["state"] == state, since=seen)

    async def ping(self, seq: int, fixes: list) -> None:
        await self.send({"type": "pings", "seq": seq, "fixes": fixes})

    async def acked(self, seq: int, timeout_s: float = 10.0) -> dict:
        return await self.expect("ack", timeout_s, where=lambda f: f["seq"] >= seq)

    async def act(self, stop_id: str, action: str, at_ms: int) -> dict:
        action_id = str(uuid.uuid4())
        frame = {"type": "action", "id": action_id, "stop_id": stop_id, "action": action, "at_ms": at_ms}
        await self.send(frame)
        return await self.expect("action_ack", where=lambda f: f["id"] == action_id)


def way(
    start: tuple[float, float], end: tuple[float, float], *, from_ms: int, speed_mps: float, step_s: float
):
    """Yield fixes along a straight way; places are (lon, lat)."""
    m_per_deg = 111_195.0
    east = (end[0] - start[0]) * m_per_deg * math.cos(math.radians(start[1]))
    north = (end[1] - start[1]) * m_per_deg
    length = math.hypot(east, north)
    heading = math.degrees(math.atan2(east, north)) % 360
    steps = max(1, math.ceil(length / (speed_mps * step_s)))
    for i in range(steps + 1):
        part = i / steps
        place = (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
        yield [from_ms + int(i * step_s * 1000), *place, 6.0, speed_mps, heading, 80]
