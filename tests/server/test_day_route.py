"""A day in figures over REST: for owners and dispatchers, of their own fleet and its time zone."""

import pytest

from domain.geo import LonLat, moved
from domain.ids import CourierId, DeviceId
from domain.position import TrackPoint
from server.routes.day import _metres


async def test_today_is_told_when_no_day_is_named(backend):
    await backend.call("POST", "/api/v1/couriers/c_alfa/shift", backend.token("dispatcher"), {"state": "on"})
    order = await backend.place()
    assign = {"courier_id": "c_alfa", "pin": True}
    status, _, _ = await backend.call(
        "POST", f"/api/v1/orders/{order['id']}/assign", backend.token("dispatcher"), assign
    )
    assert status == 200
    status, told, _ = await backend.call("GET", "/api/v1/fleet/day", backend.token("owner"))
    assert status == 200
    assert told["fairness"] == "off"
    assert [one["name"] for one in told["couriers"]] == ["Lupita alfa"]
    assert told["couriers"][0]["distance_m"] is None
    assert told["from_at"] < told["to_at"]


async def test_a_past_day_without_anything_is_empty(backend):
    path = "/api/v1/fleet/day?date=2025-11-23"
    status, told, _ = await backend.call("GET", path, backend.token("dispatcher"))
    assert (status, told["date"], told["delivered"], told["couriers"]) == (200, "2025-11-23", 0, [])
    assert (told["from_at"], told["gini_busy"]) == ("2025-11-23T06:00:00.000Z", None)


@pytest.mark.parametrize("role", ["viewer", "courier", "shop", "integration"])
async def test_only_who_runs_the_co_op_may_see_how_work_was_shared(backend, role):
    status, problem, _ = await backend.call("GET", "/api/v1/fleet/day", backend.token(role))
    assert (status, problem["code"]) == (403, "role_not_allowed")


@pytest.mark.parametrize("date", ["yesterday", "2025-13-01"])
async def test_what_is_no_day_is_refused(backend, date):
    status, _, _ = await backend.call("GET", f"/api/v1/fleet/day?date={date}", backend.token("owner"))
    assert status == 422


def test_metres_count_on_shift_alone_and_not_while_a_phone_wavers():
    start = LonLat(-99.17, 19.41)
    way = [moved(start, 40.0 * n, 0.0) for n in range(11)] + [
        moved(start, 400.0 + n % 2 * 5.0, 0.0) for n in range(50)
    ]
    points = [
        TrackPoint(
            *(CourierId("c"), DeviceId("phone"), n + 1, 0, n * 5_000, n * 5_000),
            *(at.lon, at.lat, 6.0, None, None, None, True),
        )
        for n, at in enumerate(way)
    ]
    assert _metres(points, [(0, 10**9)]) == pytest.approx(400, abs=1)
    assert _metres(points, [(0, 25_000)]) == pytest.approx(200, abs=1)
    assert _metres(points, [(0, 10_000), (40_000, 10**9)]) == pytest.approx(160, abs=1)
