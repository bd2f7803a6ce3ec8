"""The whole path against a real server, with a client that knows the published wire alone."""

import asyncio
import json
import time

import pytest

from tests.integration.wire_client import Phone, Socket, way

PICKUP = (-99.1680, 19.4120)
DROPOFF = (-99.1620, 19.4160)
START = (-99.1700, 19.4100)


def now_ms() -> int:
    return int(time.time() * 1000)


def of_type(delta: dict, kind: str) -> list[dict]:
    return [event for event in delta["events"] if event["type"] == kind]


class ServerClock:
    """The server's clock as its clients see it; here it runs faster than the wall."""

    def __init__(self, now_ms: int, scale: float) -> None:
        self._begin_ms, self._scale, self._wall_s = now_ms, scale, time.monotonic()

    @classmethod
    async def read(cls, server) -> "ServerClock":
        _, _, body = await asyncio.to_thread(server.call, "GET", "/api/v1/clock")
        return cls(body["now_ms"], body["scale"])

    def now_ms(self) -> int:
        return self._begin_ms + int((time.monotonic() - self._wall_s) * 1000 * self._scale)

    async def until(self, at_ms: int) -> None:
        await asyncio.sleep(max(0.0, (at_ms - self.now_ms()) / 1000 / self._scale))


async def drive(phone, clock, seq: int, start, end) -> int:
    """Ride at 5 m/s and stand at the end for 40 s, as time passes; return the last frame number."""
    fixes = list(way(start, end, from_ms=clock.now_ms(), speed_mps=5.0, step_s=2.0))
    fixes += [[fixes[-1][0] + i * 2000, *end, 6.0, 0.0] for i in range(1, 21)]
    for i in range(0, len(fixes), 5):
        await clock.until(fixes[i : i + 5][-1][0])
        seq += 1
        await phone.ping(seq, fixes[i : i + 5])
    await phone.acked(seq)
    return seq


def order_body(**more):
    return {
        "pickup": {"lon": PICKUP[0], "lat": PICKUP[1], "name": "Tacos El Faro", "service_s": 30},
        "dropoff": {"lon": DROPOFF[0], "lat": DROPOFF[1], "name": "Ana", "address": "Calle Uno 5"},
        **more,
    }


async def track_points(server, coop, courier_id) -> list:
    """The archived track; archiving runs behind the acknowledgement."""
    path = f"/api/v1/couriers/{courier_id}/track?format=geojson"
    status, _, body = await asyncio.to_thread(server.call, "GET", path, coop.owner)
    assert status == 200, body
    return body


def count_points(track) -> int:
    return sum(
        len(feature["geometry"]["coordinates"])
        for feature in track["features"]
        if feature["geometry"]["type"] == "LineString"
    ) or len(track["features"])


@pytest.mark.parametrize("binary", [False, True], ids=["json", "msgpack"])
async def test_a_thousand_pings_through_a_broken_line_arrive_once_each(server, coop, binary):
    courier_id, token = coop.courier(f"Rosa {binary}")
    phone = await Phone.open(server.ws_url + "/ws/courier", binary=binary)
    welcome = await phone.hello(token, "pixel")
    assert (welcome["courier_id"], welcome["seq"]) == (courier_id, 0)
    await phone.shift("on")
    begin = now_ms() - 1_000_000
    frames = [
        [[begin + (f * 10 + i) * 1000, START[0] + (f * 10 + i) * 2e-5, START[1], 5.0, 2.0] for i in range(10)]
        for f in range(100)
    ]
    for seq in range(1, 61):
        await phone.ping(seq, frames[seq - 1])
    await phone.acked(20)
    phone.abort()

    phone = await Phone.open(server.ws_url + "/ws/courier", binary=binary)
    durable = (await phone.hello(token, "pixel"))["seq"]
    assert 20 <= durable <= 60
    for seq in range(max(1, durable - 5), 101):
        await phone.ping(seq, frames[seq - 1])
    await phone.acked(100)
    assert not [f for f in phone.frames if f["type"] == "error"]
    # Fixes minutes old are not shown live, and the phone is told so; the track has them all the same.
    assert {reason for f in phone.frames if f["type"] == "rejected" for reason in f["counts"]} <= {"too_old"}
    await phone.close()
    for _ in range(50):
        count = count_points(await track_points(server, coop, courier_id))
        if count >= 1000:
            break
        await asyncio.sleep(0.2)
    assert count == 1000


