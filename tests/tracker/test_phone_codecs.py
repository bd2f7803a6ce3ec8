"""Recorded shapes of each app and version (values invented), and that nothing a phone sends can raise."""

import base64
import json
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.geo import LonLat
from tracker.ingest.phones import PhoneRequest, Protocol, decode
from tracker.ingest.phones.owntracks import seal, unseal
from tracker.ingest.phones.replies import PhonePlace, accepted, try_again, unknown_token

NOW_MS = 1_788_180_000_000
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json; charset=utf-8"}
SECRET = "rlv_" + "k" * 43


def read(protocol, body=b"", query="", headers=None):
    body = body.encode() if isinstance(body, str) else body
    request = PhoneRequest(
        headers=headers or {},
        query=parse_qsl(query, keep_blank_values=True),
        body=body,
        now_ms=NOW_MS,
        secret=SECRET,
    )
    return decode(Protocol(protocol), request)


def only(message):
    assert message.malformed == 0
    assert len(message.fixes) == 1
    return message.fixes[0]


def test_traccar_client_8_sends_a_query_with_knots():
    message = read(
        "osmand",
        query="id=rider-014&timestamp=1788170405&lat=45.76412&lon=4.83566&speed=9.72&bearing=187.5"
        "&altitude=171.0&accuracy=6.2&batt=81",
    )
    fix = only(message)
    assert (fix.fix_at_ms, fix.lon, fix.lat, fix.accuracy_m) == (1_788_170_405_000, 4.83566, 45.76412, 6.2)
    assert fix.speed_mps == pytest.approx(5.0, abs=0.01)
    assert (fix.heading_deg, fix.battery_pct) == (187.5, 81)
    assert (message.app, message.device, message.kind) == ("traccar-client-8", "rider-014", "location")


def test_traccar_client_10_sends_the_same_as_a_form():
    message = read(
        "osmand",
        "id=rider-014&lat=45.76398&lon=4.83571&timestamp=1788170415&accuracy=5.1&altitude=171.4&speed=10.11"
        "&bearing=181.0&batt=81&charge=false",
        headers=FORM,
    )
    assert only(message).speed_mps == pytest.approx(5.2, abs=0.01)
    assert message.app == "traccar-client-10"


def test_query_and_form_are_merged():
    message = read("osmand", "lat=45.7&lon=4.8&timestamp=1788170415", query="id=rider-014", headers=FORM)
    assert (message.device, only(message).lat) == ("rider-014", 45.7)


def test_a_record_without_coordinates_is_a_heartbeat():
    message = read("osmand", "id=rider-014&timestamp=1788171020&batt=79&charge=false", headers=FORM)
    fix = only(message)
    assert (message.kind, fix.lon, fix.lat, fix.battery_pct) == ("heartbeat", None, None, 79)


def test_an_sos_is_an_alarm_with_a_place():
    message = read(
        "osmand",
        "id=r&lat=45.76001&lon=4.84012&timestamp=1788172000&accuracy=11.0&batt=64&charge=false&alarm=sos",
        headers=FORM,
    )
    assert (message.alarm, only(message).lon) == ("sos", 4.84012)


def test_a_notification_token_is_no_position():
    message = read("osmand", "id=r&notificationToken=abc", headers=FORM)
    assert (message.kind, only(message).lon) == ("notification_token", None)


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("1788170405", 1_788_170_405_000),
        ("1788170405123", 1_788_170_405_123),
        ("2026-08-31T10:00:05.120Z", 1_788_170_405_120),
        ("2026-08-31T12:00:05%2B02:00", 1_788_170_405_000),
        ("2026-08-31T12:00:05+02:00", 1_788_170_405_000),
        ("2026-08-31%2010:00:05", 1_788_170_405_000),
        ("", NOW_MS),
    ],
)
def test_times_come_in_several_shapes(text, at_ms):
    assert only(read("osmand", query=f"id=r&lat=1&lon=2&timestamp={text}")).fix_at_ms == at_ms


@pytest.mark.parametrize("bad", ["speed=nan", "accuracy=inf", "batt=full", "bearing=NaN", "hdop=n/a"])
def test_what_is_said_beside_a_place_may_be_nonsense_without_costing_the_place(bad):
    fix = only(read("osmand", query=f"id=r&lat=1&lon=2&timestamp=1788170405&{bad}"))
    assert (fix.lat, fix.speed_mps, fix.accuracy_m, fix.battery_pct) == (1.0, None, None, None)


