"""The line between phone and server swallows everything without closing; nothing is lost or doubled."""

import asyncio
import contextlib
import time

import pytest

from tests.integration.wire_client import Socket
from tests.relevo_process import RelevoProcess


class Line:
    """A TCP proxy that can be made to swallow what it is given, as a network between two masts does."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task] = set()
        self.port = 0

    async def start(self) -> "Line":
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def cut(self) -> None:
        self._open.clear()

    def mend(self) -> None:
        self._open.set()

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()

    async def _pass_on(self, reader, writer) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._copy(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _copy(self, source, sink) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                if not self._open.is_set():
                    continue  # swallowed for good: the stream is broken from here on
                sink.write(data)
                await sink.drain()


@pytest.fixture
async def server(tmp_path):
    process = RelevoProcess(tmp_path / "data")
    await asyncio.to_thread(process.start, 90)
    yield process
    await asyncio.to_thread(process.stop)


def fixes(begin_ms: int, count: int) -> list[list[float]]:
    return [[begin_ms + n * 1_000, round(-99.17 + n * 4e-5, 7), 19.41, 6.0] for n in range(count)]


async def open_phone(port: int, token: str) -> tuple[Socket, int]:
    phone = await Socket.open(f"ws://127.0.0.1:{port}/ws/courier")
    await phone.send({"type": "hello", "token": token, "device": "phone"})
    return phone, (await phone.expect("welcome", 20))["seq"]


@pytest.mark.slow
@pytest.mark.redis
@pytest.mark.timeout(200)
async def test_frames_swallowed_by_the_network_are_sent_again_on_a_new_line_and_kept_once(server):
    place = ("--lon=-99.17", "--lat=19.41", "--tz=America/Mexico_City")
    server.admin("fleet", "add", "f", "--name=F", *place)
    owner = server.admin("token", "create", "--role=owner", "--fleet=f")["token"]
    courier = server.call("POST", "/api/v1/couriers", owner, {"name": "Ana"})[2]["id"]
    token = server.call("POST", f"/api/v1/couriers/{courier}/token", owner, {})[2]["token"]
    server.call("POST", f"/api/v1/couriers/{courier}/shift", owner, {"state": "on"})
    way = fixes(int(time.time() * 1000) - 60_000, 60)
    line = await Line(server.port).start()
    first, seq = await open_phone(line.port, token)
    assert seq == 0
    await first.send({"type": "pings", "seq": 1, "fixes": way[:20]})
    await first.expect("ack", 20)
    line.cut()
    for number in (2, 3):
        await first.send({"type": "pings", "seq": number, "fixes": way[20 * (number - 1) : 20 * number]})
    await asyncio.sleep(1)
    assert [frame["seq"] for frame in first.frames if frame["type"] == "ack"] == [1]

    # The phone gives up on the dead line; the server has not noticed yet.
    second, seq = await open_phone(server.port, token)
    assert seq == 1
    for number in (2, 3):
        await second.send({"type": "pings", "seq": number, "fixes": way[20 * (number - 1) : 20 * number]})
    await second.expect("ack", 20, lambda frame: frame["seq"] == 3)
    line.mend()  # whatever the old line still brings changes nothing
    await asyncio.sleep(2)
    await second.close()
    rows = server.call("GET", f"/api/v1/couriers/{courier}/track?format=csv", owner)[2].decode().splitlines()
    assert len(rows) == 61
    await line.stop()
