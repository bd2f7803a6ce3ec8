"""Couriers, tracks, zones, pages and the operator's endpoints."""

from xml.etree import ElementTree as ET

import pytest

from domain.courier import Courier
from domain.ids import CourierId, DeviceId, FleetId
from domain.ports import PingBatch
from domain.position import Fix
from server.metrics import CATALOGUE
from tests.server.harness import running

FLEET = FleetId("alfa")


async def ride(backend, count=5, courier="c_alfa", seq=1):
    """Put a courier on shift and send fixes through the real tracker; return their times."""
    await backend.call("POST", f"/api/v1/couriers/{courier}/shift", backend.token("owner"), {"state": "on"})
    now = backend.system.clock.now_ms()
    times = [now + (i - count) * 10 for i in range(count)]
    fixes = tuple(
        Fix(fix_at_ms=at, lon=-99.17 + i * 1e-6, lat=19.41, accuracy_m=5.0) for i, at in enumerate(times)
    )
    await backend.system.pings.submit(
        PingBatch(
            fleet=FLEET,
            courier_id=CourierId(courier),
            device=DeviceId("d"),
            seq=seq,
            fixes=fixes,
            indexes=tuple(range(count)),
            received_at_ms=now,
        )
    )
    return times


async def test_a_courier_is_added_changed_and_protected_by_its_etag(backend):
    owner = backend.token("owner")
    body = {"name": "Beto", "vehicle": "cargo_bike", "skills": ["cargo"]}
    status, courier, headers = await backend.call("POST", "/api/v1/couriers", owner, body)
    assert (status, courier["vehicle"], courier["capacity"]["orders"]) == (201, "cargo_bike", 12)
    path, etag = f"/api/v1/couriers/{courier['id']}", {"If-Match": headers["ETag"]}
    status, changed, _ = await backend.call("PATCH", path, owner, {"name": "Beto R."}, etag)
    assert (status, changed["name"], changed["skills"]) == (200, "Beto R.", ["cargo"])
    assert (await backend.call("PATCH", path, owner, {"name": "x"}, etag))[0] == 412


async def test_who_is_near_comes_nearest_first_with_distance_presence_and_age(backend):
    await ride(backend)
    path = "/api/v1/couriers/near?lon=-99.17&lat=19.411&radius_m=500"
    status, found, _ = await backend.call("GET", path, backend.token("viewer"))
    (row,) = found["couriers"]
    assert (status, row["courier_id"], row["presence"]) == (200, "c_alfa", "online")
    assert 100 < row["distance_m"] < 125
    assert row["fix_age_s"] < 10
    path = "/api/v1/couriers/near?lon=-99.17&lat=19.43&radius_m=500"
    assert (await backend.call("GET", path, backend.token("viewer")))[1] == {"couriers": []}


@pytest.mark.parametrize("archived", [False, True])
async def test_a_track_is_whole_before_and_after_archiving_in_every_format(backend, archived):
    await ride(backend, 5)
    if archived:
        await backend.system.background["archive"].__self__.archive_all()
    path, owner = "/api/v1/couriers/c_alfa/track", backend.token("owner")
    _, collection, _ = await backend.call("GET", path, owner)
    assert len(collection["features"][0]["geometry"]["coordinates"]) == 5
    _, gpx, headers = await backend.call("GET", f"{path}?format=gpx", owner)
    assert headers["Content-Type"].startswith("application/gpx+xml")
    assert len(ET.fromstring(gpx).findall(".//{*}trkpt")) == 5
    _, table, _ = await backend.call("GET", f"{path}?format=csv", owner)
    assert len(table.splitlines()) == 6


async def test_a_courier_added_by_another_process_is_found_at_once(backend):
    await backend.call("GET", "/api/v1/couriers", backend.token("owner"))
    await backend.stores.people.put_courier(Courier(id=CourierId("c_new"), fleet=FLEET, name="Nueva"))
    status, courier, _ = await backend.call("GET", "/api/v1/couriers/c_new", backend.token("owner"))
    assert (status, courier["name"]) == (200, "Nueva")
    _, listed, _ = await backend.call("GET", "/api/v1/couriers", backend.token("owner"))
    assert "c_new" in [c["id"] for c in listed["couriers"]]