def test_a_phone_that_writes_decimals_with_a_comma_is_understood():
    fix = only(read("osmand", query="id=r&lat=19,41412&lon=-99,17566&accuracy=6,5&timestamp=1788170405"))
    assert (fix.lat, fix.lon, fix.accuracy_m) == (19.41412, -99.17566, 6.5)


@pytest.mark.parametrize(
    "body",
    [
        "id=r&lat=north&lon=1&timestamp=1788170405&alarm=sos",
        '{"device_id":"r","location":{"timestamp":"soon","alarm":"sos"}}',
    ],
)
def test_a_cry_for_help_is_heard_even_when_the_rest_cannot_be_read(body):
    message = read("osmand", body)
    assert (message.malformed, message.alarm) == (1, "sos")


@pytest.mark.parametrize("bad", ["timestamp=soon", "lat=north", "lat=1,2,3", "lon=nan", "lat=1e999"])
def test_what_can_never_be_read_is_malformed_and_never_raises(bad):
    message = read("osmand", query=f"id=r&lat=1&lon=2&timestamp=1788170405&{bad}")
    assert (message.malformed, message.fixes) == (1, ())


def test_an_invalid_fix_is_a_sign_of_life_only():
    assert only(read("osmand", query="id=r&lat=1&lon=2&valid=false")).lon is None


def test_a_location_in_one_parameter_and_a_dilution_are_understood():
    fix = only(read("osmand", query="id=r&location=45.5,4.5&hdop=1.2&speed=36&speed_unit=kmh"))
    assert (fix.lat, fix.lon, fix.accuracy_m, fix.speed_mps) == (45.5, 4.5, 6.0, pytest.approx(10))


V9 = {
    "location": {
        "timestamp": "2026-08-31T10:00:05.120Z",
        "coords": {
            "latitude": 45.76412,
            "longitude": 4.83566,
            "accuracy": 6.2,
            "speed": 5.0,
            "heading": 187.5,
            "altitude": 171.0,
        },
        "is_moving": True,
        "odometer": 12840,
        "event": "",
        "battery": {"level": 0.81, "is_charging": False},
        "activity": {"type": "on_bicycle"},
        "extras": {},
        "_": "&id=rider-014&lat=45.76412&lon=4.83566&timestamp=2026-08-31T10:00:05.120Z&",
    },
    "device_id": "rider-014",
}


def test_traccar_client_9_sends_json_in_metres_per_second():
    message = read("osmand", json.dumps(V9), headers=JSON)
    fix = only(message)
    assert (fix.fix_at_ms, fix.speed_mps, fix.heading_deg, fix.battery_pct) == (
        1_788_170_405_120,
        5.0,
        187.5,
        81,
    )
    assert (message.app, message.device) == ("traccar-client-9", "rider-014")


def test_in_version_9_minus_one_is_unknown():
    body = json.dumps(
        {
            "location": {
                "timestamp": "2026-08-31T10:12:00.003Z",
                "coords": {
                    "latitude": 45.7590,
                    "longitude": 4.8410,
                    "accuracy": 14,
                    "speed": -1,
                    "heading": -1,
                    "altitude": 0,
                },
                "event": "motionchange",
                "battery": {"level": -1, "is_charging": False},
                "extras": {"heartbeat": True},
            },
            "device_id": "rider-014",
        }
    )
    fix = only(read("osmand", body, headers=JSON))
    assert (fix.speed_mps, fix.heading_deg, fix.battery_pct, fix.accuracy_m) == (None, None, None, 14)


def test_version_9_without_coords_is_a_heartbeat():
    body = (
        '{"location":{"timestamp":"2026-08-31T10:15:00Z","battery":{"level":0.4,"is_charging":true},"extras":{}},'
        '"device_id":"r"}'
    )
    fix = only(read("osmand", body, headers=JSON))
    assert (fix.lon, fix.battery_pct) == (None, 40)


