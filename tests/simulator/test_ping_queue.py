from hypothesis import given
from hypothesis import strategies as st

from domain.position import Fix
from simulator.ping_queue import PingQueue, Tally


def fix(number):
    return Fix(number, 0.0, 0.0)


def numbers(frames):
    return [f.fix_at_ms for frame in frames for f in frame.fixes]


def test_seq_goes_on_from_what_the_server_has():
    queue = PingQueue(Tally())
    queue.resume(41)
    queue.add(fix(1))
    assert [frame.seq for frame in queue.take()] == [42]


def test_fixes_waiting_together_go_in_one_frame():
    queue = PingQueue(Tally())
    queue.resume(0)
    for number in range(5):
        queue.add(fix(number))
    frames = queue.take()
    assert len(frames) == 1
    assert numbers(frames) == [0, 1, 2, 3, 4]


def test_after_a_reconnect_only_what_is_not_durable_goes_again():
    tally = Tally()
    queue = PingQueue(tally)
    queue.resume(0)
    for number in range(4):
        queue.add(fix(number))
        queue.take()
    queue.acknowledge(1)
    queue.resume(2)
    assert [frame.seq for frame in queue.take()] == [3, 4]
    assert tally.fixes_sent_again == 2
    assert tally.fixes_acked == 2


def test_fixes_measured_while_offline_follow_those_sent_again():
    queue = PingQueue(Tally())
    queue.resume(0)
    queue.add(fix(0))
    queue.take()
    queue.add(fix(1))
    queue.resume(0)
    assert numbers(queue.take()) == [0, 1]


def test_frames_that_the_server_lost_are_counted_and_work_goes_on():
    tally = Tally()
    queue = PingQueue(tally)
    queue.resume(0)
    for number in range(3):
        queue.add(fix(number))
        queue.take()
    queue.acknowledge(2)
    queue.resume(0)
    frames = queue.take()
    assert [frame.seq for frame in frames] == [1]
    assert numbers(frames) == [2]
    assert tally.frames_missed == 1


def test_no_more_frames_are_under_way_than_the_window_allows():
    queue = PingQueue(Tally(), window=2)
    queue.resume(0)
    for number in range(3):
        queue.add(fix(number))
        queue.take(max_fixes=1)
    assert queue.unacked == 2
    queue.acknowledge(1)
    assert numbers(queue.take()) == [2]


def test_the_oldest_fixes_are_dropped_when_the_phone_is_full():
    tally = Tally()
    queue = PingQueue(tally, limit=3)
    for number in range(5):
        queue.add(fix(number))
    queue.resume(0)
    assert numbers(queue.take()) == [2, 3, 4]
    assert tally.fixes_dropped == 2


@given(st.lists(st.sampled_from(["add", "take", "ack", "lose", "cut"]), max_size=120))
def test_a_server_that_keeps_its_promise_gets_every_fix_once_and_in_order(steps):
    """The server stores a frame when its seq is next, acknowledges some, and any connection may break."""
    tally = Tally()
    queue = PingQueue(tally, window=4)
    queue.resume(0)
    stored, wire, durable, added = [], [], 0, 0
    for step in [*steps, "cut", "take", "ack", "take", "ack"]:
        if step == "add":
            queue.add(fix(added))
            added += 1
        elif step == "take":
            wire += queue.take(max_fixes=3)
        elif step in {"ack", "lose"}:
            for frame in wire:
                if frame.seq == durable + 1:
                    stored += numbers([frame])
                    durable = frame.seq
            wire = []
            if step == "ack":
                queue.acknowledge(durable)
        elif step == "cut":
            wire = []
            queue.resume(durable)
    while len(stored) < added:
        frame = queue.take()[0]
        assert frame.seq == durable + 1
        stored += numbers([frame])
        durable = frame.seq
        queue.acknowledge(durable)
    assert stored == list(range(added))
    assert tally.frames_missed == 0
