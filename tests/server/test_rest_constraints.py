"""What a co-op's people say about orders, zones and vehicles reaches the plan over REST."""

from tests.server.harness import order_body

HERE = {"type": "Point", "coordinates": [-99.165, 19.414]}


async def draw(backend, kind, **fields):
    body = {"name": "Bodega", "kind": kind, "geometry": HERE, "radius_m": 50, **fields}
    status, zone, _ = await backend.call("POST", "/api/v1/zones", backend.token("owner"), body)
    assert status == 201, zone
    return zone


async def test_a_no_go_zone_keeps_out_whom_it_names_and_counts_at_once(backend):
    owner, order = backend.token("owner"), await backend.place()
    drop = order["dropoff"]
    geometry = {"type": "Point", "coordinates": [drop["lon"], drop["lat"]]}
    zone = await draw(backend, "no_go", geometry=geometry, vehicles=["car"])
    assert zone["vehicles"] == ["car"]
    path = f"/api/v1/zones/{zone['id']}"
    body = {"name": "Río", "kind": "no_go", "geometry": geometry, "radius_m": 50, "vehicles": []}
    assert (await backend.call("PUT", path, owner, body))[1]["vehicles"] == []
    _, other, _ = await backend.call("POST", "/api/v1/orders", owner, order_body())
    path = f"/api/v1/orders/{other['id']}"
    _, doc, _ = await backend.call("GET", f"{path}/explanation", owner, None, {"Accept-Language": "es-MX"})
    assert doc["reason"] == "no_go_zone"
    assert "zona «Río»" in doc["text"]
    _, seen, _ = await backend.call("GET", path, owner)
    assert seen["unassigned_reason"] == "no_go_zone"


async def test_a_shop_says_that_goods_are_ready_once(backend):
    body = order_body(on_board_max_s=1800)
    body["pickup"]["ready_at"] = "2030-05-01T18:00:00Z"
    shop = backend.token("shop")
    _, order, _ = await backend.call("POST", "/api/v1/orders", shop, body)
    assert (order["on_board_max_s"], order["ready_told_at"]) == (1800, None)
    path = f"/api/v1/orders/{order['id']}"
    status, told, _ = await backend.call("POST", f"{path}/ready", shop)
    assert status == 200
    assert told["ready_told_at"] is not None
    _, again, _ = await backend.call("POST", f"{path}/ready", shop)
    assert again["version"] == told["version"]
    _, changed, _ = await backend.call("PATCH", path, shop, {"on_board_max_s": None})
    assert changed["on_board_max_s"] is None
    _, other, _ = await backend.call("POST", "/api/v1/orders", shop, order_body())
    await backend.call("POST", f"/api/v1/orders/{other['id']}/cancel", shop)
    status, refused, _ = await backend.call("POST", f"/api/v1/orders/{other['id']}/ready", shop)
    assert (status, refused["code"]) == (409, "wrong_state")


async def test_a_person_keeps_an_order_from_a_courier_and_a_shop_may_not(backend):
    owner, order = backend.token("owner"), await backend.place()
    path = f"/api/v1/orders/{order['id']}/exclude"
    status, kept, _ = await backend.call("POST", path, owner, {"courier_id": "c_alfa"})
    assert (status, kept["excluded"]) == (200, ["c_alfa"])
    status, back, _ = await backend.call("POST", path, owner, {"courier_id": "c_alfa", "excluded": False})
    assert (status, back["excluded"]) == (200, [])
    assert (await backend.call("POST", path, backend.token("shop"), {"courier_id": "c_alfa"}))[0] == 403
    assert (await backend.call("POST", path, owner, {"courier_id": "c_none"}))[0] == 404


async def test_a_courier_shows_todays_work_and_a_trailer(backend):
    owner, path = backend.token("owner"), "/api/v1/couriers/c_alfa"
    _, before, _ = await backend.call("GET", path, owner)
    assert set(before["work"]) == {"since", "busy_min", "on_shift_min", "distance_m", "above_mean_min"}
    trailer = {"weight_g": 60_000, "volume_l": 200.0, "orders": 6}
    status, after, _ = await backend.call("PATCH", path, owner, {"trailer": trailer})
    assert (status, after["trailer"], after["capacity"]) == (200, trailer, before["capacity"])
    _, mine, _ = await backend.call("GET", path, backend.token("courier"))
    assert mine["work"]["above_mean_min"] == 0.0


async def test_goods_go_over_a_hub_that_exists(backend):
    owner, order = backend.token("owner"), await backend.place()
    path = f"/api/v1/orders/{order['id']}/handover"
    status, refused, _ = await backend.call("POST", path, owner, {"hub": "z_none"})
    assert (status, refused["code"]) == (404, "no_such_hub")
    zone = await draw(backend, "hub")
    status, refused, _ = await backend.call("POST", path, owner, {"hub": zone["id"]})
    assert (status, refused["code"]) == (409, "not_on_board")
