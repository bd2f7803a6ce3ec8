"""Tracks as files that other programs open, and sums over a part of a shift."""

import datetime as dt
import time
import xml.etree.ElementTree as ET

from domain.courier import Shift
from domain.ids import CourierId, FleetId

GPX = "{http://www.topografix.com/GPX/1/1}"
TRACK = "/api/v1/couriers/c_alfa/track"


async def ride(backend, seconds=120):
    """Ride north for so long, up to now."""
    dispatcher = backend.token("dispatcher")
    await backend.call("POST", "/api/v1/couriers/c_alfa/shift", dispatcher, {"state": "on"})
    start = int(time.time()) - seconds
    rows = [
        {"latitude": 19.41 + n * 4e-5, "longitude": -99.17, "time": (start + n) * 1000}
        for n in range(0, seconds, 2)
    ]
    headers = {"Authorization": f"Bearer {backend.token('courier')}"}
    async with backend.client.post("/in/cc", json=rows, headers=headers) as response:
        assert response.status == 200
    return start


async def test_a_gpx_file_is_xml_whatever_the_courier_is_called(backend):
    await ride(backend)
    name = 'A\x01na <&> "\ufffe"\x0b'
    dispatcher = backend.token("dispatcher")
    assert (await backend.call("PATCH", "/api/v1/couriers/c_alfa", dispatcher, {"name": name}))[0] == 200
    async with backend.client.get(
        f"{TRACK}?format=gpx", headers={"Authorization": f"Bearer {dispatcher}"}
    ) as response:
        root = ET.fromstring(await response.read())
    assert root.tag == f"{GPX}gpx"
    assert root.findtext(f"{GPX}trk/{GPX}name") == 'Ana <&> ""'
    assert len(root.findall(f".//{GPX}trkpt")) == 60


async def test_of_a_shift_that_began_before_only_the_asked_part_is_summed_up(backend):
    start = await ride(backend)
    people, fleet, courier_id = backend.stores.people, FleetId("alfa"), CourierId("c_alfa")
    await people.close_shift(fleet, courier_id, ended_at_ms=(start - 40_000) * 1000)
    await people.open_shift(fleet, Shift(courier_id=courier_id, started_at_ms=(start - 36_000) * 1000))
    since = dt.datetime.fromtimestamp(start + 60, tz=dt.UTC).isoformat().replace("+00:00", "Z")
    path = f"/api/v1/couriers/c_alfa/summary?from={since}"
    status, doc, _ = await backend.call("GET", path, backend.token("dispatcher"))
    assert status == 200
    shift = doc["shifts"][0]
    assert shift["started_at"].startswith(since[:19])
    assert 200 < shift["distance_m"] < 300
    assert shift["unseen_s"] < 30
