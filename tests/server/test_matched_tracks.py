"""Tracks along streets over REST, from a street server by URL; and without any."""

import datetime as dt
import json
import zoneinfo

import pytest
from aiohttp import web

from domain.courier import Shift
from domain.ids import CourierId, DeviceId, FleetId
from domain.position import TrackPoint
from server.clock import wall_ms
from tests.one_street import LAT, M_PER_DEG, answer
from tests.server.harness import running

ALFA, ANA = FleetId("alfa"), CourierId("c_alfa")
PATH = "/api/v1/couriers/c_alfa/track"
M_EAST = 1 / (M_PER_DEG * 0.774)


class StreetServer:
    """OSRM over HTTP, with one street."""

    def __init__(self):
        self.broken = False
        self.asked = []

    async def reply(self, request):
        self.asked.append(request.path)
        if self.broken:
            raise web.HTTPInternalServerError
        _, service, _, _, rest = request.path.split("/", 4)
        said = answer(service, rest + ("?" + request.query_string if request.query_string else ""))
        return web.json_response(said, status=200 if said["code"] == "Ok" else 400)


@pytest.fixture
async def street(aiohttp_free_port):
    server = StreetServer()
    app = web.Application()
    app.router.add_get("/{rest:.*}", server.reply)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", aiohttp_free_port)
    await site.start()
    server.url = f"http://127.0.0.1:{aiohttp_free_port}"
    yield server
    await runner.cleanup()


@pytest.fixture
def aiohttp_free_port(unused_tcp_port_factory):
    return unused_tcp_port_factory()


async def ride(backend, north_m=6.0, count=40):
    began_ms = wall_ms() - 3_600_000
    points = [
        TrackPoint(
            courier_id=ANA, device=DeviceId("d"), seq=i + 1, index=0, fix_at_ms=began_ms + 5_000 * i,
            received_at_ms=began_ms + 5_000 * i, lon=-76.6 + 22 * i * M_EAST, lat=LAT + north_m / M_PER_DEG,
            accuracy_m=8.0, speed_mps=4.4, heading_deg=90.0, battery_pct=80.0, live=True,
        )
        for i in range(count)
    ]  # fmt: skip
    await backend.stores.tracks.archive(ALFA, points, "1-0")
    await backend.stores.people.open_shift(ALFA, Shift(courier_id=ANA, started_at_ms=began_ms - 1_000))


async def read(backend, query=""):
    status, body, headers = await backend.call("GET", PATH + query, backend.token("dispatcher"))
    return status, json.loads(body) if isinstance(body, str) and body.startswith("{") else body, headers


async def test_a_track_follows_the_streets_where_asked(tmp_path, street):
    async with running(tmp_path, roads_url=street.url) as backend:
        await ride(backend)
        status, doc, headers = await read(backend, "?matched=true")
        assert (status, headers["Relevo-Track-Matched"], doc["matched"]) == (200, "all", "all")
        (feature,) = doc["features"]
        assert {lat for _, lat in feature["geometry"]["coordinates"]} == {LAT}
        told = feature["properties"]
        assert (told["matched"], told["confidence"]) == (True, 0.9)
        assert told["distance_m"] == pytest.approx(39 * 22, rel=0.01)
        assert len(told["fix_at_ms"]) == len(feature["geometry"]["coordinates"])
        status, plain, headers = await read(backend)
        assert status == 200
        assert "Relevo-Track-Matched" not in headers
        assert LAT not in {lat for _, lat in plain["features"][0]["geometry"]["coordinates"]}
        status, gpx, _ = await read(backend, "?matched=1&format=gpx")
        assert (status, gpx.count(f'lat="{LAT:.7f}"') > 39) == (200, True)
        assert "/match/v1/bicycle/" in street.asked[0]


async def test_shifts_tell_their_distance_along_streets(tmp_path, street):
    async with running(tmp_path, roads_url=street.url) as backend:
        await ride(backend)
        path = "/api/v1/couriers/c_alfa/summary"
        _, doc, _ = await backend.call("GET", f"{path}?matched=true", backend.token("dispatcher"))
        assert doc["shifts"][0]["street_distance_m"] == pytest.approx(39 * 22, rel=0.01)
        _, doc, _ = await backend.call("GET", path, backend.token("dispatcher"))
        assert doc["shifts"][0]["street_distance_m"] is None


@pytest.mark.parametrize("why", ["away", "no street", "no server"])
async def test_without_streets_the_track_comes_as_it_was_sent_and_says_so(tmp_path, street, why):
    street.broken = why == "away"
    settings = {} if why == "no server" else {"roads_url": street.url}
    async with running(tmp_path, **settings) as backend:
        await ride(backend, north_m=900.0 if why == "no street" else 6.0)
        _, plain, _ = await read(backend)
        status, doc, headers = await read(backend, "?matched=true")
        assert (status, headers["Relevo-Track-Matched"], doc["matched"]) == (200, "none", "none")
        assert doc["features"] == plain["features"]
        metrics = backend.system.metrics.render().decode()
        reason = {"away": "away", "no street": "no_match"}.get(why)
        if reason:
            assert f'relevo_roads_fallbacks_total{{reason="{reason}"}} 1.0' in metrics


@pytest.mark.parametrize("more", ["format=csv", "simplify_m=10"])
async def test_a_matched_track_is_a_line_and_whole(tmp_path, more):
    async with running(tmp_path) as backend:
        status, problem, _ = await backend.call(
            "GET", f"{PATH}?matched=true&{more}", backend.token("dispatcher")
        )
        assert (status, problem["code"]) == (422, "invalid_query")


async def test_readiness_notes_the_streets_and_depends_on_nothing_of_them(tmp_path, street):
    street.broken = True
    async with running(tmp_path, roads_url=street.url) as backend:
        await ride(backend)
        _, health, _ = await backend.call("GET", "/readyz")
        assert health["notes"] == {"roads": "by URL"}
        for _ in range(3):
            await read(backend, "?matched=true")
        status, health, _ = await backend.call("GET", "/readyz")
        assert (status, health["status"]) == (200, "ok")
        assert health["notes"] == {"roads": "away; straight lines meanwhile"}


async def test_positions_are_shown_on_streets_when_the_operator_wants_it(tmp_path, street):
    async with running(tmp_path, roads_url=street.url, roads_snap=True) as backend:
        assert backend.system.hub.positions.__class__.__name__ == "SnappedPositions"
        assert "snapping" in backend.system.background


async def test_the_replay_of_a_courier_s_day_follows_the_streets(tmp_path, street):
    async with running(tmp_path, roads_url=street.url) as backend:
        await ride(backend)
        zone = zoneinfo.ZoneInfo("America/Mexico_City")
        date = dt.datetime.fromtimestamp(wall_ms() / 1000 - 3_600, zone).date()
        path = f"/api/v1/replay/tracks?date={date}"
        _, doc, _ = await backend.call("GET", f"{path}&courier_id=c_alfa", backend.token("dispatcher"))
        (track,) = doc["tracks"]
        assert track["matched"] in ("all", "partly"), "partly when midnight cut the ride"
        assert {lat for stretch in track["stretches"] for _, _, lat in stretch} == {LAT}
        seconds = [at for stretch in track["stretches"] for at, _, _ in stretch]
        assert seconds == sorted(seconds)
        _, doc, _ = await backend.call("GET", path, backend.token("dispatcher"))
        assert doc["tracks"][0]["matched"] == "none", "a whole fleet's day comes as it was sent"
