"""A made-up server with thousands of couriers, so that only the page is measured."""

import asyncio
import json
import math
import random
import threading
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from tests.e2e.waiting import HOME
from tests.relevo_process import ROOT, free_port

STATIC = ROOT / "server" / "static"
EVERY_S = 0.5
SPEED_MPS = 4.0


class LargeFleet:
    """Couriers that ride about and orders that wait; one frame for all of them every half second."""

    def __init__(self, couriers: int, orders: int) -> None:
        self._rng = random.Random(1)
        self._now_ms = int(time.time() * 1000)
        self._at = [self._place() for _ in range(couriers)]
        self._heading = [self._rng.uniform(0, 360) for _ in range(couriers)]
        self._orders = orders

    def snapshot(self) -> dict:
        """Return the first frame."""
        here = {"lon": HOME[0], "lat": HOME[1], "time_zone": "UTC"}
        return {
            "type": "snapshot",
            "epoch": "e",
            "offset": 1,
            "server_at_ms": self._now_ms,
            "time_scale": 1.0,
            "fleet": {"id": "large", "name": "Large fleet", **here},
            "couriers": [self._courier(i) for i in range(len(self._at))],
            "orders": [self._order(i) for i in range(self._orders)],
            "routes": [],
            "zones": [],
        }

    def delta(self) -> dict:
        """Let everybody ride on; return the frame that says so."""
        self._now_ms += int(EVERY_S * 1000)
        step = SPEED_MPS * EVERY_S / 111_000
        rows = []
        for i, at in enumerate(self._at):
            self._heading[i] = (self._heading[i] + self._rng.gauss(0, 10)) % 360
            at[0] += step * math.sin(math.radians(self._heading[i]))
            at[1] += step * math.cos(math.radians(self._heading[i]))
            rows.append([f"c{i}", *at, self._heading[i], SPEED_MPS, self._now_ms, "online"])
        return {"type": "delta", "offset": 1, "positions": rows, "events": []}

    def _courier(self, i: int) -> dict:
        lon, lat = self._at[i]
        who = {
            "id": f"c{i}",
            "name": f"Courier {i}",
            "vehicle": "bicycle",
            "shift": "on",
            "presence": "online",
        }
        where = {"lon": lon, "lat": lat, "heading_deg": self._heading[i], "speed_mps": SPEED_MPS}
        return {**who, **where, "fix_at_ms": self._now_ms, "battery_pct": 80}

    def _order(self, i: int) -> dict:
        eta = dict.fromkeys(("p10_at_ms", "p50_at_ms", "p90_at_ms"), self._now_ms)
        what = {"id": f"o{i}", "ref": f"R{i}", "status": "assigned", "courier_id": f"c{i}", "version": 1}
        plain = {"pinned": False, "late": False, "requires": [], "placed_at_ms": self._now_ms}
        empty = dict.fromkeys(("unassigned_reason", "group", "payment"))
        ends = {"pickup": self._end(), "dropoff": self._end(), "eta": {"pickup": eta, "dropoff": eta}}
        return {**what, **plain, **empty, **ends}

    def _end(self) -> dict:
        lon, lat = self._place()
        texts = dict.fromkeys(("address", "phone", "notes", "ready_at_ms"))
        window = dict.fromkeys(("earliest_at_ms", "latest_at_ms"))
        return {"lon": lon, "lat": lat, "name": "Fonda", "window": window, **texts}

    def _place(self) -> list[float]:
        return [HOME[0] + self._rng.gauss(0, 0.05), HOME[1] + self._rng.gauss(0, 0.04)]


class LargeFleetServer:
    """Serves a large fleet from a thread; the frames are made before they are needed."""

    def __init__(self, fleet: LargeFleet, frames: int) -> None:
        self.port = free_port()
        self.sending = threading.Event()
        self._snapshot = json.dumps(fleet.snapshot())
        self.frames = [json.dumps(fleet.delta()) for _ in range(frames)]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._up = threading.Event()

    def start(self) -> "LargeFleetServer":
        """Listen."""
        self._thread.start()
        assert self._up.wait(10)
        return self

    def stop(self) -> None:
        """Stop listening."""
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._up.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        app = web.Application()
        here = {"slug": "large", "name": "Large", "lon": HOME[0], "lat": HOME[1], "time_zone": "UTC"}
        me = {"role": "dispatcher", "fleet": here, "name": None, "courier_id": None, "time_scale": 1}
        app.router.add_get("/api/v1/me", _answering(me))
        app.router.add_get("/api/v1/basemap", _answering({"kind": "none"}))
        app.router.add_get("/readyz", _answering({"status": "ok", "checks": {}, "notes": {}}))
        app.router.add_get("/ws/live", self._live)
        app.router.add_get("/dispatch", _page)
        app.router.add_static("/", STATIC)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        await socket.send_str(self._snapshot)
        await asyncio.to_thread(self.sending.wait, 60)
        for frame in self.frames:
            await socket.send_str(frame)
            await asyncio.sleep(EVERY_S)
        await socket.receive()
        return socket


def _answering(value: object) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(value)

    return answer


async def _page(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "dispatch.html")
