"""Phone-tracker apps against the running server, byte for byte as they send."""

import base64
import gzip
import json
import time

import pytest

from domain.courier import Courier, ShiftState
from domain.ids import CourierId, FleetId, TokenId
from domain.people import Role, Token
from server import tokens
from tests.server.harness import running
from tracker.ingest.phones.owntracks import seal, unseal

TOKEN = "rlv_alfa_courier"


def now_s() -> int:
    return int(time.time())


@pytest.fixture
async def server(tmp_path):
    async with running(tmp_path) as backend:
        status, _, _ = await backend.call(
            "POST", "/api/v1/couriers/c_alfa/shift", backend.token("dispatcher"), {"state": "on"}
        )
        assert status == 200
        yield backend


async def send(server, method, path, body=None, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    async with server.client.request(method, path, data=body, headers=names) as response:
        return response.status, await response.read(), response.content_type


async def track(server):
    _, doc, _ = await server.call(
        "GET", "/api/v1/couriers/c_alfa/track?format=geojson", server.token("dispatcher")
    )
    return [place for feature in doc["features"] for place in _places(feature["geometry"])]


def _places(geometry):
    return [geometry["coordinates"]] if geometry["type"] == "Point" else geometry["coordinates"]


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def test_traccar_client_8_is_tracked_and_acknowledged_with_an_empty_200(server):
    path = f"/in/o/{TOKEN}?id=r&timestamp={now_s()}&lat=19.41&lon=-99.17&speed=9.72&accuracy=6.2&batt=81"
    assert (await send(server, "POST", path))[:2] == (200, b"")
    assert (await send(server, "GET", path.replace("19.41", "19.4101")))[0] == 200
    assert len(await track(server)) == 2
    _, courier, _ = await server.call("GET", "/api/v1/couriers/c_alfa", server.token("dispatcher"))
    assert courier["presence"] == "online"


async def test_traccar_client_10_sends_a_form(server):
    body = f"id=r&lat=19.41&lon=-99.17&timestamp={now_s()}&accuracy=5.1&batt=81&charge=false"
    kind = "application/x-www-form-urlencoded"
    assert (await send(server, "POST", f"/in/o/{TOKEN}", body, Content_Type=kind))[0] == 200
    assert len(await track(server)) == 1


async def test_a_record_sent_again_after_a_lost_answer_is_stored_once(server):
    path = f"/in/o/{TOKEN}?id=r&timestamp={now_s()}&lat=19.41&lon=-99.17"
    for _ in range(3):
        assert (await send(server, "POST", path))[0] == 200
    assert len(await track(server)) == 1


@pytest.mark.parametrize("bad", ["lat=91&lon=1", "lat=x&lon=1", "lat=1&lon=2&timestamp=1", "lat=0&lon=0", ""])
async def test_a_record_that_will_never_be_good_does_not_jam_the_phone(server, bad):
    assert (await send(server, "POST", f"/in/o/{TOKEN}?id=r&{bad}"))[0] == 200
    assert await track(server) == []


@pytest.mark.parametrize("path", ["/in/o/wrong", "/in/ot/wrong", "/in/g/wrong", "/in/ot", "/in/cc"])
async def test_an_unknown_token_is_401_so_that_the_phone_keeps_its_records(server, path):
    assert (await send(server, "POST", path, b"{}"))[0] == 401


async def test_another_role_s_token_is_no_courier_s(server):
    assert (await send(server, "POST", "/in/o/rlv_alfa_dispatcher?id=r&lat=1&lon=2"))[0] == 401


async def test_owntracks_with_basic_authentication_gets_an_array(server):
    body = json.dumps(
        {"_type": "location", "tid": "mi", "lat": 19.41, "lon": -99.17, "acc": 7, "vel": 18, "tst": now_s()}
    )
    status, answer, kind = await send(
        server,
        "POST",
        "/in/ot",
        body,
        Authorization=basic("mia", TOKEN),
        X_Limit_D="pixel",
        Content_Type="application/json; charset=utf-8",
    )
    assert (status, answer, kind) == (200, b"[]", "application/json")
    assert len(await track(server)) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"_type":"waypoint","desc":"Hub","lat":45.7,"lon":4.8,"rad":80,"tst":1788000000}',
        b'{"_type":"status","android":{"wifi":1,"ps":1,"bo":1,"hib":0,"loc":0}}',
        b'{"_type":"lwt","tst":1788170405}',
        b'{"_type":"whatever"}',
        b"not json",
        b'{"_type":"encrypted","data":"bad"}',
    ],
)
async def test_owntracks_is_answered_an_array_whatever_it_said(server, body):
    status, answer, _ = await send(server, "POST", f"/in/ot/{TOKEN}", body)
    assert (status, answer) == (200, b"[]")
    assert await track(server) == []