async def test_an_order_goes_from_the_shop_to_the_customers_door(fast_coop):
    coop, server = fast_coop, fast_coop.server
    clock = await ServerClock.read(server)
    courier_id, token = coop.courier("Lupita Pérez")
    phone = await Phone.open(server.ws_url + "/ws/courier")
    await phone.hello(token, "pixel")
    await phone.shift("on")
    await phone.ping(1, [[clock.now_ms(), *START, 6.0, 0.0, None, 90]])
    await phone.acked(1)
    live = await Socket.open(server.ws_url + "/ws/live")
    await live.send({"type": "hello", "token": coop.dispatcher})
    await live.send({"type": "subscribe", "fleet": coop.slug, "bbox": None})
    snapshot = await live.expect("snapshot")
    assert courier_id in [c["id"] for c in snapshot["couriers"]]

    body = order_body(ref="A-1")
    status, _, order = await asyncio.to_thread(
        server.call, "POST", "/api/v1/orders", coop.shop, body, Idempotency_Key="k-1"
    )
    assert status == 201, order
    again = await asyncio.to_thread(
        server.call, "POST", "/api/v1/orders", coop.shop, body, Idempotency_Key="k-1"
    )
    assert again[2]["id"] == order["id"]
    other = await asyncio.to_thread(
        server.call, "POST", "/api/v1/orders", coop.shop, order_body(ref="B"), Idempotency_Key="k-1"
    )
    assert (other[0], other[2]["code"]) == (409, "idempotency_key_reused")

    customer = await Socket.open(server.ws_url + "/ws/track")
    await customer.send({"type": "hello", "token": order["tracking_url"].rsplit("/", 1)[1]})
    assert (await customer.expect("state"))["courier"] is None

    offer = await phone.expect("offer", 20)
    assert [s["kind"] for s in offer["stops"]] == ["pickup", "dropoff"]
    assert {s["order_id"] for s in offer["stops"]} == {order["id"]}
    await phone.send({"type": "offer_reply", "offer_id": offer["offer_id"], "accept": True})
    route = await phone.expect("route", where=lambda f: len(f["stops"]) == 2)
    assert [(s["kind"], s["order_id"]) for s in route["stops"]] == [
        ("pickup", order["id"]),
        ("dropoff", order["id"]),
    ]

    seq = await drive(phone, clock, 1, START, PICKUP)
    arrived = await live.expect("delta", where=lambda f: of_type(f, "fence"))
    fence = of_type(arrived, "fence")[0]
    assert (fence["kind"], fence["stop_id"]) == ("entered", route["stops"][0]["stop_id"])
    await live.expect("delta", where=lambda f: any(e.get("status") == "at_pickup" for e in f["events"]))
    assert (await phone.act(route["stops"][0]["stop_id"], "picked_up", clock.now_ms()))["result"] == "ok"
    assert (await customer.expect("state", where=lambda f: f["courier"]))["courier"]["name"] == "Lupita"

    await drive(phone, clock, seq, PICKUP, DROPOFF)
    await live.expect("delta", where=lambda f: any(e.get("status") == "at_dropoff" for e in f["events"]))
    assert (await phone.act(route["stops"][1]["stop_id"], "delivered", clock.now_ms()))["result"] == "ok"
    await live.expect("delta", where=lambda f: any(e.get("status") == "delivered" for e in f["events"]))
    done = await customer.expect("state", where=lambda f: f["status"] == "delivered")
    assert done["courier"] is None

    status, _, after = await asyncio.to_thread(server.call, "GET", f"/api/v1/orders/{order['id']}", coop.shop)
    assert (status, after["status"], after["courier_id"]) == (200, "delivered", courier_id)
    status, _, events = await asyncio.to_thread(
        server.call, "GET", f"/api/v1/orders/{order['id']}/events", coop.owner
    )
    assert status == 200
    assert "delivered" in json.dumps(events)
    for socket in (phone, live, customer):
        await socket.close()


BAD_FRAMES = [
    ('{"type":"pings","seq":1,"fixes":[[', "malformed_frame"),
    ('{"type":"pings","seq":"one","fixes":[[1,2,3]]}', "malformed_frame"),
    ('{"type":"pings","seq":1,"fixes":"no"}', "malformed_frame"),
    ('{"type":"pings","seq":1,"fixes":[[1,NaN,3]]}', "malformed_frame"),
    ('{"type":"telepathy"}', "unknown_type"),
    ('{"type":"action","id":"a","stop_id":"o_none.pickup","action":"juggle","at_ms":1}', "malformed_frame"),
    ('{"type":"offer_reply","offer_id":"f_none","accept":true}', None),
    ('{"type":"pings","seq":1,"pad":"' + "x" * 100_000 + '"}', "frame_too_large"),
]


