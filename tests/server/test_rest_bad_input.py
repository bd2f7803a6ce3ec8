"""What hostile or broken clients send: a clear refusal each, and nothing stored."""

import asyncio
import json

import pytest

from tests.server.harness import DROPOFF, PICKUP, order_body, running


def place(**more):
    return json.dumps(order_body(**more))


def with_pickup(**more):
    return json.dumps({"pickup": {**PICKUP, **more}, "dropoff": DROPOFF})


BAD_ORDERS = [
    ("truncated", place()[:-10], 400, "malformed_json"),
    ("empty", "", 400, "malformed_json"),
    ("not UTF-8", b'{"pickup": "\xff\xfe"}', 400, "malformed_json"),
    ("NaN", '{"pickup":{"lon":NaN,"lat":19},"dropoff":{"lon":1,"lat":1}}', 400, "malformed_json"),
    ("Infinity", '{"pickup":{"lon":Infinity,"lat":19},"dropoff":{"lon":1,"lat":1}}', 400, "malformed_json"),
    ("huge number", '{"pickup":{"lon":1e999,"lat":19},"dropoff":{"lon":1,"lat":1}}', 422, "invalid_body"),
    ("deep nesting", '{"x":' * 50_000, 400, "malformed_json"),
    ("an array", "[]", 422, "invalid_body"),
    ("no dropoff", json.dumps({"pickup": PICKUP}), 422, "invalid_body"),
    ("text for a number", with_pickup(lon="west"), 422, "invalid_body"),
    ("true for a number", with_pickup(lon=True), 422, "invalid_body"),
    ("latitude 91", with_pickup(lat=91), 422, "invalid_body"),
    ("longitude -181", with_pickup(lon=-181), 422, "invalid_body"),
    ("service of a week", with_pickup(service_s=604_800), 422, "invalid_body"),
    ("year 2100", with_pickup(ready_at="2100-01-01T00:00:00Z"), 422, "time_out_of_range"),
    ("year 1", with_pickup(ready_at="0001-01-01T00:00:00+14:00"), 422, "time_out_of_range"),
    ("time without zone", with_pickup(ready_at="2030-01-01T00:00:00"), 422, "invalid_body"),
    ("no time at all", with_pickup(ready_at="soon"), 422, "invalid_body"),
    (
        "window turned round",
        with_pickup(window={"earliest_at": "2030-01-02T00:00:00Z", "latest_at": "2030-01-01T00:00:00Z"}),
        422,
        "window_ends_before_it_begins",
    ),
    ("weight below zero", place(size={"weight_g": -1}), 422, "invalid_body"),
    ("unknown payment", place(payment={"method": "barter"}), 422, "invalid_body"),
    ("long ref", place(ref="x" * 101), 422, "invalid_body"),
    ("many requirements", place(requires=[str(i) for i in range(21)]), 422, "invalid_body"),
]


@pytest.mark.parametrize(
    ("body", "status", "code"), [row[1:] for row in BAD_ORDERS], ids=[r[0] for r in BAD_ORDERS]
)
async def test_a_bad_order_is_refused_by_a_problem_with_a_stable_code(backend, body, status, code):
    got, problem, headers = await backend.call("POST", "/api/v1/orders", backend.token("owner"), data=body)
    assert (got, problem["code"], problem["status"]) == (status, code, status)
    assert headers["Content-Type"].startswith("application/problem+json")
    assert problem["detail"]
    assert problem["request_id"] == headers["X-Request-Id"]
    _, page, _ = await backend.call("GET", "/api/v1/orders", backend.token("owner"))
    assert page["orders"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/couriers/near?lon=abc&lat=19",
        "/api/v1/couriers/near?lon=nan&lat=19",
        "/api/v1/couriers/near?lon=inf&lat=19",
        "/api/v1/couriers/near?lat=19",
        "/api/v1/couriers/near?lon=0&lat=91",
        "/api/v1/couriers/near?lon=0&lat=0&radius_m=0",
        "/api/v1/couriers/near?lon=0&lat=0&limit=1000000",
        "/api/v1/orders?status=lost",
        "/api/v1/orders?limit=0",
        "/api/v1/orders?since=yesterday",
        "/api/v1/orders?cursor=%00%ff",
        "/api/v1/couriers/c_alfa/track?format=dbf",
        "/api/v1/couriers/c_alfa/track?from=2030-01-02T00:00:00Z&to=2030-01-01T00:00:00Z",
        "/api/v1/couriers/c_alfa/track?from=2020-01-02T00:00:00Z&to=2030-01-01T00:00:00Z",
    ],
)
async def test_a_bad_query_is_refused(backend, path):
    status, problem, _ = await backend.call("GET", path, backend.token("owner"))
    assert status in (400, 422), problem
    assert problem["code"]


