"""Orders through REST, against the real application over memory stores."""

import io

import openpyxl
import pytest

from tests.server.harness import order_body


async def test_a_placed_order_comes_back_with_its_link_status_and_version(backend):
    status, order, headers = await backend.call(
        "POST", "/api/v1/orders", backend.token("shop"), order_body(ref="A-1")
    )
    assert status == 201
    assert order["status"] in ("placed", "offered")
    assert order["shop"] == "s_alfa"
    assert order["tracking_url"].startswith(f"http://127.0.0.1:{backend.client.port}/t/rlv_")
    assert set(order["eta"]) == {"pickup", "dropoff"}
    assert headers["ETag"] == f'"{order["version"]}"'
    status, again, _ = await backend.call("GET", f"/api/v1/orders/{order['id']}", backend.token("shop"))
    assert (status, again["tracking_url"], again["ref"]) == (200, order["tracking_url"], "A-1")


async def test_times_are_rfc_3339_and_kept_to_the_millisecond(backend):
    body = order_body()
    body["pickup"]["ready_at"] = "2030-05-01T12:00:00.250-06:00"
    body["dropoff"]["window"] = {"earliest_at": "2030-05-01T18:30:00Z", "latest_at": "2030-05-01T19:00:00Z"}
    _, order, _ = await backend.call("POST", "/api/v1/orders", backend.token("owner"), body)
    assert order["pickup"]["ready_at"] == "2030-05-01T18:00:00.250Z"
    assert order["dropoff"]["window"]["latest_at"] == "2030-05-01T19:00:00.000Z"


async def test_the_same_idempotency_key_makes_one_order_and_another_body_is_a_conflict(backend):
    shop, key = backend.token("shop"), {"Idempotency-Key": "k-1"}
    first = await backend.call("POST", "/api/v1/orders", shop, order_body(), key)
    second = await backend.call("POST", "/api/v1/orders", shop, order_body(), key)
    other = await backend.call("POST", "/api/v1/orders", shop, order_body(ref="B"), key)
    assert (first[0], second[0]) == (201, 201)
    assert first[1]["id"] == second[1]["id"]
    assert (other[0], other[1]["code"]) == (409, "idempotency_key_reused")


async def test_an_idempotency_key_belongs_to_who_sent_it(backend):
    key = {"Idempotency-Key": "k-1"}
    by_shop = await backend.call("POST", "/api/v1/orders", backend.token("shop"), order_body(), key)
    by_owner = await backend.call("POST", "/api/v1/orders", backend.token("owner"), order_body(), key)
    assert by_owner[0] == 201
    assert by_shop[1]["id"] != by_owner[1]["id"]


async def test_a_change_based_on_an_old_version_is_refused_with_412(backend):
    order = await backend.place()
    path, token = f"/api/v1/orders/{order['id']}", backend.token("dispatcher")
    _, _, headers = await backend.call("GET", path, token)
    etag = headers["ETag"]
    status, changed, headers = await backend.call("PATCH", path, token, {"ref": "N-2"}, {"If-Match": etag})
    assert (status, changed["ref"]) == (200, "N-2")
    assert headers["ETag"] != etag
    status, problem, _ = await backend.call("PATCH", path, token, {"ref": "N-3"}, {"If-Match": etag})
    assert (status, problem["status"]) == (412, 412)
    assert (await backend.call("GET", path, token))[1]["ref"] == "N-2"


async def test_a_merge_patch_keeps_what_it_does_not_name_and_null_removes(backend):
    order = await backend.place(ref="A", group="g")
    path, token = f"/api/v1/orders/{order['id']}", backend.token("dispatcher")
    _, changed, _ = await backend.call(
        "PATCH", path, token, {"dropoff": {"notes": "Timbre 3"}, "group": None}
    )
    assert changed["dropoff"]["notes"] == "Timbre 3"
    assert changed["dropoff"]["name"] == "Ana"
    assert (changed["ref"], changed["group"]) == ("A", None)


async def test_a_patch_that_makes_nonsense_is_refused_and_changes_nothing(backend):
    order = await backend.place()
    path, token = f"/api/v1/orders/{order['id']}", backend.token("dispatcher")
    status, problem, _ = await backend.call("PATCH", path, token, {"pickup": {"lat": 91}})
    assert (status, problem["code"]) == (422, "invalid_body")
    assert (await backend.call("GET", path, token))[1]["pickup"]["lat"] == 19.412


async def test_cancelling_is_kept_in_the_history_with_its_actor(backend):
    order = await backend.place()
    path, token = f"/api/v1/orders/{order['id']}", backend.token("owner")
    status, cancelled, _ = await backend.call("POST", f"{path}/cancel", token, {"reason": "closed"})
    assert (status, cancelled["status"]) == (200, "cancelled")
    _, history, _ = await backend.call("GET", f"{path}/events", token)
    assert history["events"][-1]["status"] == "cancelled"
    assert history["events"][-1]["actor"] == "user:s_alfa"
    status, _, _ = await backend.call("POST", f"{path}/assign", token, {"courier_id": "c_alfa"})
    assert status == 409


