import itertools
import random

import msgspec
import pytest

from domain.courier import Vehicle
from domain.geo import LonLat
from simulator.phone import ACTION_RETRY_S, FLUSH_S, FixPlan, Phone
from simulator.ping_queue import Tally
from simulator.rider import Habits, Rider
from simulator.ways import zigzag
from ws.messages import (
    Ack,
    Action,
    ActionAck,
    CourierFrame,
    ErrorFrame,
    Offer,
    OfferOver,
    OfferReply,
    Pings,
    Rejected,
    RouteFrame,
    RouteView,
    SetShift,
    ShiftState,
    StopView,
    Welcome,
    WindowView,
)

NOW = 1_800_000_000_000
HERE = LonLat(-99.2, 19.4)


def phone(**habits):
    rider = Rider(
        at=HERE,
        vehicle=Vehicle.BICYCLE,
        find_way=zigzag,
        rng=random.Random(2),
        habits=Habits(**{"decline_share": 0.0, "ignore_share": 0.0, "pickup_s": (5, 5), **habits}),
    )
    return Phone(
        token="rlv_x",
        device="d1",
        rider=rider,
        plan=FixPlan(riding_s=2, serving_s=5, idle_s=15),
        rng=random.Random(3),
        tally=Tally(),
    )


def welcome(seq=0, shift="on", stops=()):
    return Welcome(
        courier_id="c1",
        seq=seq,
        epoch="e1",
        offset=5,
        server_at_ms=NOW,
        route=RouteView(courier_id="c1", version=1, stops=list(stops)),
        name="Alba",
        shift=shift,
        fleet="f",
        time_zone="UTC",
    )


def pickup(order="o1"):
    return StopView(
        stop_id=f"{order}.pickup", kind="pickup", order_id=order, lon=HERE.lon, lat=HERE.lat,
        name=None, notes=None, window=WindowView(), eta_at_ms=0,
    )  # fmt: skip


def offer(expires_s=60):
    return Offer(offer_id="f1", stops=[pickup()], expires_at_ms=NOW + expires_s * 1000, why={})


def live(p, seconds, start_s=0.0, step_s=0.5):
    """Step the phone through server time at wall speed; returns what it sent."""
    frames = []
    for k in range(int(seconds / step_s) + 1):
        at_s = start_s + k * step_s
        frames += p.step(NOW + int(at_s * 1000), at_s)
    return frames


def of(kind, frames):
    return [frame for frame in frames if isinstance(frame, kind)]


def test_nothing_is_sent_before_the_welcome():
    assert live(phone(), 30) == []


def test_hello_asks_to_resume_only_after_a_first_welcome():
    p = phone()
    assert p.hello().resume is None
    p.hear(welcome(), NOW)
    assert (p.hello().resume.epoch, p.hello().resume.offset) == ("e1", 5)


def test_off_shift_the_phone_asks_for_its_shift_and_sends_no_fix():
    p = phone()
    p.hear(welcome(shift="off"), NOW)
    frames = live(p, 5)
    assert [frame.state for frame in of(SetShift, frames)] == ["on"]
    assert of(Pings, frames) == []
    p.hear(ShiftState(state="on"), NOW + 5000)
    assert of(Pings, live(p, 2, start_s=5.5))


def test_a_shift_ended_by_the_dispatcher_is_not_started_again():
    p = phone()
    p.hear(welcome(), NOW)
    p.hear(ShiftState(state="off"), NOW)
    assert live(p, 60) == []


def test_fixes_are_paced_by_what_the_rider_does():
    p = phone()
    p.hear(welcome(), NOW)
    idle = [f for frame in of(Pings, live(p, 60)) for f in frame.fixes]
    assert [round((f.fix_at_ms - NOW) / 1000) for f in idle] == [0, 15, 30, 45, 60]
    assert all(f.speed_mps == 0.0 and f.heading_deg is None for f in idle)


def test_frames_are_not_sent_more_often_than_the_flush_time():
    p = phone()
    p.hear(welcome(), NOW)
    frames = [p.step(NOW + k * 60_000, k * 0.1) for k in range(100)]
    sent = [k * 0.1 for k, batch in enumerate(frames) if of(Pings, batch)]
    assert min(b - a for a, b in itertools.pairwise(sent)) >= FLUSH_S


def test_an_ack_empties_the_memory_and_a_reconnect_sends_the_rest():
    p = phone()
    p.hear(welcome(), NOW)
    first = of(Pings, live(p, 20))
    assert [frame.seq for frame in first] == [1, 2]
    p.hear(Ack(seq=1), NOW)
    p.hang_up()
    assert live(p, 0, start_s=21) == []
    p.hear(welcome(seq=1), NOW)
    again = of(Pings, live(p, 0, start_s=22))
    assert again[0].seq == 2
    assert again[0].fixes == first[1].fixes


