"""Watches a fleet over ``/ws/live`` as a dispatcher's page does, and counts offers and arrivals."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from ws.messages import (
    Delta,
    ErrorFrame,
    FenceEvent,
    Hello,
    OfferEvent,
    OrderStatusEvent,
    Resume,
    Snapshot,
    Subscribe,
    ViewerReply,
)

_PAUSE_S = 1.0


class Watcher:
    """What happened in a fleet since ``run`` began. Resumes after a lost connection; a gap is counted.

    Attributes:
        status: newest status of each order.
        arrivals: ``entered`` events per stop.
        offers: ends of offers by result, each offer once.
        gaps: reconnects after which the server could not tell what was missed.
    """

    def __init__(self, url: str, token: str, fleet: str, report: Callable[[str], None]) -> None:
        self.status: dict[str, str] = {}
        self.arrivals: Counter[str] = Counter()
        self.exits: Counter[str] = Counter()
        self.offers: Counter[str] = Counter()
        self.late_arrivals = 0
        self.gaps = 0
        self.deltas = 0
        self._url = "ws" + url.removeprefix("http") + "/ws/live"
        self._token = token
        self._fleet = fleet
        self._report = report
        self._resume: Resume | None = None
        self._told: set[tuple[str, str]] = set()
        self._decode = msgspec.json.Decoder(ViewerReply).decode

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            with contextlib.suppress(OSError, WebSocketException, TimeoutError, EOFError):
                async with connect(self._url, compression=None, max_size=None, max_queue=256) as socket:
                    await self._watch(socket)
            await asyncio.sleep(_PAUSE_S)

    async def _watch(self, socket: ClientConnection) -> None:
        await self._send(socket, Hello(token=self._token, resume=self._resume))
        await self._send(socket, Subscribe(fleet=self._fleet, bbox=None))
        async for data in socket:
            frame: ViewerReply = self._decode(data)
            if isinstance(frame, ErrorFrame):
                self._report(f"/ws/live: {frame.code} {frame.message}")
            elif isinstance(frame, Snapshot):
                self.gaps += self._resume is not None
                self._resume = Resume(epoch=frame.epoch, offset=frame.offset)
                self.status.update({order.id: order.status for order in frame.orders})
            else:
                self._take(frame)

    def _take(self, delta: Delta) -> None:
        self.deltas += 1
        if self._resume is not None:
            self._resume = Resume(epoch=self._resume.epoch, offset=delta.offset)
        for event in delta.events:
            match event:
                case OrderStatusEvent():
                    self.status[event.order_id] = event.status
                case OfferEvent():
                    if (event.offer_id, event.result) not in self._told:
                        self._told.add((event.offer_id, event.result))
                        self.offers[event.result] += 1
                case FenceEvent(stop_id=str() as stop):
                    self._fence(event, stop)
                case _:
                    pass

    def _fence(self, event: FenceEvent, stop: str) -> None:
        if (event.id, "") in self._told:
            return
        self._told.add((event.id, ""))
        if event.kind == "entered":
            self.arrivals[stop] += 1
            self.late_arrivals += event.late
        elif event.kind == "exited":
            self.exits[stop] += 1

    async def _send(self, socket: ClientConnection, frame: Hello | Subscribe) -> None:
        await socket.send(msgspec.json.encode(frame).decode())