BAD_ZONES = [
    {"type": "Point", "coordinates": [-99.1, 19.4]},
    {"type": "Point", "coordinates": [19.4, -99.1]},
    {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1]]]},
    {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [1, 0]]]},
    {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0], [1, 1], [0, 0]]]},
    {"type": "Polygon", "coordinates": [[[0, 0], [0, 91], [1, 91], [0, 0]]]},
    {"type": "Polygon", "coordinates": []},
    {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
    {"coordinates": [0, 0]},
]


@pytest.mark.parametrize("geometry", BAD_ZONES)
async def test_a_shape_that_is_none_is_refused(backend, geometry):
    body = {"name": "Z", "geometry": geometry}
    status, problem, _ = await backend.call("POST", "/api/v1/zones", backend.token("owner"), body)
    assert status == 422, problem
    assert problem["code"] in ("invalid_zone", "invalid_body")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/orders/o_none"),
        ("PATCH", "/api/v1/orders/o_none"),
        ("POST", "/api/v1/orders/o_none/cancel"),
        ("POST", "/api/v1/orders/o_none/unassign"),
        ("GET", "/api/v1/orders/o_none/events"),
        ("GET", "/api/v1/orders/o_none/explanation"),
        ("GET", "/api/v1/orders/%00"),
        ("GET", "/api/v1/couriers/c_none"),
        ("GET", "/api/v1/couriers/c_none/track"),
        ("POST", "/api/v1/couriers/c_none/token"),
        ("GET", "/api/v1/zones/z_none"),
        ("DELETE", "/api/v1/zones/z_none"),
        ("DELETE", "/api/v1/tokens/t_none"),
        ("GET", "/api/v1/nothing"),
    ],
)
async def test_what_is_not_there_is_not_found(backend, method, path):
    body = {} if method in ("PATCH", "POST") else None
    status, problem, _ = await backend.call(method, path, backend.token("owner"), body)
    assert status == 404, problem
    assert problem["code"]


async def test_another_method_is_told_which_ones_there_are(backend):
    status, problem, headers = await backend.call("DELETE", "/api/v1/orders", backend.token("owner"))
    assert (status, problem["code"]) == (405, "method_not_allowed")
    assert "POST" in headers["Allow"]


@pytest.mark.parametrize("etag", ["three", '"-1"', '"9999999999999999999"'])
async def test_an_etag_that_is_none_of_ours_is_refused(backend, etag):
    order = await backend.place()
    status, problem, _ = await backend.call(
        "PATCH", f"/api/v1/orders/{order['id']}", backend.token("owner"), {"ref": "x"}, {"If-Match": etag}
    )
    assert (status, problem["code"]) == (422, "invalid_if_match")


async def test_a_body_over_the_limit_is_refused_before_it_is_read(tmp_path):
    async with running(tmp_path, max_body_kib=16) as backend:
        status, problem, _ = await backend.call(
            "POST", "/api/v1/orders", backend.token("owner"), data="x" * 17_000
        )
        assert (status, problem["code"]) == (413, "body_too_large")


async def test_over_the_rate_limit_the_answer_says_when_to_try_again(tmp_path):
    async with running(tmp_path, rate_per_token=0.2) as backend:
        answers = [await backend.call("GET", "/api/v1/me", backend.token("viewer")) for _ in range(3)]
        status, problem, headers = answers[-1]
        assert (answers[0][0], status, problem["code"]) == (200, 429, "rate_limited")
        assert int(headers["Retry-After"]) >= 1
        assert (await backend.call("GET", "/api/v1/me", backend.token("owner")))[0] == 200


async def test_a_client_that_hangs_up_in_mid_body_costs_nothing(backend):
    _, writer = await asyncio.open_connection("127.0.0.1", backend.client.port)
    head = f"POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {backend.token('owner')}\r\n"
    writer.write(f"{head}Content-Length: 1000\r\n\r\n{{".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await backend.call("GET", "/api/v1/orders", backend.token("owner")))[1]["orders"] == []


@pytest.mark.parametrize(
    "first_bytes", [b"\x00\x01\x02\x03\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\xff" * 100 + b"\r\n\r\n"]
)
async def test_bytes_that_are_no_http_get_a_400_and_the_connection_ends(backend, first_bytes):
    reader, writer = await asyncio.open_connection("127.0.0.1", backend.client.port)
    writer.write(first_bytes)
    await writer.drain()
    answer = await reader.read(4096)
    assert answer.split()[1] == b"400"
    writer.close()
    assert (await backend.call("GET", "/livez"))[0] == 200