def test_a_flat_object_of_the_same_library_is_understood():
    body = (
        '{"latitude":45.7,"longitude":4.8,"heading":90,"speed":4.2,'
        '"timestamp":"2026-08-31T10:15:00Z","battery":{"level":0.5}}'
    )
    fix = only(read("osmand", body, headers=JSON))
    assert (fix.lat, fix.speed_mps, fix.battery_pct) == (45.7, 4.2, 50)


def test_an_array_of_flat_objects_is_a_batch():
    rows = [{"id": "r", "lat": 1.0 + n, "lon": 2, "timestamp": 1_788_170_405 + n} for n in range(3)]
    message = read("osmand", json.dumps([*rows, {"lat": "x", "lon": 1}, 7]), headers=JSON)
    assert (len(message.fixes), message.malformed) == (3, 2)


LOCATION = {
    "_type": "location",
    "_id": "5fa01b7c",
    "topic": "owntracks/mia/pixel",
    "tid": "mi",
    "lat": 45.76412,
    "lon": 4.83566,
    "acc": 7,
    "alt": 171,
    "vac": 3,
    "vel": 18,
    "cog": 187,
    "batt": 81,
    "bs": 1,
    "conn": "m",
    "m": 2,
    "t": "t",
    "tst": 1788170405,
    "created_at": 1788170406,
}


def test_owntracks_on_android_sends_a_location_in_kilometres_per_hour():
    message = read("owntracks", json.dumps(LOCATION), headers={"x-limit-u": "mia", "x-limit-d": "Pixel"})
    fix = only(message)
    assert (fix.fix_at_ms, fix.accuracy_m, fix.speed_mps, fix.heading_deg, fix.battery_pct) == (
        1_788_170_405_000,
        7,
        pytest.approx(5),
        187,
        81,
    )
    assert message.device == "pixel"


def test_owntracks_on_ios_sends_words_for_names_that_are_not_set():
    body = json.dumps({**LOCATION, "topic": "owntracks/leo/iphone", "acc": 12.0})
    message = read("owntracks", body, headers={"x-limit-u": "user", "x-limit-d": "device"})
    assert message.device == "iphone"


def test_a_transition_has_a_place_and_a_waypoint_has_none():
    transition = (
        '{"_type":"transition","_id":"91cc02de","topic":"owntracks/mia/pixel/event","tid":"mi",'
        '"event":"enter","desc":"Hub Bellecour","lat":45.7577,"lon":4.8322,"acc":12,"t":"c",'
        '"tst":1788170900,"wtst":1788000000}'
    )
    waypoint = (
        '{"_type":"waypoint","_id":"00aa17ff","desc":"Hub","lat":45.7577,"lon":4.8322,"rad":80,'
        '"tst":1788000000}'
    )
    assert only(read("owntracks", transition)).lat == 45.7577
    assert only(read("owntracks", waypoint)).lat is None


def test_a_status_tells_whether_the_phone_saves_power():
    saving = read("owntracks", '{"_type":"status","android":{"wifi":1,"ps":1,"bo":1,"hib":0,"loc":0}}')
    awake = read("owntracks", '{"_type":"status","android":{"wifi":1,"ps":0,"bo":1,"hib":0,"loc":0}}')
    ios = read("owntracks", '{"_type":"status","iOS":{"version":"18.1"}}')
    assert (saving.power_saver, awake.power_saver, ios.power_saver) == (True, False, None)


@pytest.mark.parametrize(
    "kind", ["waypoints", "steps", "beacon", "card", "cmd", "dump", "request", "unheard_of"]
)
def test_other_kinds_are_a_sign_of_life(kind):
    message = read("owntracks", json.dumps({"_type": kind}))
    assert (message.kind, only(message).lon) == (kind, None)


def test_a_last_will_is_no_sign_of_life():
    assert read("owntracks", '{"_type":"lwt","tst":1788170405}').fixes == ()


def test_an_empty_body_is_fine():
    message = read("owntracks", b"")
    assert (message.kind, message.fixes, message.malformed) == ("empty", (), 0)


def test_an_encrypted_payload_is_opened_with_the_token():
    body = json.dumps({"_type": "encrypted", "data": seal(json.dumps(LOCATION).encode(), SECRET)})
    message = read("owntracks", body)
    assert message.encrypted
    assert only(message).lat == 45.76412


