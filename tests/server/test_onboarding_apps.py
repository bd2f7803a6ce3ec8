"""Tracker apps enrolled from what the server hands out: each link is read as its app reads it, then used."""

import base64
import json
import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.server.harness import running

PATH = "/api/v1/couriers/c_alfa/onboarding"


@pytest.fixture
async def server(tmp_path):
    async with running(tmp_path) as backend:
        body = {"state": "on"}
        await backend.call("POST", "/api/v1/couriers/c_alfa/shift", backend.token("dispatcher"), body)
        yield backend


async def setups(server):
    status, doc, _ = await server.call("GET", PATH, server.token("dispatcher"))
    assert status == 200
    return {app["app"]: app for app in doc["apps"]}


async def places(server, query=""):
    path = f"/api/v1/couriers/c_alfa/track?format=geojson{query}"
    _, doc, _ = await server.call("GET", path, server.token("dispatcher"))
    return [at for feature in doc["features"] for at in feature["properties"]["fix_at_ms"]]


async def send(server, method, url, **more):
    split = urlsplit(url)
    path = split.path + (f"?{split.query}" if split.query else "")
    async with server.client.request(method, path, **more) as response:
        return response.status


async def test_every_app_has_a_token_of_its_own_that_stays_until_it_is_revoked(server):
    first = await setups(server)
    assert list(first) == ["traccar_client", "owntracks", "gpslogger"]
    assert len({app["token_id"] for app in first.values()}) == 3
    assert await setups(server) == first
    await server.call("DELETE", f"/api/v1/tokens/{first['owntracks']['token_id']}", server.token("owner"))
    assert await send(server, "POST", first["owntracks"]["url"], data=b"{}") == 401
    later = await setups(server)
    assert later["owntracks"]["url"] != first["owntracks"]["url"]
    assert later["gpslogger"] == first["gpslogger"]


async def test_the_link_of_traccar_client_sets_it_up_for_bicycles(server):
    app = (await setups(server))["traccar_client"]
    split = urlsplit(app["link"])
    assert (split.scheme, split.netloc) == ("org.traccar.client", "config")
    config = {name: values[0] for name, values in parse_qs(split.query, strict_parsing=True).items()}
    assert config.pop("url") == app["url"]
    assert config.pop("id") == "c_alfa"
    assert config == {
        "accuracy": "high", "distance": "15", "interval": "10", "angle": "30", "heartbeat": "60",
        "buffer": "true", "stop_detection": "false", "wakelock": "true",
    }  # fmt: skip
    form = {"id": "c_alfa", "lat": "19.41", "lon": "-99.17", "timestamp": str(int(time.time()))}
    assert await send(server, "POST", app["url"], data=form) == 200
    assert len(await places(server)) == 1


async def test_the_link_of_owntracks_carries_a_configuration_that_reports(server):
    app = (await setups(server))["owntracks"]
    inline = app["link"].removeprefix("owntracks:///config?inline=")
    assert re.fullmatch("[A-Za-z0-9]+", inline)  # nothing that a query would read in another way
    config = json.loads(base64.b64decode(inline, validate=True))
    assert config == {
        "_type": "configuration", "url": app["url"], "deviceId": "c_alfa", "tid": "la", "mode": 3,
        "monitoring": 2, "locatorInterval": 10, "locatorDisplacement": 10, "cmd": True,
    }  # fmt: skip
    body = {"_type": "location", "tid": "la", "lat": 19.41, "lon": -99.17, "tst": int(time.time())}
    assert await send(server, "POST", config["url"], json=body) == 200
    assert len(await places(server)) == 1


async def test_the_address_for_gpslogger_is_a_template_that_the_app_fills(server):
    app = (await setups(server))["gpslogger"]
    assert app["link"] is None
    values = {
        "%LAT": "19.41", "%LON": "-99.17", "%TIMESTAMP": str(int(time.time())), "%ACC": "6.2",
        "%SPD": "5.0", "%DIR": "187.5", "%BATT": "81.0", "%AID": "9774d56d",
    }  # fmt: skip
    url = re.sub("%[A-Z]+", lambda found: values[found[0]], app["url"])
    assert await send(server, "GET", url) == 200
    _, courier, _ = await server.call("GET", "/api/v1/couriers/c_alfa", server.token("dispatcher"))
    assert courier["position"]["speed_mps"] == pytest.approx(5.0, abs=0.5)
    assert courier["position"]["battery_pct"] == 81


async def test_every_app_has_a_code_and_only_desks_get_it(server):
    for app in (await setups(server)).values():
        assert app["qr_svg"].startswith("<svg")
        assert "rlv_" not in app["qr_svg"]
    for role in ("courier", "shop"):
        assert (await server.call("GET", PATH, server.token(role)))[0] in (403, 404)


@pytest.mark.parametrize(("form", "row"), [("geojson", "fix_at_ms"), ("gpx", "<trkpt"), ("csv", "\n")])
async def test_a_simplified_track_keeps_its_ends_in_every_format(server, form, row):
    start = int(time.time()) - 300
    rows = [
        {"latitude": 19.41 + n * 4e-5, "longitude": -99.17, "time": (start + n) * 1000} for n in range(60)
    ]
    headers = {"Authorization": f"Bearer {server.token('courier')}"}
    assert await send(server, "POST", "/in/cc", json=rows, headers=headers) == 200
    whole, short = await places(server), await places(server, "&simplify_m=5")
    assert (len(whole), len(short)) == (60, 2)
    assert (short[0], short[-1]) == (whole[0], whole[-1])
    path = f"/api/v1/couriers/c_alfa/track?format={form}&simplify_m=5"
    _, text, _ = await server.call("GET", path, server.token("dispatcher"))
    if form != "geojson":
        assert text.count(row) == {"gpx": 2, "csv": 3}[form]


@pytest.mark.parametrize("bad", ["0", "-1", "1001", "nan", "inf", "much"])
async def test_a_tolerance_that_makes_no_sense_is_refused(server, bad):
    path = f"/api/v1/couriers/c_alfa/track?simplify_m={bad}"
    assert (await server.call("GET", path, server.token("dispatcher")))[0] in (400, 422)