async def test_owntracks_encrypts_both_ways(server):
    plain = json.dumps({"_type": "location", "lat": 19.41, "lon": -99.17, "tst": now_s()}).encode()
    body = json.dumps({"_type": "encrypted", "data": seal(plain, TOKEN)})
    status, answer, _ = await send(server, "POST", f"/in/ot/{TOKEN}", body)
    assert status == 200
    assert unseal(json.loads(answer)["data"], TOKEN) == b"[]"
    assert len(await track(server)) == 1


async def test_a_phone_that_saves_power_is_in_the_diagnosis(server):
    body = b'{"_type":"status","android":{"wifi":1,"ps":1,"bo":1,"hib":0,"loc":0}}'
    await send(server, "POST", f"/in/ot/{TOKEN}", body)
    _, doc, _ = await server.call("GET", "/api/v1/couriers/c_alfa/diagnosis", server.token("dispatcher"))
    assert doc["power_saver"] is True
    assert doc["app"] == "owntracks"


async def test_gpslogger_is_tracked(server):
    path = f"/in/g/{TOKEN}?lat=19.41&lon=-99.17&acc=6.2&spd=5.0&timestamp={now_s()}&aid=9774d56d"
    assert (await send(server, "GET", path))[0] == 200
    assert len(await track(server)) == 1


async def test_a_batch_of_1200_is_tracked_whole(server):
    start = now_s() - 1300
    rows = [
        {"latitude": 19.41 + n * 1e-5, "longitude": -99.17, "time": (start + n) * 1000} for n in range(1200)
    ]
    status, _, _ = await send(
        server,
        "POST",
        "/in/cc",
        json.dumps(rows),
        Authorization=f"Bearer {TOKEN}",
        Content_Type="application/json",
    )
    assert status == 200
    assert len(await track(server)) == 1200


async def test_a_body_larger_than_any_app_sends_is_counted_and_acknowledged(server):
    assert (await send(server, "POST", f"/in/o/{TOKEN}", b"x" * 2_000_000))[0] == 200


async def test_a_body_that_is_not_compressed_as_it_says_does_not_jam_the_phone(server):
    good = f"id=r&lat=19.41&lon=-99.17&timestamp={now_s()}".encode()
    path = f"/in/o/{TOKEN}"
    kind = {"Content_Type": "application/x-www-form-urlencoded", "Content_Encoding": "gzip"}
    async with server.client.post(
        path, data=b"\x1f\x8bdamaged", headers={name.replace("_", "-"): text for name, text in kind.items()}
    ) as response:
        assert response.status == 200
    assert (await send(server, "POST", path, gzip.compress(good), **kind))[0] == 200
    assert len(await track(server)) == 1


async def test_off_shift_a_phone_is_acknowledged_but_nothing_is_kept(server):
    await server.call("POST", "/api/v1/couriers/c_alfa/shift", server.token("dispatcher"), {"state": "off"})
    path = f"/in/o/{TOKEN}?id=r&timestamp={now_s() + 1}&lat=19.41&lon=-99.17"
    assert (await send(server, "POST", path))[0] == 200
    assert await track(server) == []


async def test_two_apps_of_one_courier_are_merged_by_event_time(server):
    at = now_s() - 20
    await send(server, "POST", f"/in/o/{TOKEN}?id=r&timestamp={at + 10}&lat=19.4102&lon=-99.17")
    await send(server, "GET", f"/in/g/{TOKEN}?lat=19.4101&lon=-99.17&timestamp={at}")
    await send(server, "POST", f"/in/o/{TOKEN}?id=r&timestamp={at + 5}&lat=19.4100&lon=-99.17")
    assert [round(lat, 4) for _, lat in await track(server)] == [19.4101, 19.41, 19.4102]
    _, courier, _ = await server.call("GET", "/api/v1/couriers/c_alfa", server.token("dispatcher"))
    assert courier["position"]["lat"] == pytest.approx(19.4102, abs=5e-5)


async def test_a_ride_is_summed_up_with_its_stop(server):
    start = now_s() - 1500
    places = [(n, min(n, 100) * 4.4e-5) for n in range(0, 200, 5)]  # 100 s of riding, then standing
    rows = [{"latitude": 19.41 + lat, "longitude": -99.17, "time": (start + at) * 1000} for at, lat in places]
    rows += [
        {"latitude": 19.4144, "longitude": -99.17, "time": (start + at) * 1000} for at in range(200, 500, 5)
    ]
    await server.call("POST", "/api/v1/couriers/c_alfa/shift", server.token("dispatcher"), {"state": "on"})
    headers = {"Authorization": f"Bearer {TOKEN}", "Content_Type": "application/json"}
    assert (await send(server, "POST", "/in/cc", json.dumps(rows), **headers))[0] == 200
    status, doc, _ = await server.call("GET", "/api/v1/couriers/c_alfa/summary", server.token("dispatcher"))
    assert status == 200
    assert len(doc["stops"]) == 1
    assert 300 < doc["trips"][0]["distance_m"] < 520
    assert len(doc["shifts"]) == 1


