"""Enrolling phones, handing goods over, falling out, and the customer's view."""

from domain.ids import CourierId, FleetId
from domain.ports import CourierAction

FLEET = FleetId("alfa")


async def test_an_onboarding_link_signs_the_courier_in_and_stays_until_revoked(backend):
    owner, path = backend.token("owner"), "/api/v1/couriers/c_alfa/onboarding"
    status, link, _ = await backend.call("GET", path, owner)
    assert status == 200
    assert link["qr_svg"].startswith("<svg")
    secret = link["url"].partition("#token=")[2]
    _, me, _ = await backend.call("GET", "/api/v1/me", secret)
    assert (me["role"], me["courier_id"]) == ("courier", "c_alfa")
    assert (await backend.call("GET", path, owner))[1]["url"] == link["url"]
    await backend.call("DELETE", f"/api/v1/tokens/{link['token_id']}", owner)
    assert (await backend.call("GET", "/api/v1/me", secret))[0] == 401
    assert (await backend.call("GET", path, owner))[1]["url"] != link["url"]


async def test_an_onboarding_code_comes_as_a_picture(backend):
    path = "/api/v1/couriers/c_alfa/onboarding?format=svg"
    status, text, headers = await backend.call("GET", path, backend.token("owner"))
    assert (status, headers["Content-Type"].split(";")[0]) == (200, "image/svg+xml")
    assert "rlv_" not in text


async def picked_up(backend):
    """Let c_alfa carry an order; return its id."""
    owner = backend.token("owner")
    await backend.call("POST", "/api/v1/couriers/c_alfa/shift", owner, {"state": "on"})
    order = await backend.place()
    await backend.call("POST", f"/api/v1/orders/{order['id']}/assign", owner, {"courier_id": "c_alfa"})
    desk = await backend.system.fleets.desk(FLEET)
    result = await desk.act(
        CourierAction(
            id="a-1",
            fleet=FLEET,
            courier_id=CourierId("c_alfa"),
            stop_id=f"{order['id']}.pickup",
            action="picked_up",
            at_ms=backend.system.clock.now_ms(),
        )
    )
    assert result.ok, result
    return order


async def test_goods_on_board_go_to_another_courier(backend):
    owner = backend.token("owner")
    order = await picked_up(backend)
    _, other, _ = await backend.call("POST", "/api/v1/couriers", owner, {"name": "Beto"})
    await backend.call("POST", f"/api/v1/couriers/{other['id']}/shift", owner, {"state": "on"})
    body = {"courier_id": other["id"], "at": {"lon": -99.165, "lat": 19.414}}
    status, moved, _ = await backend.call("POST", f"/api/v1/orders/{order['id']}/handover", owner, body)
    assert (status, moved["courier_id"]) == (200, other["id"])
    assert (moved["pickup"]["lon"], moved["pickup"]["lat"]) == (-99.165, 19.414)


async def test_a_courier_who_falls_out_goes_off_shift_and_keeps_nothing(backend):
    order = await picked_up(backend)
    path = "/api/v1/couriers/c_alfa/out"
    status, courier, _ = await backend.call("POST", path, backend.token("courier"), {"reason": "flat tyre"})
    assert (status, courier["shift"]) == (200, "off")
    _, after, _ = await backend.call("GET", f"/api/v1/orders/{order['id']}", backend.token("owner"))
    assert after["courier_id"] is None


async def test_a_customer_sees_the_state_over_rest_and_no_courier_before_pickup(backend):
    order = await backend.place()
    link = order["tracking_url"].rsplit("/", 1)[1]
    status, state, _ = await backend.call("GET", "/api/v1/tracking", link)
    assert (status, state["courier"]) == (200, None)
    assert state["status"] in ("placed", "offered")
    assert state["dropoff"]["name"] == "Ana"