def test_a_gap_that_the_server_reports_is_filled():
    p = phone()
    p.hear(welcome(), NOW)
    live(p, 20)
    p.hear(ErrorFrame(code="seq_gap", message="", detail={"expected": 1}), NOW)
    assert [frame.seq for frame in of(Pings, live(p, 0, start_s=21))] == [1, 2]
    assert p.tally.errors == {"seq_gap": 1}


def test_an_action_is_repeated_with_the_same_id_until_it_is_acknowledged():
    p = phone(forget_arrived_share=1.0)
    p.hear(welcome(stops=[pickup()]), NOW)
    sent = of(Action, live(p, 20 + ACTION_RETRY_S))
    assert [a.action for a in sent] == ["picked_up"] * len(sent)
    assert len(sent) >= 2
    assert len({a.id for a in sent}) == 1
    p.hear(ActionAck(id=sent[0].id, result="ok"), NOW)
    assert of(Action, live(p, 60, start_s=40)) == []


def test_actions_taken_offline_keep_their_time():
    p = phone(forget_arrived_share=1.0)
    p.hear(welcome(stops=[pickup()]), NOW)
    p.hang_up()
    live(p, 120)
    p.hear(welcome(stops=[pickup()]), NOW + 121_000)
    action = of(Action, live(p, 0, start_s=121))[0]
    assert action.at_ms < NOW + 20_000


def test_a_refused_action_is_counted_and_the_stop_done_again():
    p = phone(forget_arrived_share=1.0)
    p.hear(welcome(stops=[pickup()]), NOW)
    action = of(Action, live(p, 20))[0]
    p.hear(ActionAck(id=action.id, result="refused", code="not_yours"), NOW + 20_000)
    again = of(Action, live(p, 30, start_s=21))
    assert again[0].stop_id == action.stop_id
    assert again[0].id != action.id
    assert p.tally.actions_refused == {"not_yours": 1}


def test_an_offer_is_accepted_after_thinking():
    p = phone(reply_s=(3.0, 3.0))
    p.hear(welcome(), NOW)
    p.hear(offer(), NOW)
    assert of(OfferReply, live(p, 2.5)) == []
    assert [r.accept for r in of(OfferReply, live(p, 5, start_s=3))] == [True]
    assert p.tally.offers == 1


def test_an_offer_may_be_declined_or_ignored():
    declining, ignoring = phone(decline_share=1.0), phone(ignore_share=1.0)
    for p in (declining, ignoring):
        p.hear(welcome(), NOW)
        p.hear(offer(), NOW)
    assert [r.accept for r in of(OfferReply, live(declining, 20))] == [False]
    assert of(OfferReply, live(ignoring, 70)) == []
    assert (declining.tally.offers_declined, ignoring.tally.offers_ignored) == (1, 1)


def test_an_offer_that_is_over_or_expired_is_not_answered():
    over, late = phone(reply_s=(5.0, 5.0)), phone(reply_s=(5.0, 5.0))
    for p, o in ((over, offer()), (late, offer(expires_s=3))):
        p.hear(welcome(), NOW)
        p.hear(o, NOW)
    over.hear(OfferOver(offer_id="f1", result="withdrawn"), NOW)
    assert of(OfferReply, live(over, 20) + live(late, 20)) == []


def test_going_home_waits_for_the_work_in_hand_and_declines_more():
    p = phone(forget_arrived_share=1.0, reply_s=(1.0, 1.0))
    p.hear(welcome(stops=[pickup()]), NOW)
    p.wanted_shift = "off"
    p.hear(offer(), NOW)
    frames = live(p, 20)
    assert [r.accept for r in of(OfferReply, frames)] == [False]
    assert of(SetShift, frames) == []
    for frame in frames:
        if isinstance(frame, Pings):
            p.hear(Ack(seq=frame.seq), NOW)
        if isinstance(frame, Action):
            p.hear(ActionAck(id=frame.id, result="ok"), NOW)
    p.hear(RouteFrame(courier_id="c1", version=2, stops=[]), NOW + 20_000)
    assert [s.state for s in of(SetShift, live(p, 3, start_s=20.5))] == ["off"]


def test_refused_fixes_are_counted_by_reason():
    p = phone()
    p.hear(welcome(), NOW)
    p.hear(Rejected(seq=1, counts={"late": 2}), NOW)
    p.hear(Rejected(seq=2, counts={"late": 1, "vague": 1}), NOW)
    assert p.tally.rejected == {"late": 3, "vague": 1}


@pytest.mark.parametrize("codec", [msgspec.json, msgspec.msgpack])
def test_every_frame_it_sends_can_be_read_as_the_wire_declares(codec):
    p = phone()
    p.hear(welcome(stops=[pickup()], shift="off"), NOW)
    frames = live(p, 1)
    p.hear(ShiftState(state="on"), NOW + 1500)
    frames += live(p, 20, start_s=2)
    assert {type(f) for f in frames} == {Pings, Action, SetShift}
    for frame in (p.hello(), *frames):
        assert codec.decode(codec.encode(frame), type=CourierFrame) == frame