async def test_owntracks_is_given_the_courier_s_stops_once_per_route(server):
    body = json.dumps({"_type": "location", "tid": "mi", "lat": 19.41, "lon": -99.17, "tst": now_s()})
    order = await server.place()
    status, _, _ = await server.call(
        "POST",
        f"/api/v1/orders/{order['id']}/assign",
        server.token("dispatcher"),
        {"courier_id": "c_alfa", "pin": True},
    )
    assert status == 200
    _, answer, _ = await send(server, "POST", f"/in/ot/{TOKEN}", body)
    (command,) = json.loads(answer)
    assert command["action"] == "setWaypoints"
    assert len(command["waypoints"]["waypoints"]) == 2
    _, answer, _ = await send(server, "POST", f"/in/ot/{TOKEN}", body)
    assert json.loads(answer) == []
    cancelled, _, _ = await server.call(
        "POST", f"/api/v1/orders/{order['id']}/cancel", server.token("dispatcher"), {"reason": "closed"}
    )
    assert cancelled == 200
    _, answer, _ = await send(server, "POST", f"/in/ot/{TOKEN}", body)
    (taken_off,) = json.loads(answer)
    before, after = command["waypoints"]["waypoints"], taken_off["waypoints"]["waypoints"]
    assert [(place["desc"], place["tst"]) for place in after] == [
        (place["desc"], place["tst"]) for place in before
    ]
    assert all(place["lat"] < -90 and place["lon"] < -180 for place in after)


async def test_owntracks_shows_colleagues_once_the_co_op_chose_so(server):
    desk = await server.system.fleets.desk("alfa")
    bea = Courier(id=CourierId("c_bea"), fleet=FleetId("alfa"), name="Bea Ruiz", shift=ShiftState.OFF)
    await desk.put_courier(bea)
    await desk.set_shift(bea.id, ShiftState.ON)
    await server.stores.people.put_token(
        Token(
            id=TokenId("t_bea"),
            fleet=FleetId("alfa"),
            role=Role.COURIER,
            secret_sha256=tokens.digest("rlv_bea"),
            created_at_ms=0,
            courier_id=bea.id,
        )
    )
    await send(server, "GET", f"/in/o/rlv_bea?id=b&lat=19.42&lon=-99.17&timestamp={now_s()}")
    body = json.dumps({"_type": "location", "tid": "la", "lat": 19.41, "lon": -99.17, "tst": now_s()})
    assert (await send(server, "POST", f"/in/ot/{TOKEN}", body))[1] == b"[]"
    status, _, _ = await server.call(
        "PATCH", "/api/v1/fleet/settings", server.token("owner"), {"owntracks_friends": True}
    )
    assert status == 200
    card, location = json.loads((await send(server, "POST", f"/in/ot/{TOKEN}", body))[1])
    assert (card["_type"], card["name"]) == ("card", "Bea Ruiz")
    assert (location["_type"], location["tid"]) == ("location", "BR")
    assert card["topic"] == location["topic"]
    assert (location["lat"], location["lon"]) == (19.42, -99.17)


async def test_a_phone_with_a_revoked_link_is_in_the_diagnosis_until_it_is_enrolled_again(server):
    dispatcher = server.token("dispatcher")
    path = "/api/v1/couriers/c_alfa"
    _, made, _ = await server.call("POST", f"{path}/token", dispatcher, {})
    place = f"?id=r&lat=19.41&lon=-99.17&timestamp={now_s()}"
    assert (await send(server, "GET", f"/in/o/{made['token']}{place}"))[0] == 200
    token_path = f"/api/v1/tokens/{made['token_id']}"
    assert (await server.call("DELETE", token_path, server.token("owner")))[0] == 204
    assert (await send(server, "GET", f"/in/o/{made['token']}{place}"))[0] == 401
    _, told, _ = await server.call("GET", f"{path}/diagnosis", dispatcher)
    assert told["causes"] == ["link_refused"]
    assert told["says"]["en"] == "The phone uses a link that was revoked or has expired; enrol it again."
    assert (await send(server, "GET", f"/in/o/{TOKEN}{place}1"))[0] == 200
    _, told, _ = await server.call("GET", f"{path}/diagnosis", dispatcher)
    assert "link_refused" not in told["causes"]
