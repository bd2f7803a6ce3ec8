"""Bare clients for benches: couriers and viewers over real WebSockets, little work per frame."""

import asyncio
import time
import urllib.request
from collections import deque
from collections.abc import Sequence

import msgspec
from websockets.asyncio.client import ClientConnection, connect

from domain.position import Fix
from loadtest.settings import Courier
from loadtest.target import LAT, LON
from ws.messages import Ack, CourierReply, Delta, Hello, Pings, SetShift, Subscribe, ViewerReply, Welcome

_ENCODE = msgspec.json.Encoder().encode
_ACK_PREFIX = b'{"type":"ack"'


class BenchCourier:
    """One phone. Sends frames of fixes; keeps the round trip of each acknowledged frame in ``ack_s``."""

    def __init__(self, number: int, courier: Courier) -> None:
        self.courier = courier
        self.ack_s: list[float] = []
        self.fixes_acked = 0
        self._lon, self._lat = LON + number % 40 * 0.0004, LAT + number // 40 * 0.0004
        self._sent: deque[tuple[int, float, int]] = deque()
        self._seq = 0
        self._socket: ClientConnection | None = None
        self._room = asyncio.Event()
        self._replies = msgspec.json.Decoder(CourierReply)

    async def open(self, url: str) -> None:
        """Connect and start the shift."""
        self._socket = await connect(url + "/ws/courier", compression=None, max_queue=256)
        await self._send(Hello(token=self.courier.token, device="bench", app="bench"))
        frame = self._replies.decode(await self._socket.recv())
        if not isinstance(frame, Welcome):
            raise TypeError(f"welcome expected, got {frame}")
        self._seq = frame.seq
        await self._send(SetShift(state="on"))
        while '"shift"' not in str(await self._socket.recv()):
            pass

    async def read(self) -> None:
        """Take acknowledgements until cancelled."""
        if self._socket is None:
            raise RuntimeError("open() first")
        decode = msgspec.json.Decoder(Ack).decode
        async for data in self._socket:
            raw = data.encode() if isinstance(data, str) else data
            if not raw.startswith(_ACK_PREFIX):
                continue
            seq, now_s = decode(raw).seq, time.perf_counter()
            while self._sent and self._sent[0][0] <= seq:
                _, sent_s, count = self._sent.popleft()
                self.ack_s.append(now_s - sent_s)
                self.fixes_acked += count
            self._room.set()

    async def send_fixes(self, count: int) -> None:
        """Send one frame of ``count`` fixes, 100 ms of event time apart and 0.5 m along."""
        now_ms = time.time_ns() // 1_000_000
        fixes = []
        for k in range(count):
            self._lat += 0.0000045
            fixes.append(Fix(now_ms - (count - 1 - k) * 100, self._lon, self._lat, 5.0, 4.4, 0.0, 80.0))
        self._seq += 1
        self._sent.append((self._seq, time.perf_counter(), count))
        await self._send(Pings(seq=self._seq, fixes=tuple(fixes)))

    async def wait_room(self, window: int) -> None:
        """Return once fewer than ``window`` frames wait for their acknowledgement."""
        while len(self._sent) >= window:
            self._room.clear()
            await self._room.wait()

    async def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            await self._socket.close()

    async def _send(self, frame: msgspec.Struct) -> None:
        if self._socket is None:
            raise RuntimeError("open() first")
        await self._socket.send(_ENCODE(frame), text=True)


class BenchViewer:
    """One dispatcher's page; keeps how old positions were when they came, in milliseconds."""

    def __init__(self) -> None:
        self.delay_ms: list[int] = []
        self.frames = 0
        self.bytes = 0
        self.positions = 0

    async def watch(self, url: str, token: str, fleet: str, ready: asyncio.Event) -> None:
        """Watch the whole fleet until cancelled; ``ready`` is set at the snapshot."""
        decode = msgspec.json.Decoder(ViewerReply).decode
        async with connect(url + "/ws/live", compression=None, max_size=None, max_queue=256) as socket:
            await socket.send(_ENCODE(Hello(token=token, app="bench")), text=True)
            await socket.send(_ENCODE(Subscribe(fleet=fleet, bbox=None)), text=True)
            async for data in socket:
                frame = decode(data)
                if isinstance(frame, Delta):
                    self.frames += 1
                    self.bytes += len(data)
                    self.positions += len(frame.positions)
                    now_ms = time.time_ns() // 1_000_000
                    self.delay_ms.extend(now_ms - row[5] for row in frame.positions)
                else:
                    ready.set()


def percentile(values: Sequence[float], share: float) -> float:
    """Return a percentile by nearest rank, 0 when there are no values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def server_cpu_s(url: str) -> float:
    """Return the CPU seconds that the server's process has used."""
    with urllib.request.urlopen(url + "/metrics", timeout=10) as response:
        for line in response.read().decode().splitlines():
            if line.startswith("process_cpu_seconds_total"):
                return float(line.split()[1])
    return 0.0
