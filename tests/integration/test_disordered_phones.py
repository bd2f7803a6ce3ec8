"""A phone sends 500 fixes out of order, twice, three of them impossible, by each way into a real server."""

import asyncio
import base64
import http.client
import itertools
import json
import math
import random
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from tests.integration.wire_client import Socket
from tests.relevo_process import RelevoProcess

SCALE = 60
PICKUP, DROPOFF = (-99.1680, 19.4120), (-99.1620, 19.4160)
FIXES, WILD, STEP_MS = 497, 3, 2_600


def ride(begin_ms: int) -> list[list[float]]:
    """To the shop, a stand of three minutes, to the door, a stand; and three fixes from elsewhere."""
    corners = [(0, -99.1740, 19.4120), (200, *PICKUP), (400, *PICKUP), (700, *DROPOFF), (1_300, *DROPOFF)]
    fixes = []
    for n in range(FIXES):
        at_s = n * STEP_MS / 1000
        (ta, xa, ya), (tb, xb, yb) = next(pair for pair in itertools.pairwise(corners) if at_s <= pair[1][0])
        share = (at_s - ta) / (tb - ta)
        place = (round(xa + share * (xb - xa), 7), round(ya + share * (yb - ya), 7))
        fixes.append([begin_ms + n * STEP_MS // 1000 * 1000, *place, 6.0])
    wild = [
        [begin_ms + s * 1_000 + 500_000 // 1000 * 1000, -99.17 + 0.5 + s / 1e4, 19.41, 6.0]
        for s in (7, 333, 601)
    ]
    return fixes + wild


def disorder(fixes: list[list[float]]) -> list[list[float]]:
    rng = random.Random(4)
    first, second = list(fixes), list(fixes)
    rng.shuffle(first)
    rng.shuffle(second)
    return first + second


async def over_websocket(server, token: str, fixes) -> None:
    phone = await Socket.open(server.ws_url + "/ws/courier")
    await phone.send({"type": "hello", "token": token, "device": "phone"})
    await phone.expect("welcome")
    for seq, at in enumerate(range(0, len(fixes), 50), start=1):
        await phone.send({"type": "pings", "seq": seq, "fixes": fixes[at : at + 50]})
    await phone.expect("ack", 60, lambda frame: frame["seq"] == len(fixes) // 50)
    await phone.close()


def post_each(server, path: str, bodies: list[bytes], headers: dict[str, str]) -> None:
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for body in bodies:
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        answer.read()
        assert answer.status == 200
    line.close()


async def over_osmand(server, token: str, fixes) -> None:
    bodies = [
        urlencode(
            {"id": "x", "timestamp": at_ms // 1000, "lat": lat, "lon": lon, "accuracy": accuracy}
        ).encode()
        for at_ms, lon, lat, accuracy in fixes
    ]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    await asyncio.to_thread(post_each, server, f"/in/o/{token}", bodies, headers)


async def over_owntracks(server, token: str, fixes) -> None:
    bodies = [
        json.dumps(
            {"_type": "location", "tid": "mi", "tst": at_ms // 1000, "lat": lat, "lon": lon, "acc": accuracy}
        ).encode()
        for at_ms, lon, lat, accuracy in fixes
    ]
    secret = base64.b64encode(f"mia:{token}".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {secret}"}
    await asyncio.to_thread(post_each, server, "/in/ot", bodies, headers)


async def over_traccar_json(server, token: str, fixes) -> None:
    bodies = [
        json.dumps(
            {
                "location": {
                    "timestamp": datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                    "coords": {
                        "latitude": lat,
                        "longitude": lon,
                        "accuracy": accuracy,
                        "speed": -1,
                        "heading": -1,
                        "altitude": 0,
                    },
                    "battery": {"level": -1, "is_charging": False},
                },
                "device_id": "x",
            }
        ).encode()
        for at_ms, lon, lat, accuracy in fixes
    ]
    headers = {"Content-Type": "application/json"}
    await asyncio.to_thread(post_each, server, f"/in/o/{token}", bodies, headers)


async def over_gpslogger(server, token: str, fixes) -> None:
    bodies = [
        urlencode({"timestamp": at_ms // 1000, "lat": lat, "lon": lon, "acc": accuracy, "aid": "x"}).encode()
        for at_ms, lon, lat, accuracy in fixes
    ]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    await asyncio.to_thread(post_each, server, f"/in/g/{token}", bodies, headers)


async def over_coopcycle(server, token: str, fixes) -> None:
    rows = [{"latitude": lat, "longitude": lon, "time": at_ms} for at_ms, lon, lat, _ in fixes]
    bodies = [json.dumps(rows[at : at + 40]).encode() for at in range(0, len(rows), 40)]
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    await asyncio.to_thread(post_each, server, "/in/cc", bodies, headers)


WAYS = {
    "websocket": over_websocket,
    "osmand": over_osmand,
    "traccar json": over_traccar_json,
    "owntracks": over_owntracks,
    "gpslogger": over_gpslogger,
    "coopcycle": over_coopcycle,
}


@pytest.mark.slow
@pytest.mark.redis
@pytest.mark.timeout(300)
async def test_500_disordered_fixes_sent_twice_give_the_whole_track_once_and_events_in_order(tmp_path):
    server = RelevoProcess(tmp_path / "data", "--time-scale", str(SCALE))
    await asyncio.to_thread(server.start, 90)
    try:
        await _check(server)
    finally:
        server.stop()


async def _check(server: RelevoProcess) -> None:
    server.admin("fleet", "add", "f", "--name=F", "--lon=-99.17", "--lat=19.41", "--tz=America/Mexico_City")
    owner = server.admin("token", "create", "--role=owner", "--fleet=f")["token"]
    viewer = await Socket.open(server.ws_url + "/ws/live")
    await viewer.send({"type": "hello", "token": owner})
    await viewer.send({"type": "subscribe", "fleet": "f", "bbox": None})
    await viewer.expect("snapshot", 30)
    couriers, tokens = {}, {}
    for name in WAYS:
        courier = server.call("POST", "/api/v1/couriers", owner, {"name": name})[2]["id"]
        tokens[name] = server.call("POST", f"/api/v1/couriers/{courier}/token", owner, {})[2]["token"]
        server.call("POST", f"/api/v1/couriers/{courier}/shift", owner, {"state": "on"})
        body = {
            "pickup": {"lon": PICKUP[0], "lat": PICKUP[1]},
            "dropoff": {"lon": DROPOFF[0], "lat": DROPOFF[1]},
        }
        order = server.call("POST", "/api/v1/orders", owner, body, Idempotency_Key=name)[2]["id"]
        assigned = server.call(
            "POST", f"/api/v1/orders/{order}/assign", owner, {"courier_id": courier, "pin": True}
        )
        assert assigned[0] == 200, assigned
        couriers[name] = courier
    begin_ms = math.ceil(server.call("GET", "/api/v1/clock")[2]["now_ms"] / 1000) * 1000
    await asyncio.sleep(1_310 / SCALE)
    fixes = ride(begin_ms)
    await asyncio.gather(*(way(server, tokens[name], disorder(fixes)) for name, way in WAYS.items()))
    await asyncio.sleep(6)
    heard = [
        event for frame in viewer.frames for event in frame.get("events", ()) if event["type"] == "fence"
    ]
    for name, courier in couriers.items():
        events = [event for event in heard if event["courier_id"] == courier]
        kinds = [(event["stop_id"].split(".")[1], event["kind"]) for event in events]
        assert kinds == [("pickup", "entered"), ("pickup", "exited"), ("dropoff", "entered")], (name, events)
        assert [event["at_ms"] for event in events] == sorted(event["at_ms"] for event in events)
        span = f"from={_rfc(begin_ms)}&to={_rfc(begin_ms + 1_400_000)}"
        path = f"/api/v1/couriers/{courier}/track?{span}&format=csv"
        for _ in range(60):  # the archive follows within seconds
            rows = server.call("GET", path, owner)[2].decode().strip().splitlines()[1:]
            if len(rows) >= FIXES:
                break
            await asyncio.sleep(0.5)
        kept = sorted(_place(row) for row in rows)
        assert kept == sorted((at_ms, lon, lat) for at_ms, lon, lat, _ in fixes[:FIXES]), (name, len(kept))
        why = server.call("GET", f"/api/v1/couriers/{courier}/diagnosis", owner)[2]
        assert why["refused"]["impossible_speed"] == WILD, (name, why)
    await viewer.close()


def _rfc(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000).astimezone().isoformat().replace("+", "%2B")


def _place(row: str) -> tuple[int, float, float]:
    at, lon, lat = row.split(",")[:3]
    return round(datetime.fromisoformat(at).timestamp() * 1000), float(lon), float(lat)
