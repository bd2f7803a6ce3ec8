from hypothesis import given
from hypothesis import strategies as st

from ws.outbox import Outbox


def test_stream_frames_come_out_in_order():
    outbox = Outbox()
    for frame in (b"a", b"b", b"c"):
        assert outbox.put(frame)
    assert outbox.take() == [b"a", b"b", b"c"]
    assert outbox.take() == []


def test_the_latest_frame_replaces_the_waiting_one_in_place():
    outbox = Outbox()
    outbox.put_latest("ack", b"1")
    outbox.put(b"event")
    outbox.put_latest("ack", b"2")
    assert outbox.take() == [b"2", b"event"]


def test_past_its_bound_the_outbox_is_full_for_good():
    outbox = Outbox(max_bytes=10)
    assert outbox.put(b"123456")
    assert not outbox.put(b"12345")
    assert outbox.full
    assert not outbox.put(b"1")
    assert outbox.take() == [b"123456"]


def test_one_large_frame_passes_when_nothing_else_waits():
    outbox = Outbox(max_bytes=10)
    assert outbox.put(b"x" * 50)
    assert not outbox.full


@given(
    st.lists(
        st.tuples(st.sampled_from(["put", "latest", "take"]), st.binary(min_size=1, max_size=9)), max_size=60
    )
)
def test_the_count_of_waiting_bytes_is_true_and_bounded(steps):
    outbox = Outbox(max_bytes=40)
    waiting: list[tuple[str, bytes]] = []
    for step, frame in steps:
        if step == "take":
            assert outbox.take() == [kept for _, kept in waiting]
            waiting = []
        elif step == "put" and outbox.put(frame):
            waiting.append(("", frame))
        elif step == "latest" and outbox.put_latest("k", frame):
            if any(key == "k" for key, _ in waiting):
                waiting = [("k", frame) if key == "k" else (key, kept) for key, kept in waiting]
            else:
                waiting.append(("k", frame))
        elif outbox.full:
            return
        assert outbox.bytes_waiting == sum(len(kept) for _, kept in waiting) <= 40