def test_a_payload_of_another_passphrase_is_malformed():
    body = json.dumps({"_type": "encrypted", "data": seal(b"{}", "another")})
    assert read("owntracks", body).malformed == 1
    assert read("owntracks", '{"_type":"encrypted","data":"###"}').malformed == 1


def test_gpslogger_sends_its_all_template_in_metres_per_second():
    message = read(
        "gpslogger",
        query="lat=45.76412&lon=4.83566&sat=14&desc=&alt=171.0&acc=6.2&dir=187.5&prov=gps&spd_kph=18.0&spd=5.0"
        "&timestamp=1788170405&time=2026-08-31T10:00:05.000Z&batt=81.0&ischarging=false&aid=9774d56d&hdop=0.8",
    )
    fix = only(message)
    assert (fix.fix_at_ms, fix.accuracy_m, fix.speed_mps, fix.heading_deg, fix.battery_pct) == (
        1_788_170_405_000,
        6.2,
        5.0,
        187.5,
        81,
    )
    assert message.device == "9774d56d"


def test_gpslogger_s_default_template_is_understood():
    fix = only(read("gpslogger", query="lat=45.7&longitude=4.8&time=2026-08-31T10:00:05.000Z&s=5.0"))
    assert (fix.lon, fix.speed_mps, fix.fix_at_ms) == (4.8, 5.0, 1_788_170_405_000)


def test_gpslogger_s_own_body_is_understood():
    body = '{"lat":45.76412,"lon":4.83566,"ts":1788170405,"spd":5.0,"acc":6.2,"batt":81.0}'
    assert only(read("gpslogger", body, headers=JSON)).accuracy_m == 6.2


def test_gpslogger_s_zeros_are_unknown():
    fix = only(read("gpslogger", query="lat=45.7&lon=4.8&acc=0.0&spd=0.0&dir=0.0&timestamp=1788170405"))
    assert (fix.accuracy_m, fix.speed_mps, fix.heading_deg) == (None, 0.0, None)


def test_coopcycle_sends_a_batch_with_times_of_either_kind():
    body = json.dumps(
        [
            {"latitude": 45.7, "longitude": 4.8, "time": "2026-08-31T10:00:05Z"},
            {"latitude": 45.8, "longitude": 4.8, "time": 1788170415000},
            {"latitude": None, "longitude": 4.8, "time": 1},
            "nonsense",
        ]
    )
    message = read("coopcycle", body, headers=JSON)
    assert [fix.fix_at_ms for fix in message.fixes] == [1_788_170_405_000, 1_788_170_415_000]
    assert message.malformed == 2


@given(
    st.sampled_from(list(Protocol)),
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["_type", "location", "lat", "lon", "tst", "coords", "timestamp", "data", "battery"]
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=8,
        ).map(lambda doc: json.dumps(doc).encode()),
    ),
    st.sampled_from([{}, FORM, JSON]),
)
def test_nothing_that_is_sent_raises(protocol, body, headers):
    message = read(protocol, body, headers=headers)
    assert message.malformed >= 0


# --- answers ---------------------------------------------------------------------------------------


def test_taken_is_200_for_every_app():
    assert [accepted(protocol).status for protocol in Protocol] == [200] * 4
    assert accepted(Protocol.OWNTRACKS).body == b"[]"
    assert accepted(Protocol.OSMAND).body == b""


def test_ours_is_503_and_never_4xx():
    assert (try_again().status, unknown_token().status) == (503, 401)


def test_stops_are_pushed_to_the_phone_as_waypoints():
    place = PhonePlace(name="o1 pickup", at=LonLat(4.8, 45.7), radius_m=70, made_s=1_788_000_000)
    (command,) = json.loads(accepted(Protocol.OWNTRACKS, places=[place]).body)
    assert (command["action"], command["waypoints"]["_type"]) == ("setWaypoints", "waypoints")
    assert command["waypoints"]["waypoints"][0]["rad"] == 70


def test_an_answer_to_an_encrypted_request_is_encrypted():
    doc = json.loads(accepted(Protocol.OWNTRACKS, secret=SECRET).body)
    assert doc["_type"] == "encrypted"
    assert json.loads(unseal(doc["data"], SECRET)) == []
    assert len(base64.b64decode(doc["data"])) > 24