async def test_a_diagnosis_says_why_a_courier_is_not_seen(backend):
    path, viewer = "/api/v1/couriers/c_alfa/diagnosis", backend.token("viewer")
    assert (await backend.call("GET", path, viewer))[1]["causes"] == ["off_shift", "never_connected"]
    await ride(backend)
    _, well, _ = await backend.call("GET", path, viewer)
    assert (well["presence"], well["causes"], well["accepted"]) == ("online", [], 5)


HOLE = [[-99.18, 19.40], [-99.16, 19.40], [-99.16, 19.42], [-99.18, 19.42], [-99.18, 19.40]]
INNER = [[-99.175, 19.405], [-99.17, 19.405], [-99.17, 19.41], [-99.175, 19.405]]
ISLAND = [[-99.15, 19.405], [-99.14, 19.405], [-99.14, 19.41], [-99.15, 19.405]]


@pytest.mark.parametrize(
    "body",
    [
        {"geometry": {"type": "Polygon", "coordinates": [HOLE, INNER]}, "kind": "no_go"},
        {"geometry": {"type": "MultiPolygon", "coordinates": [[HOLE, INNER], [ISLAND]]}, "dwell_s": 60},
        {"geometry": {"type": "Point", "coordinates": [-99.17, 19.41]}, "radius_m": 80.0, "kind": "hub"},
    ],
)
async def test_a_zone_comes_back_as_it_was_drawn(backend, body):
    owner = backend.token("owner")
    status, zone, _ = await backend.call("POST", "/api/v1/zones", owner, {"name": "Z", **body})
    assert status == 201
    assert zone["geometry"] == body["geometry"]
    path = f"/api/v1/zones/{zone['id']}"
    status, redrawn, _ = await backend.call("PUT", path, owner, {"name": "Y", **body})
    assert (status, redrawn["name"], redrawn["version"]) == (200, "Y", 2)
    assert (await backend.call("DELETE", path, owner))[0] == 204
    assert (await backend.call("GET", "/api/v1/zones", owner))[1] == {"zones": []}


async def test_health_metrics_and_clock_need_no_token(backend):
    assert (await backend.call("GET", "/livez"))[1]["status"] == "ok"
    status, health, _ = await backend.call("GET", "/readyz")
    assert (status, health["checks"]) == (200, {"live_store": "ok", "record": "ok"})
    _, clock, _ = await backend.call("GET", "/api/v1/clock")
    assert set(clock) == {"now_ms", "scale"}
    assert (await backend.call("GET", "/api/v1/basemap"))[1] == {"kind": "none"}


async def test_every_metric_of_the_catalogue_is_there_and_the_path_is_counted(backend):
    await ride(backend, 3)
    await backend.place()
    _, text, headers = await backend.call("GET", "/metrics")
    assert headers["Content-Type"].startswith("text/plain")
    for name in CATALOGUE:
        assert f"# TYPE {name.removesuffix('_total')}" in text or f"# TYPE {name} " in text
    assert 'relevo_pings_total{fleet="alfa",result="accepted"} 3.0' in text
    assert 'relevo_orders_total{fleet="alfa",status="placed"}' in text
    assert "relevo_ack_seconds_count 1.0" in text


async def test_a_draining_server_is_not_ready_but_alive(backend):
    backend.system.draining = True
    assert (await backend.call("GET", "/readyz"))[0] == 503
    assert (await backend.call("GET", "/livez"))[0] == 200


async def test_pages_say_that_they_are_not_built_when_they_are_not(backend):
    status, text, _ = await backend.call("GET", "/dispatch")
    assert status == 503
    assert "make web" in text


async def test_pages_and_files_carry_a_strict_policy_and_stay_inside_their_folder(tmp_path):
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "dispatch.html").write_text("<!doctype html>")
    (static / "assets" / "a-1234.js").write_text("1")
    (static / "sw.js").write_text("2")
    (tmp_path / "secret.txt").write_text("key")
    async with running(tmp_path, tile_origins=("https://tiles.example",)) as backend:
        status, _, headers = await backend.call("GET", "/dispatch")
        policy = headers["Content-Security-Policy"]
        assert status == 200
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "https://tiles.example" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-cache"
        _, _, headers = await backend.call("GET", "/assets/a-1234.js")
        assert "immutable" in headers["Cache-Control"]
        assert (await backend.call("GET", "/sw.js"))[0] == 200
        for path in ("/assets/..%2f..%2fsecret.txt", "/..%2fsecret.txt", "/assets/none.js", "/secret"):
            assert (await backend.call("GET", path))[0] == 404
