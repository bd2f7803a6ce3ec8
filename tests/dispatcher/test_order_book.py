"""The order book moves orders along the lifecycle and no other way, whatever is asked of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.order_book import OrderBook, Stamp
from dispatcher.progress import GOALS, moves, reached
from domain.errors import Conflict, NotFound
from domain.geo import LonLat
from domain.ids import CourierId, FleetId, OrderId
from domain.lifecycle import CARRIED, FINAL, Trigger, next_status
from domain.order import Order, OrderPlace, OrderStatus

PLACED_AT_MS = 1_800_000_000_000


def new_order(status=OrderStatus.PLACED):
    return Order(
        id=OrderId("o_1"),
        fleet=FleetId("norte"),
        status=status,
        pickup=OrderPlace(at=LonLat(-99.17, 19.41)),
        dropoff=OrderPlace(at=LonLat(-99.16, 19.42)),
        placed_at_ms=PLACED_AT_MS,
    )


def stamp(at_ms=PLACED_AT_MS, now_ms=PLACED_AT_MS + 10_000_000):
    return Stamp(at_ms=at_ms, now_ms=now_ms, actor="user:u_1")


asks = st.tuples(
    st.sampled_from(Trigger),
    st.sampled_from([CourierId("c_1"), CourierId("c_2")]),
    st.integers(PLACED_AT_MS - 1_000_000, PLACED_AT_MS + 20_000_000),
)


@given(st.sampled_from([OrderStatus.PLACED, OrderStatus.SCHEDULED]), st.lists(asks, max_size=25))
def test_whatever_is_asked_an_order_stays_whole(first, asked):
    book = OrderBook()
    book.insert(new_order(first), stamp())
    for trigger, courier_id, at_ms in asked:
        before = book.get(OrderId("o_1"))
        expected = next_status(before.status, trigger)
        try:
            after = book.move(before.id, trigger, stamp(at_ms), courier_id=courier_id)
        except Conflict:
            assert expected is None
            assert book.get(before.id) is before
            continue
        assert after.status == expected
        assert after.version == before.version + 1
        assert (after.courier_id is not None) == (after.status in CARRIED) or after.status in FINAL
        assert all(at >= PLACED_AT_MS for at in after.reached_at_ms.values())
        assert before.reached_at_ms.items() <= after.reached_at_ms.items()
    outcome = book.take()
    versions = [change.order.version for change in outcome.changes]
    assert versions == list(range(1, len(versions) + 1))
    assert [change.expected_version for change in outcome.changes] == [None, *versions[:-1]]
    assert [event.order.version for event in outcome.events] == versions
    assert book.take().changes == []


def test_an_unknown_order_is_named():
    with pytest.raises(NotFound, match="o_none"):
        OrderBook().move(OrderId("o_none"), Trigger.CANCEL, stamp())


def test_a_refusal_says_what_was_expected_and_what_came():
    book = OrderBook()
    book.insert(new_order(), stamp())
    with pytest.raises(Conflict, match="is placed; deliver needs it to be one of: at_dropoff, picked_up"):
        book.move(OrderId("o_1"), Trigger.DELIVER, stamp())


@given(st.sampled_from(OrderStatus), st.sampled_from(sorted(GOALS.values())))
def test_every_way_to_a_goal_follows_the_lifecycle_and_gets_there(status, goal):
    steps = moves(status, goal)
    if steps is None:
        return
    for step in steps:
        status = next_status(status, step)
        assert status is not None
    assert status == goal
    assert reached(status, goal)
    assert moves(status, goal) is None
