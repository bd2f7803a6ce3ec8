"""The real application over memory stores, which the tests of REST talk to through aiohttp's client."""

import asyncio
import contextlib

from aiohttp.test_utils import TestClient, TestServer

from domain.courier import Courier
from domain.geo import LonLat
from domain.ids import CourierId, FleetId, TokenId, UserId
from domain.people import Fleet, Role, Token, User
from server import passwords, tokens
from server.app import build_app
from server.clock import SystemClock, wall_ms
from server.settings import Settings
from server.wiring import wire
from storage.memory.live import MemoryLive
from storage.memory.stores import MemoryStores

PASSWORD = "correct horse battery"
PASSWORD_HASH = passwords.hash_password(PASSWORD)
PICKUP = {"lon": -99.168, "lat": 19.412, "name": "Tacos El Faro"}
DROPOFF = {"lon": -99.162, "lat": 19.416, "name": "Ana"}


def order_body(**more):
    return {"pickup": dict(PICKUP), "dropoff": dict(DROPOFF), **more}


class Backend:
    """A running server with two fleets, ``alfa`` and ``beta``, and a token for every role of each."""

    def __init__(self, relevo, client, stores):
        self.relevo = relevo
        self.system = relevo.system
        self.client = client
        self.stores = stores

    def token(self, role: str, fleet: str = "alfa") -> str:
        return f"rlv_{fleet}_{role}"

    async def call(self, method, path, token=None, body=None, headers=None, data=None):
        """Make one call; return (status, parsed body, headers)."""
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if data is not None:
            headers.setdefault("Content-Type", "application/json")
        async with self.client.request(method, path, json=body, data=data, headers=headers) as response:
            kind = response.content_type
            parsed = await (response.json() if kind.endswith("json") else response.text())
            return response.status, parsed, response.headers

    async def place(self, token=None, **more):
        status, order, _ = await self.call(
            "POST", "/api/v1/orders", token or self.token("dispatcher"), order_body(**more)
        )
        assert status == 201, order
        return order


async def fill(stores, fleet: str) -> None:
    """Write one fleet with a courier, a person and a token for every role."""
    fleet_id = FleetId(fleet)
    await stores.people.put_fleet(
        Fleet(id=fleet_id, name=fleet.title(), center=LonLat(-99.17, 19.41), time_zone="America/Mexico_City")
    )
    courier_id = CourierId(f"c_{fleet}")
    await stores.people.put_courier(Courier(id=courier_id, fleet=fleet_id, name=f"Lupita {fleet}"))
    await stores.people.put_user(
        User(
            id=UserId(f"u_{fleet}"),
            fleet=fleet_id,
            login=f"ana@{fleet}",
            name="Ana",
            role=Role.OWNER,
            password_hash=PASSWORD_HASH,
        )
    )
    for role in Role:
        if role is Role.TRACKING:
            continue
        await stores.people.put_token(
            Token(
                id=TokenId(f"t_{fleet}_{role}"),
                fleet=fleet_id,
                role=role,
                secret_sha256=tokens.digest(f"rlv_{fleet}_{role}"),
                created_at_ms=wall_ms(),
                subject=f"s_{fleet}" if role in (Role.SHOP, Role.OWNER) else None,
                courier_id=courier_id if role is Role.COURIER else None,
            )
        )


@contextlib.asynccontextmanager
async def running(tmp_path, stores=None, **settings):
    """Run the wired server in this loop."""
    stores = stores or MemoryStores()
    for fleet in ("alfa", "beta"):
        await fill(stores, fleet)
    background = {}
    closers = []
    settings = {"webhook_private_addresses": True, **settings}
    chosen = Settings(data_dir=tmp_path, workers=0, **settings)
    relevo = wire(chosen, SystemClock(), stores, MemoryLive(), closers, background)
    app = build_app(relevo.system, relevo.sockets, static=tmp_path / "static")
    async with TestClient(TestServer(app)) as client:
        relevo.system.port = client.port
        tasks = [
            asyncio.create_task(run(), name=name) for name, run in background.items() if name != "webhooks"
        ]
        yield Backend(relevo, client, stores)
        assert relevo.system.bus.failure is None
        broken = [task for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in broken:
            task.result()
    for close in closers:
        await close()
