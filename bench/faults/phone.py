"""A courier's phone that never forgets: it keeps every frame until the server says it is safe.

Speaks ``/ws/courier`` as published. Now and then it loses its connection without a word, and sends a frame
again that it sent before.
"""

import asyncio
import contextlib
import json
import random
import time

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from bench.faults.ledger import Fix, Ledger
from bench.faults.way import ROUND_MS, place_at

VANISH_CHANCE = 0.01
REPEAT_CHANCE = 0.03
RETRY_S = (0.1, 0.6)


class Phone:
    """One courier's phone, riding in rounds (``bench.faults.way``), ``head_start_ms`` ahead of others.

    Args:
        url: ``ws://host:port``.
        period_s: time between frames of one to three fixes.
    """

    def __init__(
        self, url: str, courier_id: str, token: str, ledger: Ledger, rng: random.Random, period_s: float
    ) -> None:
        self.courier_id = courier_id
        self.device = f"phone-{courier_id[-4:]}"
        self.reconnects = -1
        self._url = url
        self._token = token
        self._ledger = ledger
        self._rng = rng
        self._period_s = period_s
        self.head_start_ms = rng.randrange(ROUND_MS)
        self._waiting: dict[int, list[Fix]] = {}
        self._made_at: dict[int, float] = {}
        self._seq = 0
        self._newest_safe_s = 0.0
        self._last_fix_at_ms = 0
        self._riding = True
        self.on_shift = asyncio.Event()
        self._acknowledged = asyncio.Event()

    async def run(self) -> None:
        """Stream until ``stop_riding`` was called and everything is acknowledged."""
        while self._riding or self._waiting:
            with contextlib.suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                async with connect(self._url + "/ws/courier", compression=None, open_timeout=5) as ws:
                    self.reconnects += 1
                    await self._session(ws)
            if self._riding and self.on_shift.is_set():
                self._make_frame()  # a phone without a connection still knows where it is
            await asyncio.sleep(self._rng.uniform(*RETRY_S))

    def stop_riding(self) -> None:
        """Make no more fixes."""
        self._riding = False

    async def streams_again(self, moment_s: float) -> None:
        """Return once all frames made before ``moment_s`` (monotonic) and one made after are acknowledged."""
        while self._newest_safe_s < moment_s:
            self._acknowledged.clear()
            await self._acknowledged.wait()

    async def _session(self, ws: ClientConnection) -> None:
        await ws.send(json.dumps({"type": "hello", "token": self._token, "device": self.device}))
        welcome = json.loads(await asyncio.wait_for(ws.recv(), 10))
        if welcome["type"] != "welcome":
            self._ledger.errors[welcome.get("code", welcome["type"])] += 1
            return
        self._acknowledge(welcome["seq"])
        if welcome["shift"] != "on":
            await ws.send(json.dumps({"type": "shift", "state": "on"}))
            while json.loads(await asyncio.wait_for(ws.recv(), 10))["type"] != "shift":
                pass
        self.on_shift.set()
        for seq in sorted(self._waiting):
            await self._send(ws, seq)
        listener = asyncio.create_task(self._listen(ws))
        try:
            while not listener.done() and (self._riding or self._waiting):
                await self._step(ws)
        finally:
            listener.cancel()

    async def _step(self, ws: ClientConnection) -> None:
        if self._riding:
            self._make_frame()
            await self._send(ws, self._seq)
            if self._rng.random() < REPEAT_CHANCE:
                await self._send(ws, self._rng.randint(1, self._seq))
            if self._rng.random() < VANISH_CHANCE:
                ws.transport.abort()
        await asyncio.sleep(self._period_s * self._rng.uniform(0.8, 1.2))

    async def _listen(self, ws: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for data in ws:
                frame = json.loads(data)
                if frame["type"] == "ack":
                    self._acknowledge(frame["seq"])
                elif frame["type"] == "rejected":
                    self._ledger.refuse((self.courier_id, self.device, frame["seq"]), frame["counts"])
                elif frame["type"] == "error":
                    self._ledger.errors[frame.get("code", "?")] += 1
                    await ws.close()

    def _make_frame(self) -> None:
        self._seq += 1
        now_ms = int(time.time() * 1000)
        times_ms = sorted({now_ms - 200 * age for age in range(self._rng.randint(1, 3))})
        fixes = [self._fix(at_ms) for at_ms in times_ms if at_ms > self._last_fix_at_ms] or [
            self._fix(max(now_ms, self._last_fix_at_ms + 1))
        ]
        self._last_fix_at_ms = int(fixes[-1][0])
        self._waiting[self._seq] = fixes
        self._made_at[self._seq] = time.monotonic()
        self._ledger.sent[self.courier_id, self.device, self._seq] = fixes

    def _fix(self, at_ms: int) -> Fix:
        place = place_at(at_ms, self.head_start_ms)
        return [at_ms, place.lon, place.lat, 5.0]

    async def _send(self, ws: ClientConnection, seq: int) -> None:
        fixes = self._ledger.sent[self.courier_id, self.device, seq]
        await ws.send(json.dumps({"type": "pings", "seq": seq, "fixes": fixes}))

    def _acknowledge(self, up_to: int) -> None:
        for seq in [seq for seq in self._waiting if seq <= up_to]:
            del self._waiting[seq]
            self._newest_safe_s = self._made_at.pop(seq)
            self._ledger.acknowledged.add((self.courier_id, self.device, seq))
        self._acknowledged.set()
