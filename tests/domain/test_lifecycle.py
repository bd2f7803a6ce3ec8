from hypothesis import given
from hypothesis import strategies as st

from domain.ids import OrderId, StopId
from domain.lifecycle import FINAL, TRANSITIONS, Trigger, next_status
from domain.order import OrderStatus, StopKind, parse_stop_id, stop_id


def test_final_states_are_never_left():
    assert not [key for key in TRANSITIONS if key[0] in FINAL]


def test_every_state_can_be_reached_from_placed_or_scheduled():
    reached = {OrderStatus.PLACED, OrderStatus.SCHEDULED}
    while True:
        more = {to for (state, _), to in TRANSITIONS.items() if state in reached} - reached
        if not more:
            break
        reached |= more
    assert reached == set(OrderStatus)


def test_every_open_state_can_be_cancelled():
    assert all(next_status(s, Trigger.CANCEL) is OrderStatus.CANCELLED for s in OrderStatus if s not in FINAL)


def test_goods_are_delivered_only_after_they_were_picked_up():
    before = [s for s in OrderStatus if next_status(s, Trigger.DELIVER) is not None]
    assert before == [OrderStatus.PICKED_UP, OrderStatus.AT_DROPOFF]


@given(st.text(max_size=40), st.sampled_from(StopKind))
def test_a_stop_id_names_its_order_and_kind(order, kind):
    parsed = parse_stop_id(stop_id(OrderId(order), kind))
    assert parsed == ((order, kind) if order else None)


def test_what_is_no_stop_id_is_told_apart():
    assert parse_stop_id(StopId("o_1.lunch")) is None
    assert parse_stop_id(StopId("nonsense")) is None
