"""Orders that only fences move: picked up by leaving the shop, delivered by leaving the door.

The co-op lets fences do everything, so the history of each order says whether the arrival and the exit of
both of its stops were told, once and for the right time, whatever was killed meanwhile. A viewer counts the
events beside it.
"""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import aiohttp
import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from bench.faults.ledger import Ledger
from bench.faults.phone import Phone
from bench.faults.way import DOOR, SHOP, stands_at

_WAY = ("arrive_pickup", "pick_up", "arrive_dropoff", "deliver")
_BY_FENCES = dict.fromkeys(("arrive_pickup", "leave_pickup", "arrive_dropoff", "leave_dropoff"), "automatic")
_SLACK_MS = 20_000
_TIMEOUT = aiohttp.ClientTimeout(total=10)
_RETRY_S = 0.5
_SKETCH = {"name": "stop"}


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What became of all errands; all but ``errands`` must be zero.

    Attributes:
        events_missing: arrivals and exits that no order's history holds.
        events_doubled: those that it holds twice, or that a viewer heard of under two ids.
        events_misdated: those dated when the phone was elsewhere.
    """

    errands: int
    events_missing: int
    events_doubled: int
    events_misdated: int

    def is_clean(self) -> bool:
        """Tell whether every stop had one arrival and one exit at the right time."""
        return self.events_missing + self.events_doubled + self.events_misdated == 0


class Errands:
    """One order for each of some phones.

    Args:
        token: of the fleet's owner.

    Attributes:
        incomplete: a line for each order that lacks an event, for whoever looks into it.
    """

    def __init__(self, url: str, token: str, fleet: str, phones: Sequence[Phone], ledger: Ledger) -> None:
        self._url, self._token, self._fleet = url, token, fleet
        self._phones = phones
        self._ledger = ledger
        self._orders: dict[str, Phone] = {}
        self._heard: defaultdict[tuple[str, str, int], set[str]] = defaultdict(set)
        self._taken_back: set[str] = set()
        self.incomplete: list[str] = []

    async def begin(self) -> None:
        """Give every phone its order; its courier must be on shift."""
        await self._ask("PATCH", "/api/v1/fleet/settings", _BY_FENCES)
        for number, phone in enumerate(self._phones):
            ref = f"errand-{number}"
            body = {
                "pickup": {"lon": SHOP.lon, "lat": SHOP.lat, **_SKETCH},
                "dropoff": {"lon": DOOR.lon, "lat": DOOR.lat, **_SKETCH},
                "ref": ref,
            }
            order_id = (await self._ask("POST", "/api/v1/orders", body))["id"]
            self._ledger.accepted_orders[ref] = order_id
            await self._ask(
                "POST", f"/api/v1/orders/{order_id}/assign", {"courier_id": phone.courier_id, "pin": True}
            )
            self._orders[order_id] = phone

    async def listen(self) -> None:
        """Hear of fence events as a dispatcher does, coming back after every kill, until cancelled."""
        hello = json.dumps({"type": "hello", "token": self._token})
        subscribe = json.dumps({"type": "subscribe", "fleet": self._fleet, "bbox": None})
        while True:
            with contextlib.suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                address = self._url.replace("http", "ws", 1) + "/ws/live"
                async with connect(address, open_timeout=5, max_size=None) as ws:
                    await ws.send(hello)
                    await ws.send(subscribe)
                    async for data in ws:
                        self._hear(json.loads(data))
            await asyncio.sleep(_RETRY_S)

    async def done(self, timeout_s: float) -> None:
        """Wait until every order is delivered, or for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                for order_id in self._orders:
                    while (await self._ask("GET", f"/api/v1/orders/{order_id}"))["status"] != "delivered":  # noqa: ASYNC110 - another process
                        await asyncio.sleep(_RETRY_S)

    async def judge(self) -> Findings:
        """Compare each order's history with where its phone truly was."""
        missing = doubled = misdated = 0
        for order_id, phone in self._orders.items():
            history = (await self._ask("GET", f"/api/v1/orders/{order_id}/events"))["events"]
            triggers = [line["trigger"] for line in history]
            if not set(_WAY) <= set(triggers):
                self.incomplete.append(f"{order_id} of {phone.courier_id}: {' '.join(triggers)}")
            for trigger in _WAY:
                lines = [line for line in history if line["trigger"] == trigger]
                missing += not lines
                doubled += max(0, len(lines) - 1)
                stop = SHOP if trigger in ("arrive_pickup", "pick_up") else DOOR
                misdated += any(
                    not stands_at(stop, _ms(line["at"]), phone.head_start_ms, _SLACK_MS) for line in lines
                )
        for ids in self._heard.values():
            doubled += max(0, len(ids - self._taken_back) - 1)
        return Findings(
            errands=len(self._orders),
            events_missing=missing,
            events_doubled=doubled,
            events_misdated=misdated,
        )

    def _hear(self, frame: dict[str, Any]) -> None:
        for event in frame.get("events", ()):
            if event["type"] == "fence_correction" and event.get("retracted"):
                self._taken_back.add(event["corrects"])
            if event["type"] == "fence" and event.get("stop_id"):
                self._heard[event["stop_id"], event["kind"], event.get("visit", 1)].add(event["id"])

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask until there is an answer; orders are made under a key, the rest may be repeated."""
        headers = {"Authorization": f"Bearer {self._token}"}
        if body is not None and path.endswith("/orders"):
            headers["Idempotency-Key"] = body["ref"]
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                async with (
                    aiohttp.ClientSession(self._url, timeout=_TIMEOUT, headers=headers) as session,
                    session.request(method, path, json=body) as reply,
                ):
                    answer: dict[str, Any] = await reply.json()
                    if reply.status < 400:
                        return answer
                    if reply.status < 500:
                        raise RuntimeError(f"{method} {path}: {answer}")
            await asyncio.sleep(_RETRY_S)


def _ms(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp() * 1000)
