"""Couriers' actions: once, at the time they were taken, however late and in whatever order (I11)."""

import itertools

import pytest

from domain.order import OrderStatus, StopKind
from domain.zone import FenceEventKind


async def test_an_action_taken_offline_counts_from_when_it_was_taken(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    taken_at_ms = world.clock.now_ms() + 60_000
    await world.advance(3 * 3600, step=600)
    world.ping(ana)
    await world.act(ana, order_id, "picked_up", at_ms=taken_at_ms)
    await world.act(ana, order_id, "delivered", at_ms=taken_at_ms + 300_000)
    reached = world.order(order_id).reached_at_ms
    assert reached[OrderStatus.PICKED_UP] == taken_at_ms
    assert reached[OrderStatus.DELIVERED] == taken_at_ms + 300_000


async def test_the_same_action_sent_again_changes_nothing(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    first = await world.act(ana, order_id, "picked_up", action_id="x")
    version = world.order(order_id).version
    again = await world.act(ana, order_id, "picked_up", action_id="x")
    assert first.ok
    assert again.ok
    assert world.order(order_id).version == version


async def test_a_refused_action_stays_refused_when_sent_again(world):
    ana, beto = await world.courier("ana"), await world.courier("beto", 4000)
    order_id = await world.accepted(ana)
    refused = await world.act(beto, order_id, "picked_up", action_id="x")
    again = await world.act(beto, order_id, "picked_up", action_id="x")
    assert (refused.ok, refused.code) == (False, "not_your_stop")
    assert (again.ok, again.code, again.message) == (False, "not_your_stop", refused.message)


async def test_a_second_action_at_a_stop_already_done_is_fine(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    assert (await world.act(ana, order_id, "picked_up")).ok
    assert (await world.act(ana, order_id, "picked_up")).ok
    assert (await world.act(ana, order_id, "arrived", kind=StopKind.PICKUP)).ok
    assert world.status(order_id) == "picked_up"


async def test_a_delivery_says_that_the_goods_were_picked_up(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    assert (await world.act(ana, order_id, "delivered")).ok
    lines = await world.stores.orders.events("norte", order_id)
    assert [line.trigger for line in lines][-2:] == ["pick_up", "deliver"]


@pytest.mark.parametrize("turn", list(itertools.permutations(range(3))))
async def test_queued_actions_end_right_in_whatever_order_they_come(world, turn):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    base_ms = world.clock.now_ms()
    await world.advance(1800, step=300)
    queue = [("arrived", 10_000), ("picked_up", 20_000), ("delivered", 30_000)]
    for i in turn:
        action, after_ms = queue[i]
        kind = StopKind.DROPOFF if action == "delivered" else StopKind.PICKUP
        assert (await world.act(ana, order_id, action, kind=kind, at_ms=base_ms + after_ms)).ok
    order = world.order(order_id)
    assert order.status == "delivered"
    assert order.reached_at_ms[OrderStatus.AT_PICKUP] == base_ms + 10_000
    assert order.reached_at_ms[OrderStatus.PICKED_UP] == base_ms + 20_000
    assert order.reached_at_ms[OrderStatus.DELIVERED] == base_ms + 30_000


async def test_goods_stay_with_whoever_picked_them_up_while_out_of_contact(world):
    ana, beto = await world.courier("ana"), await world.courier("beto", 1500)
    order_id = await world.accepted(ana)
    picked_up_at_ms = world.clock.now_ms() + 30_000
    world.ping(ana, presence="offline")
    await world.advance(320, step=20)
    await world.accept(beto)
    assert world.order(order_id).courier_id == beto
    assert (await world.act(ana, order_id, "picked_up", at_ms=picked_up_at_ms)).ok
    order = world.order(order_id)
    assert (order.courier_id, order.status) == (ana, "picked_up")
    assert world.stops(beto) == []
    assert "goods_with_other_courier" in world.alerts()
    refused = await world.act(beto, order_id, "delivered")
    assert (refused.ok, refused.code) == (False, "not_your_stop")


async def test_a_late_delivery_of_a_returned_order_counts(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    taken_at_ms = world.clock.now_ms() + 100_000
    world.ping(ana, presence="offline")
    await world.advance(320, step=20)
    assert world.status(order_id) == "placed"
    assert (await world.act(ana, order_id, "delivered", at_ms=taken_at_ms)).ok
    assert world.order(order_id).reached_at_ms[OrderStatus.DELIVERED] == taken_at_ms


@pytest.mark.parametrize(
    ("action", "kind", "code"),
    [
        ("arrived", StopKind.DROPOFF, "wrong_state"),
        ("picked_up", StopKind.DROPOFF, "wrong_stop_kind"),
        ("delivered", StopKind.PICKUP, "wrong_stop_kind"),
        ("juggled", StopKind.PICKUP, "unknown_action"),
    ],
)
async def test_refusals_say_what_was_expected(world, action, kind, code):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    refused = await world.act(ana, order_id, action, kind=kind)
    assert (refused.ok, refused.code) == (False, code)
    assert refused.message
    assert world.status(order_id) == "assigned"


async def test_an_unknown_stop_and_somebody_elses_stop_are_refused(world):
    ana = await world.courier()
    assert (await world.act(ana, "o_none", "picked_up")).code == "unknown_stop"
    order_id = await world.place()
    assert (await world.act(ana, order_id, "picked_up")).code == "not_your_stop"


async def test_an_action_after_the_order_was_cancelled_is_refused_and_shown_to_the_dispatcher(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    await world.desk.cancel(order_id, actor="user:u_1")
    refused = await world.act(ana, order_id, "picked_up")
    assert (refused.ok, refused.code) == (False, "wrong_state")
    assert "action_after_end" in world.alerts()


async def test_a_late_action_on_an_order_that_left_memory_is_still_answered(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    await world.act(ana, order_id, "delivered")
    await world.advance(3600, step=300)
    assert order_id not in world.desk.open_orders()
    assert (await world.act(ana, order_id, "delivered")).ok


async def test_a_failed_stop_fails_the_order_with_its_reason(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    await world.act(ana, order_id, "picked_up")
    assert (await world.act(ana, order_id, "failed", kind=StopKind.DROPOFF)).ok
    assert world.status(order_id) == "failed"
    assert world.stops(ana) == []


async def test_whoever_stood_at_the_door_before_the_pick_up_was_marked_has_arrived(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    await world.fence(ana, order_id, StopKind.DROPOFF)
    assert world.status(order_id) == "assigned"
    await world.act(ana, order_id, "picked_up")
    assert world.status(order_id) == "at_dropoff"


async def test_leaving_the_pickup_without_a_word_becomes_a_suggestion(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    await world.fence(ana, order_id, StopKind.PICKUP)
    await world.fence(ana, order_id, StopKind.PICKUP, FenceEventKind.EXITED)
    assert world.status(order_id) == "at_pickup"
    assert "suggest_picked_up" in world.alerts()


async def test_a_fence_event_told_twice_or_of_another_courier_changes_nothing(world):
    ana, beto = await world.courier("ana"), await world.courier("beto", 4000)
    order_id = await world.accepted(ana)
    await world.fence(beto, order_id, StopKind.PICKUP)
    assert world.status(order_id) == "assigned"
    await world.fence(ana, order_id, StopKind.PICKUP)
    version = world.order(order_id).version
    await world.fence(ana, order_id, StopKind.PICKUP)
    assert world.order(order_id).version == version
