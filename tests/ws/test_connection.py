"""Connections against a real aiohttp server and clients that misbehave."""

import asyncio
import contextlib

import pytest
from aiohttp import ClientSession, WSMsgType, web
from aiohttp.test_utils import TestServer

from domain.errors import Gone, Unauthenticated
from ws import close_codes
from ws import connection as connection_module
from ws.codec import FrameReader
from ws.connection import Connection, run_session
from ws.messages import Ack, Hello, Subscribe, ViewerFrame

READER: FrameReader = FrameReader(ViewerFrame)


@contextlib.asynccontextmanager
async def served(session_of):
    """A server whose every socket runs ``session_of(connection)``; yields a connect function."""

    async def handle(request: web.Request) -> web.StreamResponse:
        connection: Connection = Connection(READER, outbox_bytes=100_000)
        return await run_session(request, connection, lambda: session_of(connection))

    app = web.Application()
    app.router.add_get("/", handle)
    async with TestServer(app) as server, ClientSession() as client:
        yield lambda **options: client.ws_connect(server.make_url("/"), **options)


async def test_what_the_session_sends_arrives_before_the_close():
    async def session(connection):
        await connection.hello()
        for seq in range(1, 4):
            connection.send(Ack(seq=seq))

    async with served(session) as connect, connect() as ws:
        await ws.send_json({"type": "hello", "token": "t"})
        assert [(await ws.receive_json())["seq"] for _ in range(3)] == [1, 2, 3]
        assert (await ws.receive()).type is WSMsgType.CLOSE
        assert ws.close_code == 1000


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unauthenticated("unknown_token", "no"), close_codes.UNAUTHENTICATED),
        (Gone("tracking_over", "no"), close_codes.GONE),
        (ValueError("a bug"), close_codes.INTERNAL),
    ],
)
async def test_a_refused_session_is_told_why_and_closed(error, code):
    async def session(connection):
        await connection.hello()
        raise error

    async with served(session) as connect, connect() as ws:
        await ws.send_json({"type": "hello", "token": "t"})
        first = await ws.receive()
        if code != close_codes.INTERNAL:
            assert first.json()["code"] == error.code
            first = await ws.receive()
        assert (first.type, ws.close_code) == (WSMsgType.CLOSE, code)


async def test_who_says_nothing_is_closed(monkeypatch):
    monkeypatch.setattr(connection_module, "HELLO_TIMEOUT_S", 0.05)

    async def session(connection):
        await connection.hello()

    async with served(session) as connect, connect() as ws:
        await ws.receive()
        assert ws.close_code == close_codes.HELLO_TIMEOUT


async def test_the_first_frame_must_be_a_hello():
    async def session(connection):
        await connection.hello()
        connection.send(Ack(seq=1))

    async with served(session) as connect, connect() as ws:
        await ws.send_json({"type": "subscribe", "fleet": "f"})
        assert (await ws.receive_json())["code"] == "hello_expected"
        await ws.send_json({"type": "hello", "token": "t"})
        assert (await ws.receive_json())["type"] == "ack"


async def test_a_client_that_does_not_read_is_closed_and_holds_no_more_than_its_outbox():
    full = asyncio.Event()

    async def session(connection):
        await connection.hello()
        frame = b'{"type":"delta","pad":"' + b"x" * 20_000 + b'"}'
        for _ in range(10_000):
            connection.send_bytes(frame)
            assert connection._outbox.bytes_waiting <= 120_000
            if connection._outbox.full:
                full.set()
                break
            await asyncio.sleep(0)
        async for _ in connection.frames():
            pass

    async with served(session) as connect:
        ws = await connect()
        await ws.send_json({"type": "hello", "token": "t"})
        await asyncio.wait_for(full.wait(), 20)
        async with asyncio.timeout(20):
            while not ws.closed:
                await ws.receive()
        assert ws.close_code in (close_codes.SLOW, 1006)


async def test_a_client_that_never_reads_again_is_cut_off():
    ended = asyncio.Event()

    async def session(connection):
        await connection.hello()
        while not connection._outbox.full:
            connection.send_bytes(b"x" * 20_000)
            await asyncio.sleep(0)
        try:
            async for _ in connection.frames():
                pass
        finally:
            ended.set()

    async with served(session) as connect:
        ws = await connect()
        await ws.send_json({"type": "hello", "token": "t"})
        ws._response.connection.transport.pause_reading()
        await asyncio.wait_for(ended.wait(), 20)


async def test_malformed_frames_are_answered_and_the_eleventh_closes():
    async def session(connection):
        await connection.hello()
        async for frame in connection.frames():
            assert isinstance(frame, Subscribe | Hello)

    async with served(session) as connect, connect() as ws:
        await ws.send_json({"type": "hello", "token": "t"})
        for _ in range(11):
            await ws.send_str("{")
        errors = 0
        while (message := await ws.receive()).type is WSMsgType.TEXT:
            errors += message.json()["code"] == "malformed_frame"
        assert errors == 11
        assert ws.close_code == close_codes.MALFORMED


async def test_unknown_types_are_answered_and_never_close():
    async def session(connection):
        await connection.hello()
        async for _ in connection.frames():
            connection.send(Ack(seq=1))

    async with served(session) as connect, connect() as ws:
        await ws.send_json({"type": "hello", "token": "t"})
        for _ in range(30):
            await ws.send_str('{"type":"later"}')
            assert (await ws.receive_json())["code"] == "unknown_type"
        await ws.send_json({"type": "subscribe", "fleet": "f"})
        assert (await ws.receive_json())["type"] == "ack"
