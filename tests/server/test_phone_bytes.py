# ruff: noqa: E501 - what is on the line is written as it is on the line
"""Requests as the apps put them on the line, over plain sockets: what is kept, and what the phone is told."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from tests.server.harness import running

TOKEN = "rlv_alfa_courier"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
JSON = b"Content-Type: application/json\r\n"
JSON_UTF8 = b"Content-Type: application/json; charset=utf-8\r\n"

PLACE = b"lat=19.41412&lon=-99.17566"
LOCATION = (
    b'{"location":{"timestamp":"%ISO%","coords":{"latitude":19.41412,"longitude":-99.17566,"accuracy":6.2,'
    b'"speed":5.0,"heading":187.5,"altitude":171.0},"is_moving":true,"odometer":12840,"event":"",'
    b'"battery":{"level":0.81,"is_charging":false},"activity":{"type":"on_bicycle"},"extras":{},'
    b'"_":"&id=rider-014&lat=19.41412&lon=-99.17566&timestamp=%ISO%&"},"device_id":"rider-014"}'
)
UNKNOWN_VALUES = (
    b'{"location":{"timestamp":"%ISO%","coords":{"latitude":19.41412,"longitude":-99.17566,"accuracy":14,'
    b'"speed":-1,"heading":-1,"altitude":0},"is_moving":false,"odometer":15102,"event":"motionchange",'
    b'"battery":{"level":-1,"is_charging":false},"activity":{"type":"still","confidence":100},'
    b'"extras":{"heartbeat":true},"mock":false},"device_id":"rider-014"}'
)
NO_COORDS = (
    b'{"location":{"timestamp":"%ISO%","battery":{"level":0.4,"is_charging":true},"extras":{}},'
    b'"device_id":"rider-014"}'
)
FLAT = (
    b'{"latitude":19.41412,"longitude":-99.17566,"heading":187.5,"speed":5.0,"altitude":171,'
    b'"timestamp":"%ISO%","activity":{"type":"on_bicycle"},"is_moving":true,'
    b'"battery":{"level":0.81,"is_charging":false}}'
)
ANDROID = (
    b'{"_type":"location","_id":"5fa01b7c","topic":"owntracks/mia/pixel","tid":"mi","lat":19.41412,'
    b'"lon":-99.17566,"acc":7,"alt":171,"vac":3,"vel":18,"cog":187,"batt":81,"bs":1,"conn":"m","m":2,'
    b'"t":"t","tst":%NOW%,"created_at":%NOW%}'
)
IPHONE = (
    b'{"_type":"location","topic":"owntracks/leo/iphone","tid":"le","lat":19.41412,"lon":-99.17566,"acc":65,'
    b'"batt":44,"bs":2,"conn":"o","t":"c","rad":100,"inregions":["Hub"],"tst":%NOW%,"created_at":%NOW%}'
)
TRANSITION = (
    b'{"_type":"transition","_id":"91cc02de","topic":"owntracks/mia/pixel/event","tid":"mi","event":"enter",'
    b'"desc":"Hub","lat":19.41412,"lon":-99.17566,"acc":12,"t":"c","tst":%NOW%,"wtst":1788000000}'
)

# (name, request line, headers, body, kept fixes, speed in m/s that is kept)
KEPT = [
    ("client 8", b"POST /in/o/%T%?id=r&timestamp=%NOW%&" + PLACE + b"&speed=9.72&bearing=187.5&batt=81", b"", b"", 5.0),
    ("osmand get", b"GET /in/o/%T%?id=r&timestamp=%NOW%&" + PLACE + b"&speed=9.72&valid=true", b"", b"", 5.0),
    ("location pair", b"GET /in/o/%T%?id=r&timestamp=%NOW%&location=19.41412,-99.17566", b"", b"", None),
    ("milliseconds", b"GET /in/o/%T%?deviceid=r&timestamp=%NOW%000&" + PLACE, b"", b"", None),
    ("iso time", b"GET /in/o/%T%?id=r&timestamp=%ISO%&" + PLACE, b"", b"", None),
    ("time as text", b"GET /in/o/%T%?id=r&timestamp=%TEXT%&" + PLACE, b"", b"", None),
    ("no time", b"GET /in/o/%T%?id=r&" + PLACE, b"", b"", None),
    ("client 10", b"POST /in/o/%T%", FORM, b"id=r&" + PLACE + b"&timestamp=%NOW%&accuracy=5.1&speed=10.11&bearing=181.0&batt=81&charge=false", 5.2),
    ("query and body", b"POST /in/o/%T%?id=r", FORM, PLACE + b"&timestamp=%NOW%", None),
    ("sos", b"POST /in/o/%T%", FORM, b"id=r&" + PLACE + b"&timestamp=%NOW%&accuracy=11.0&batt=64&charge=false&alarm=sos", None),
    ("client 9", b"POST /in/o/%T%/", JSON, LOCATION, 5.0),
    ("client 9 unknown values", b"POST /in/o/%T%", JSON, UNKNOWN_VALUES, None),
    ("flat", b"POST /in/o/%T%", JSON, FLAT, 5.0),
    ("owntracks android", b"POST /in/ot/%T%", JSON_UTF8 + b"X-Limit-U: mia\r\nX-Limit-D: pixel\r\n", ANDROID, 5.0),
    ("owntracks iphone", b"POST /in/ot/%T%", JSON + b"X-Limit-U: user\r\nX-Limit-D: device\r\n", IPHONE, None),
    ("gpslogger", b"GET /in/g/%T%?lat=19.41412&lon=-99.17566&sat=14&desc=&alt=171.0&acc=6.2&dir=187.5&prov=gps&spd_kph=18.0&spd=5.0&timestamp=%NOW%&batt=81.0&ischarging=false&aid=9774&hdop=0.8&dist=12840", b"", b"", 5.0),
    ("gpslogger json", b"POST /in/g/%T%", JSON, b'{"lat":19.41412,"lon":-99.17566,"ts":%NOW%,"spd":5.0,"acc":6.2,"batt":81.0}', 5.0),
    ("coopcycle", b"POST /in/cc", JSON + b"Authorization: Bearer %T%\r\n", b'[{"latitude":19.41412,"longitude":-99.17566,"time":%NOW%000}]', None),
]  # fmt: skip
ACKNOWLEDGED = [
    ("heartbeat", b"POST /in/o/%T%", FORM, b"id=r&timestamp=%NOW%&batt=79&charge=false"),
    ("push token", b"POST /in/o/%T%", FORM, b"id=r&notificationToken=abc"),
    ("no coords", b"POST /in/o/%T%", JSON, NO_COORDS),
    ("bad number", b"GET /in/o/%T%?id=r&timestamp=%NOW%&lat=x&lon=1", b"", b""),
    ("bad date", b"GET /in/o/%T%?id=r&timestamp=yesterday&" + PLACE, b"", b""),
    ("zero island", b"GET /in/o/%T%?id=r&timestamp=%NOW%&lat=0&lon=0", b"", b""),
    ("bad json", b"POST /in/o/%T%", JSON, b"{"),
    ("gpslogger empty", b"GET /in/g/%T%?lat=&lon=", b"", b""),
]
ARRAY = [
    ("transition", TRANSITION),
    (
        "waypoint",
        b'{"_type":"waypoint","_id":"00aa17ff","desc":"Hub","lat":45.7577,"lon":4.8322,"rad":80,"tst":1788000000}',
    ),
    ("status", b'{"_type":"status","android":{"wifi":1,"ps":0,"bo":1,"hib":0,"loc":0}}'),
    ("lwt", b'{"_type":"lwt","tst":1788170405}'),
    ("card", b'{"_type":"card","tid":"mi","name":"Mia"}'),
    ("unknown", b'{"_type":"something-new"}'),
    ("empty", b""),
    ("garbage", b"\xff\xfe"),
]


@pytest.fixture
async def server(tmp_path):
    async with running(tmp_path) as backend:
        await backend.call(
            "POST", "/api/v1/couriers/c_alfa/shift", backend.token("dispatcher"), {"state": "on"}
        )
        yield backend


def filled(data: bytes) -> bytes:
    now_s = int(time.time()) - 1  # whole, and with its fraction still not ahead of the clock
    moment = datetime.fromtimestamp(now_s, UTC)
    return (
        data.replace(b"%NOW%", str(now_s).encode())
        .replace(b"%ISO%", moment.strftime("%Y-%m-%dT%H:%M:%S.120Z").encode())
        .replace(b"%TEXT%", moment.strftime("%Y-%m-%d%%20%H:%M:%S").encode())
        .replace(b"%T%", TOKEN.encode())
    )


async def exchange(server, line: bytes, headers: bytes, body: bytes) -> tuple[int, bytes]:
    """Send exactly these bytes; return the status and the body of the answer."""
    url = server.client.make_url("/")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    body = filled(body)
    length = b"Content-Length: %d\r\n" % len(body) if body or line.startswith(b"POST") else b""
    writer.write(filled(line) + b" HTTP/1.1\r\nHost: x\r\n" + filled(headers) + length + b"\r\n" + body)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    size = next(
        (int(part[15:]) for part in head.split(b"\r\n") if part.lower().startswith(b"content-length:")), 0
    )
    answer = await reader.readexactly(size)
    writer.close()
    return int(head.split()[1]), answer


async def track(server) -> list[str]:
    path = "/api/v1/couriers/c_alfa/track?format=csv"
    async with server.client.get(
        path, headers={"Authorization": f"Bearer {server.token('dispatcher')}"}
    ) as reply:
        return (await reply.text()).strip().splitlines()


async def test_every_record_with_a_place_is_kept_in_our_units_and_acknowledged(server):
    for count, (name, line, headers, body, speed) in enumerate(KEPT, start=1):
        lat = b"19.4141%02d7" % count
        said = (line.replace(b"19.41412", lat), headers, body.replace(b"19.41412", lat))
        status, answer = await exchange(server, *said)
        assert status == 200, name
        assert answer in ((b"[]",) if b"/in/ot" in line else (b"", b"[]", b"{}")), (name, answer)
        rows = await track(server)
        assert len(rows) == count + 1, (name, rows)
        row = next(row for row in rows if lat.decode() in row)
        if speed is not None:
            columns = rows[0].split(",")
            kept = float(row.split(",")[columns.index("speed_mps")])
            assert kept == pytest.approx(speed, abs=0.02), (name, row)


async def test_what_has_no_place_or_will_never_be_good_is_acknowledged_and_not_kept(server):
    for name, line, headers, body in ACKNOWLEDGED:
        assert (await exchange(server, line, headers, body))[0] == 200, name
    assert len(await track(server)) == 1


async def test_owntracks_hears_an_array_whatever_it_sends(server):
    for name, body in ARRAY:
        assert await exchange(server, b"POST /in/ot/%T%", JSON, body) == (200, b"[]"), name


async def test_a_wrong_secret_is_refused_so_that_the_phone_keeps_its_records(server):
    for line in (b"GET /in/o/wrong?id=r&" + PLACE, b"POST /in/ot/wrong", b"POST /in/g/wrong", b"POST /in/cc"):
        assert (await exchange(server, line, JSON, b"{}"))[0] == 401, line