async def test_bad_frames_get_a_clear_error_and_the_next_good_one_counts(server, coop):
    _, token = coop.courier("Beto")
    phone = await Phone.open(server.ws_url + "/ws/courier")
    await phone.hello(token, "pixel")
    await phone.shift("on")
    for text, code in BAD_FRAMES:
        seen = len(phone.frames)
        await phone.send_raw(text)
        error = await phone.expect("error", since=seen)
        assert error["message"]
        assert code is None or error["code"] == code
    unreal = [
        [now_ms(), -99.17, 91.0],
        [4_102_444_800_000, -99.17, 19.41],
        [now_ms(), -99.17, 19.41, 5.0],
    ]
    await phone.ping(1, unreal)
    await phone.acked(1)
    counts = (await phone.expect("rejected"))["counts"]
    assert sum(counts.values()) >= 2
    assert (await phone.act("o_none.pickup", "arrived", now_ms()))["result"] == "refused"
    await phone.close()


async def test_more_than_ten_malformed_frames_in_a_minute_close_only_this_connection(server, coop):
    _, token = coop.courier("Chucho")
    _, other_token = coop.courier("Dora")
    other = await Phone.open(server.ws_url + "/ws/courier")
    await other.hello(other_token, "pixel")
    phone = await Phone.open(server.ws_url + "/ws/courier")
    await phone.hello(token, "pixel")
    for _ in range(12):
        await phone.send_raw("{")
    code, _ = await phone.wait_closed()
    assert 4500 <= code <= 4999
    await other.shift("on")
    await other.close()


@pytest.mark.parametrize("path", ["/ws/courier", "/ws/live", "/ws/track"])
async def test_a_wrong_token_is_told_and_closed(server, coop, path):
    socket = await Socket.open(server.ws_url + path)
    await socket.send({"type": "hello", "token": "rlv_wrong"})
    assert (await socket.expect("error"))["code"]
    assert 4500 <= (await socket.wait_closed())[0] <= 4999


async def test_one_fleet_sees_nothing_of_another(server, coop, other_coop):
    _, _, order = await asyncio.to_thread(server.call, "POST", "/api/v1/orders", coop.shop, order_body())
    for method, path in [
        ("GET", f"/api/v1/orders/{order['id']}"),
        ("POST", f"/api/v1/orders/{order['id']}/cancel"),
        ("GET", f"/api/v1/orders/{order['id']}/events"),
    ]:
        status, _, problem = await asyncio.to_thread(server.call, method, path, other_coop.owner)
        assert status == 404, (path, problem)
        assert problem["code"]
    live = await Socket.open(server.ws_url + "/ws/live")
    await live.send({"type": "hello", "token": other_coop.dispatcher})
    await live.send({"type": "subscribe", "fleet": coop.slug, "bbox": None})
    await live.expect("error")
    await live.close()


async def test_a_viewer_who_comes_back_gets_what_was_missed(server, coop):
    live = await Socket.open(server.ws_url + "/ws/live", binary=True)
    await live.send({"type": "hello", "token": coop.dispatcher})
    await live.send({"type": "subscribe", "fleet": coop.slug, "bbox": None})
    snapshot = await live.expect("snapshot")
    live.abort()
    _, _, order = await asyncio.to_thread(server.call, "POST", "/api/v1/orders", coop.shop, order_body())
    live = await Socket.open(server.ws_url + "/ws/live", binary=True)
    resume = {"epoch": snapshot["epoch"], "offset": snapshot["offset"]}
    await live.send({"type": "hello", "token": coop.dispatcher, "resume": resume})
    await live.send({"type": "subscribe", "fleet": coop.slug, "bbox": None})
    missed = await live.expect("delta")
    assert order["id"] in [e.get("order_id") for e in missed["events"]]
    assert not [f for f in live.frames if f["type"] == "snapshot"]
    await live.close()


async def test_an_order_survives_a_kill_of_the_server(server, coop):
    _, _, order = await asyncio.to_thread(server.call, "POST", "/api/v1/orders", coop.shop, order_body())
    server.kill()
    server.start()
    status, _, after = await asyncio.to_thread(server.call, "GET", f"/api/v1/orders/{order['id']}", coop.shop)
    assert (status, after["id"]) == (200, order["id"])
