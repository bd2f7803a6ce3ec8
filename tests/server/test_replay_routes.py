"""The replay of a day: what it shows, to whom, and how much at once."""

import datetime as dt

import pytest

from domain.geo import LonLat, moved
from domain.ids import CourierId, DeviceId, FleetId
from domain.position import TrackPoint
from tests.server.harness import running

ALFA = FleetId("alfa")
MIDNIGHT_MS = 1_763_877_600_000
"""2025-11-23 in Mexico City, which is six hours behind UTC."""
DAY = "2025-11-23"
HOUR_MS = 3_600_000


def ride(
    courier: str, start_ms: int, fixes: int, *, every_s: int = 5, first_seq: int = 1
) -> list[TrackPoint]:
    """Return a way to and fro with a wait, a fix every few seconds."""
    points = []
    for n in range(fixes):
        east = 5.0 * every_s * (n % 200)
        place = moved(LonLat(-99.17, 19.41), east if (n // 200) % 2 else 5_000 - east, 30.0 * (n // 200))
        at_ms = start_ms + n * every_s * 1000
        points.append(
            TrackPoint(
                *(CourierId(courier), DeviceId("phone"), first_seq + n, 0, at_ms, at_ms),
                *(place.lon, place.lat, 6.0, None, None, None, True),
            )
        )
    return points


@pytest.fixture
async def kept(tmp_path):
    async with running(tmp_path, retention_days=3650) as backend:
        yield backend


async def get(backend, path, role="dispatcher"):
    return await backend.call("GET", f"/api/v1/replay{path}", backend.token(role))


async def test_a_day_is_one_of_the_fleets_time_zone(kept):
    status, day, _ = await get(kept, f"?date={DAY}")
    assert status == 200
    assert (day["from_at"], day["to_at"]) == ("2025-11-23T06:00:00.000Z", "2025-11-24T06:00:00.000Z")
    assert day["time_zone"] == "America/Mexico_City"
    assert [courier["name"] for courier in day["couriers"]] == ["Lupita alfa"]


async def test_tracks_come_with_their_times_and_nothing_of_the_days_beside(kept):
    points = ride("c_alfa", MIDNIGHT_MS + 9 * HOUR_MS, 1_000)
    before = ride("c_alfa", MIDNIGHT_MS - HOUR_MS, 10, first_seq=5_000)
    after = ride("c_alfa", MIDNIGHT_MS + 24 * HOUR_MS, 10, first_seq=6_000)
    await kept.stores.tracks.archive(ALFA, [*before, *points, *after], "1-0")
    status, answer, headers = await get(kept, f"/tracks?date={DAY}")
    (track,) = answer["tracks"]
    (stretch,) = track["stretches"]
    assert status == 200
    assert (track["courier_id"], answer["next"]) == ("c_alfa", None)
    assert stretch[0][0] == 9 * 3600
    assert stretch[-1][0] == 9 * 3600 + 999 * 5
    assert 5 <= len(stretch) <= 40
    assert headers["Cache-Control"].startswith("private")


async def test_forty_couriers_for_eight_hours_come_in_pages_and_small(kept):
    for n in range(40):
        _, made, _ = await kept.call("POST", "/api/v1/couriers", kept.token("owner"), {"name": f"R{n}"})
        await kept.stores.tracks.archive(
            ALFA, ride(made["id"], MIDNIGHT_MS + 9 * HOUR_MS, 5_760), f"{n + 1}-0"
        )
    seen, rows, pages, after = set(), 0, 0, ""
    while after is not None:
        _, answer, _ = await get(kept, f"/tracks?date={DAY}&after={after}")
        seen |= {track["courier_id"] for track in answer["tracks"]}
        rows += sum(len(stretch) for track in answer["tracks"] for stretch in track["stretches"])
        after, pages = answer["next"], pages + 1
    assert (len(seen), pages) == (40, 5)
    assert rows < 40 * 5_760 / 20
    _, one, _ = await get(kept, f"/tracks?date={DAY}&courier_id={min(seen)}")
    assert [track["courier_id"] for track in one["tracks"]] == [min(seen)]


async def test_what_is_past_its_retention_is_not_shown_even_before_it_is_deleted(backend):
    await backend.stores.tracks.archive(ALFA, ride("c_alfa", MIDNIGHT_MS + 9 * HOUR_MS, 100), "1-0")
    _, answer, _ = await get(backend, f"/tracks?date={DAY}")
    _, day, _ = await get(backend, f"?date={DAY}")
    assert answer["tracks"] == []
    assert day["tracks_kept_from"] > day["to_at"]


async def test_orders_come_with_what_moved_them(backend):
    placed = [await backend.place(ref=f"A-{n}") for n in range(3)]
    await backend.call("POST", f"/api/v1/orders/{placed[0]['id']}/cancel", backend.token("dispatcher"), {})
    today = dt.datetime.now(dt.timezone(dt.timedelta(hours=-6))).date()
    found, after = [], ""
    while after is not None:
        _, page, headers = await get(backend, f"/orders?date={today}&limit=2&after={after}")
        found, after = [*found, *page["orders"]], page["next"]
    assert sorted(order["ref"] for order in found) == ["A-0", "A-1", "A-2"]
    cancelled = next(order for order in found if order["ref"] == "A-0")
    assert [move["status"] for move in cancelled["history"]][-1] == "cancelled"
    assert cancelled["pickup"]["name"] == "Tacos El Faro"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("role", ["viewer", "courier", "shop", "integration"])
async def test_only_who_dispatches_may_replay(backend, role):
    for path in ("", "/tracks", "/orders"):
        status, problem, _ = await get(backend, f"{path}?date={DAY}", role)
        assert (status, problem["code"]) == (403, "role_not_allowed")


@pytest.mark.parametrize("query", ["", "?date=yesterday", "?date=2025-13-01", "?date=1999-01-01"])
async def test_a_day_that_is_none_is_refused(backend, query):
    status, problem, _ = await get(backend, query)
    assert (status, problem["code"]) in ((422, "invalid_query"), (422, "time_out_of_range"))
