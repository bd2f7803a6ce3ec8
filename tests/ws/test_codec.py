import json
import math

import msgpack
import msgspec
import pytest

from domain.errors import Refused, TooLarge
from domain.position import Fix
from ws.codec import JSON_WRITER, MSGPACK_WRITER, FrameReader, read_loose_pings
from ws.messages import Ack, CourierFrame, Pings, Snapshot

READER: FrameReader = FrameReader(CourierFrame)
FIX = [1_790_000_000_000, -99.17, 19.41, 8.5, 4.2, 90.0, 77]


def test_the_same_frame_reads_from_json_and_from_messagepack():
    frame = {"type": "pings", "seq": 42, "fixes": [FIX, FIX[:3]]}
    expected = Pings(seq=42, fixes=(Fix(*FIX), Fix(*FIX[:3])))
    assert READER.read(json.dumps(frame)) == expected
    assert READER.read(msgpack.packb(frame)) == expected


def test_unknown_fields_are_ignored():
    frame = {"type": "pings", "seq": 1, "fixes": [[*FIX, "later"]], "new": {"a": 1}}
    assert READER.read(json.dumps(frame)).seq == 1


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ('{"type":"pings","seq":1,"fix', "malformed_frame", "truncated"),
        ("[]", "malformed_frame", "object"),
        ('{"seq":1}', "malformed_frame", "type"),
        ('{"type":"dance"}', "unknown_type", "dance"),
        ('{"type":"pings","seq":"1","fixes":[[1,2,3]]}', "malformed_frame", "$.seq"),
        ('{"type":"pings","seq":0,"fixes":[[1,2,3]]}', "malformed_frame", ">= 1"),
        ('{"type":"pings","seq":1,"fixes":[]}', "malformed_frame", "$.fixes"),
        ('{"type":"pings","seq":1,"fixes":[[1,NaN,3]]}', "malformed_frame", "pings"),
        ('{"type":"pings","seq":1,"fixes":[[1,"x",3]]}', "malformed_frame", "$.fixes[0][1]"),
        ('{"type":"shift","state":"asleep"}', "malformed_frame", "$.state"),
    ],
)
def test_bad_json_is_refused_with_what_was_expected(text, code, says):
    with pytest.raises(Refused) as refused:
        READER.read(text)
    assert refused.value.code == code
    assert says in refused.value.message or says == "pings"


def test_non_utf8_and_random_bytes_are_refused_not_raised():
    for data in (b"\xff\xfe\x00", b"", b"\xc1", msgpack.packb([1, 2]), b"\x81" * 40):
        with pytest.raises(Refused):
            READER.read(data)


def test_deep_nesting_is_refused():
    with pytest.raises(Refused):
        READER.read('{"type":"action","proof":' + "[" * 20_000)


def test_a_frame_over_64_kib_is_refused_by_size():
    with pytest.raises(TooLarge) as refused:
        READER.read('{"type":"pings","seq":1,"pad":"' + "a" * 100_000 + '"}')
    assert refused.value.code == "frame_too_large"


def test_one_malformed_fix_does_not_cost_the_others():
    frame = {"type": "pings", "seq": 7, "fixes": [FIX, "nonsense", [1, "x", 2], FIX]}
    for data in (json.dumps(frame), msgpack.packb(frame)):
        loose = read_loose_pings(data)
        assert loose is not None
        pings, indexes, malformed = loose
        assert (pings.seq, indexes, malformed) == (7, (0, 3), 2)
        assert pings.fixes == (Fix(*FIX), Fix(*FIX))


def test_loose_reading_gives_up_when_the_frame_itself_is_broken():
    assert read_loose_pings('{"type":"pings","seq":7,"fixes":"no"}') is None
    assert read_loose_pings('{"type":"pings","fix') is None


def test_messagepack_carries_nan_so_that_the_filters_can_count_it():
    frame = {"type": "pings", "seq": 1, "fixes": [[1, math.nan, math.inf]]}
    assert math.isnan(READER.read(msgpack.packb(frame)).fixes[0].lon)


def test_what_is_written_reads_back_with_an_independent_library():
    assert json.loads(JSON_WRITER.write(Ack(seq=3))) == {"type": "ack", "seq": 3}
    assert msgpack.unpackb(MSGPACK_WRITER.write(Ack(seq=3))) == {"type": "ack", "seq": 3}
    assert msgspec.json.schema(Snapshot)["$defs"]