async def test_assigning_by_hand_pins_and_unassigning_frees(backend):
    order = await backend.place()
    path, token = f"/api/v1/orders/{order['id']}", backend.token("dispatcher")
    await backend.call("POST", "/api/v1/couriers/c_alfa/shift", token, {"state": "on"})
    status, assigned, _ = await backend.call("POST", f"{path}/assign", token, {"courier_id": "c_alfa"})
    assert (status, assigned["courier_id"], assigned["pinned"]) == (200, "c_alfa", True)
    _, plan, _ = await backend.call("GET", "/api/v1/plan", token)
    assert [s["kind"] for s in plan["routes"][0]["stops"]] == ["pickup", "dropoff"]
    status, free, _ = await backend.call("POST", f"{path}/unassign", token)
    assert (status, free["courier_id"]) == (200, None)


async def test_assigning_to_nobody_is_not_found(backend):
    order = await backend.place()
    path = f"/api/v1/orders/{order['id']}/assign"
    status, problem, _ = await backend.call("POST", path, backend.token("owner"), {"courier_id": "c_none"})
    assert (status, problem["code"]) == (404, "no_such_courier")


async def test_lists_page_newest_first_without_gaps(backend):
    placed = [(await backend.place(ref=str(i)))["id"] for i in range(5)]
    seen, cursor = [], ""
    for _ in range(5):
        _, page, _ = await backend.call(
            "GET", f"/api/v1/orders?limit=2&cursor={cursor}", backend.token("viewer")
        )
        seen += [order["id"] for order in page["orders"]]
        cursor = page["next"]
        if not cursor:
            break
    assert sorted(seen) == sorted(placed)
    assert len(seen) == len(set(seen)) == 5


async def test_a_shop_lists_and_reads_its_own_orders_alone(backend):
    mine = await backend.place(backend.token("shop"))
    other = await backend.place(backend.token("dispatcher"))
    _, page, _ = await backend.call("GET", "/api/v1/orders", backend.token("shop"))
    assert [order["id"] for order in page["orders"]] == [mine["id"]]
    status, problem, _ = await backend.call("GET", f"/api/v1/orders/{other['id']}", backend.token("shop"))
    assert (status, problem["code"]) == (404, "no_such_order")


CSV = """pickup.lon,pickup.lat,dropoff.latlng,dropoff.address.name,dropoff.timeslot,weight,ref
-99.168,19.412,"19.416,-99.162",Ana,2030-05-01 12:00 - 2030-05-01 13:00,1.5,good
-99.168,95,"19.416,-99.162",Ana,,,bad-latitude
-99.168,19.412,,Ana,,,no-coordinates
"""


async def test_a_bad_row_never_loses_a_good_one_and_a_repeat_makes_nothing_twice(backend):
    headers = {"Content-Type": "text/csv", "Idempotency-Key": "file-1"}
    token = backend.token("dispatcher")
    status, result, _ = await backend.call("POST", "/api/v1/orders/import", token, headers=headers, data=CSV)
    assert (status, result["created"], result["refused"]) == (200, 1, 2)
    assert [row.get("code") for row in result["rows"]] == [None, "invalid_row", "needs_geocoding"]
    order_id = result["rows"][0]["id"]
    _, order, _ = await backend.call("GET", f"/api/v1/orders/{order_id}", token)
    assert order["size"]["weight_g"] == 1500
    assert order["dropoff"]["window"]["earliest_at"] == "2030-05-01T18:00:00.000Z"
    _, again, _ = await backend.call("POST", "/api/v1/orders/import", token, headers=headers, data=CSV)
    assert again["rows"][0]["id"] == order_id


async def test_a_spreadsheet_is_read_like_a_csv(backend):
    book = openpyxl.Workbook()
    book.active.append(["pickup.lon", "pickup.lat", "dropoff.lon", "dropoff.lat", "ref"])
    book.active.append([-99.168, 19.412, -99.162, 19.416, 17])
    file = io.BytesIO()
    book.save(file)
    status, result, _ = await backend.call(
        "POST", "/api/v1/orders/import", backend.token("shop"), data=file.getvalue()
    )
    assert (status, result["created"]) == (200, 1)
    assert result["rows"][0]["ref"] == "17"


@pytest.mark.parametrize("raw", [b"", b"\x00\x01\x02", b"PK\x03\x04not a zip"])
async def test_a_file_that_is_no_table_is_refused(backend, raw):
    status, problem, _ = await backend.call(
        "POST",
        "/api/v1/orders/import",
        backend.token("owner"),
        data=raw,
        headers={"Content-Type": "text/csv"},
    )
    assert (status, problem["code"]) == (422, "unreadable_file")
