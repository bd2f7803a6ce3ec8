"""An order's way through the desk: placed, offered, accepted, carried, delivered, and ways it may not go."""

import asyncio

import pytest

from domain.errors import Conflict, NotFound, PreconditionFailed
from domain.events import OfferEnded, OfferMade, OrderChanged, RouteChanged
from domain.ids import OrderId
from domain.order import StopKind, TimeWindow


async def test_an_order_is_offered_to_the_nearest_courier_at_once_with_an_eta(world):
    near, far = await world.courier("ana", 100), await world.courier("beto", 3000)
    order_id = await world.place()
    assert world.status(order_id) == "offered"
    assert [offer.order_ids for offer in world.desk.offers(near)] == [(order_id,)]
    assert world.desk.offers(far) == []
    etas = world.desk.etas(order_id)
    assert world.clock.now_ms() < etas.pickup.p50_at_ms < etas.dropoff.p50_at_ms
    assert etas.dropoff.p10_at_ms < etas.dropoff.p50_at_ms < etas.dropoff.p90_at_ms


async def test_nothing_is_told_before_it_is_stored(world):
    seen = []
    store = world.stores.orders

    def check(events):
        seen.extend(
            (event.order.version, store._orders[event.fleet, event.order.id].version)
            for event in events
            if isinstance(event, OrderChanged)
        )

    world.desk._journal._sink = check
    await world.courier()
    await world.place()
    assert seen
    assert all(stored >= told for told, stored in seen)


async def test_an_accepted_order_is_on_the_couriers_route_and_a_declined_one_goes_elsewhere(world):
    ana, beto = await world.courier("ana", 100), await world.courier("beto", 500, 500)
    order_id = await world.place()
    (offer,) = world.desk.offers(ana)
    await world.desk.reply(ana, offer.offer_id, accept=False, reason="flat tyre")
    await world.settle()
    assert world.order(order_id).excluded == {ana}
    assert world.stops(ana) == []
    await world.accept(beto)
    assert world.status(order_id) == "assigned"
    assert world.stops(beto) == [f"{order_id}.pickup", f"{order_id}.dropoff"]
    assert world.desk.stops_before(order_id) == 1
    assert [event.result for event in world.told(OfferEnded)] == ["declined", "accepted"]
    assert world.told(RouteChanged)[-1].route.courier_id == beto


async def test_saying_yes_twice_is_yes_once_and_no_after_yes_is_refused(world):
    ana = await world.courier()
    await world.place()
    (offer,) = world.desk.offers(ana)
    await world.desk.reply(ana, offer.offer_id, accept=True)
    await world.desk.reply(ana, offer.offer_id, accept=True)
    with pytest.raises(Conflict, match="accepted already"):
        await world.desk.reply(ana, offer.offer_id, accept=False)
    with pytest.raises(NotFound):
        await world.desk.reply("c_beto", offer.offer_id, accept=True)


async def test_an_offer_runs_out_and_another_courier_is_asked(world):
    ana, beto = await world.courier("ana", 100), await world.courier("beto", 800)
    order_id = await world.place()
    assert world.desk.offers(ana)
    await world.advance(62)
    assert [event.result for event in world.told(OfferEnded)] == ["expired"]
    assert world.desk.offers(ana) == []
    assert [offer.order_ids for offer in world.desk.offers(beto)] == [(order_id,)]


async def test_a_courier_who_let_an_offer_run_out_is_asked_again_later_when_nobody_else_is_there(world):
    ana = await world.courier()
    order_id = await world.place()
    await world.advance(62)
    assert world.desk.offers(ana) == []
    await world.advance(320)
    assert [offer.order_ids for offer in world.desk.offers(ana)] == [(order_id,)]


async def test_an_order_waits_with_a_reason_until_a_courier_comes_on_shift(world):
    order_id = await world.place()
    assert world.status(order_id) == "placed"
    assert world.order(order_id).unassigned_reason == "no_courier_on_shift"
    ana = await world.courier()
    assert world.status(order_id) == "offered"
    await world.accept(ana)
    assert world.order(order_id).unassigned_reason is None


async def test_a_courier_who_accepts_automatically_is_not_asked(world):
    ana = await world.courier(auto_accept=True)
    order_id = await world.place()
    assert world.status(order_id) == "assigned"
    assert world.order(order_id).courier_id == ana
    assert world.told(OfferMade) == []


async def test_offline_couriers_get_no_offers(world):
    await world.courier(online=False)
    assert world.status(await world.place()) == "placed"


async def test_the_whole_way_to_delivered_is_in_the_history_with_who_did_it(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    await world.advance(60)
    await world.fence(ana, order_id, StopKind.PICKUP)
    assert world.status(order_id) == "at_pickup"
    assert (await world.act(ana, order_id, "picked_up")).ok
    assert world.stops(ana) == [f"{order_id}.dropoff"]
    await world.fence(ana, order_id, StopKind.DROPOFF)
    assert world.status(order_id) == "at_dropoff"
    assert (await world.act(ana, order_id, "delivered")).ok
    assert world.status(order_id) == "delivered"
    assert world.stops(ana) == []
    lines = await world.stores.orders.events("norte", order_id)
    assert [(line.trigger, line.actor) for line in lines] == [
        ("place", "shop:tacos"),
        ("offer", "planner"),
        ("accept", f"courier:{ana}"),
        ("arrive_pickup", "fence"),
        ("pick_up", f"courier:{ana}"),
        ("arrive_dropoff", "fence"),
        ("deliver", f"courier:{ana}"),
    ]
    assert [line.version for line in lines] == list(range(1, 8))


async def test_a_cancelled_order_leaves_the_route_and_cancelling_again_changes_nothing(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    cancelled = await world.desk.cancel(order_id, actor="user:u_1", reason="customer left")
    assert cancelled.status == "cancelled"
    assert world.stops(ana) == []
    again = await world.desk.cancel(order_id, actor="user:u_1")
    assert again.version == cancelled.version


async def test_cancelling_an_offered_order_withdraws_the_offer(world):
    ana = await world.courier()
    order_id = await world.place()
    await world.desk.cancel(order_id, actor="user:u_1")
    assert world.desk.offers(ana) == []
    assert [event.result for event in world.told(OfferEnded)] == ["withdrawn"]


async def test_a_delivered_order_cannot_be_cancelled(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    await world.act(ana, order_id, "delivered")
    with pytest.raises(Conflict) as refused:
        await world.desk.cancel(order_id, actor="user:u_1")
    assert refused.value.code == "wrong_state"
    assert "delivered" in refused.value.message


async def test_assigning_by_hand_overrules_the_offer_and_pins(world):
    ana, beto = await world.courier("ana", 100), await world.courier("beto", 2000)
    order_id = await world.place()
    assert world.desk.offers(ana)
    order = await world.desk.assign(order_id, beto, pin=True, actor="user:u_1")
    assert (order.status, order.courier_id, order.pinned) == ("assigned", beto, True)
    assert world.desk.offers(ana) == []
    assert world.stops(beto) == [f"{order_id}.pickup", f"{order_id}.dropoff"]


async def test_unassigning_asks_somebody_else_and_assigning_by_hand_undoes_it(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    order = await world.desk.unassign(order_id, actor="user:u_1")
    assert order.status == "placed"
    assert order.excluded == {ana}
    assert world.stops(ana) == []
    order = await world.desk.assign(order_id, ana, pin=False, actor="user:u_1")
    assert (order.status, order.courier_id, order.excluded) == ("assigned", ana, frozenset())


async def test_assigning_names_unknown_orders_and_couriers(world):
    ana = await world.courier()
    order_id = await world.place()
    with pytest.raises(NotFound) as unknown:
        await world.desk.assign(order_id, "c_nobody", pin=False, actor="user:u_1")
    assert unknown.value.code == "no_such_courier"
    with pytest.raises(NotFound) as unknown:
        await world.desk.assign(OrderId("o_none"), ana, pin=False, actor="user:u_1")
    assert unknown.value.code == "no_such_order"


async def test_goods_that_do_not_fit_cannot_be_forced_on_a_courier(world):
    ana = await world.courier()
    order_id = await world.place(requires=frozenset({"cold"}))
    assert world.order(order_id).unassigned_reason == "skills"
    with pytest.raises(Conflict) as refused:
        await world.desk.assign(order_id, ana, pin=True, actor="user:u_1")
    assert refused.value.code == "does_not_fit"


async def test_a_repeated_key_returns_the_first_order_also_when_both_come_at_once(world):
    order, other = world.new_order(), world.new_order()
    first, second = await asyncio.gather(
        world.desk.place(order, actor="shop:a", idempotency_key="k", request_sha256="s"),
        world.desk.place(other, actor="shop:a", idempotency_key="k", request_sha256="s"),
    )
    third = await world.desk.place(world.new_order(), actor="shop:a", idempotency_key="k", request_sha256="s")
    assert first.id == second.id == third.id
    with pytest.raises(Conflict) as refused:
        await world.desk.place(world.new_order(), actor="shop:a", idempotency_key="k", request_sha256="other")
    assert refused.value.code == "idempotency_key_reused"
    assert len(await world.stores.orders.open_orders("norte")) == 1


async def test_changes_need_the_newest_version(world):
    order_id = await world.place()
    version = world.order(order_id).version
    changed = await world.desk.change(order_id, {"priority": 3}, actor="user:u_1", expected_version=version)
    assert changed.priority == 3
    with pytest.raises(PreconditionFailed):
        await world.desk.change(order_id, {"priority": 4}, actor="user:u_1", expected_version=version)


async def test_an_order_for_later_is_scheduled_and_released_in_time(world):
    ana = await world.courier()
    window = TimeWindow(earliest_at_ms=world.clock.now_ms() + 3 * 3600_000)
    order_id = await world.place(pickup_fields={"window": window})
    assert world.status(order_id) == "scheduled"
    await world.advance(2 * 3600, step=600)
    world.ping(ana)
    assert world.status(order_id) == "scheduled"
    await world.advance(1200, step=60)
    assert world.status(order_id) == "placed"
    await world.advance(1980, step=30)
    assert world.status(order_id) == "offered"


async def test_a_courier_who_ends_the_shift_gives_back_what_is_not_picked_up(world):
    ana = await world.courier()
    waiting, aboard = await world.accepted(ana), None
    aboard = await world.accepted(ana, pickup=(310.0, 0.0))
    await world.act(ana, aboard, "picked_up")
    await world.desk.set_shift(ana, "off")
    await world.settle()
    assert world.status(waiting) == "placed"
    assert world.order(waiting).courier_id is None
    assert world.status(aboard) == "picked_up"
    assert world.stops(ana) == [f"{aboard}.dropoff"]
    assert world.alerts().count("courier_off_shift_with_orders") == 2


async def test_a_courier_long_out_of_contact_loses_what_is_not_picked_up(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    world.ping(ana, presence="offline")
    await world.advance(200)
    assert world.status(order_id) == "assigned"
    await world.advance(120)
    assert world.status(order_id) == "placed"
    assert "courier_offline_with_orders" in world.alerts()


async def test_an_order_nobody_takes_and_a_late_one_raise_an_alert_once(world):
    await world.place()
    await world.advance(3600, step=20)
    assert world.alerts().count("order_unassigned_long") == 1
    assert world.alerts().count("order_late") == 1


async def test_a_window_nobody_can_meet_is_missed_rather_than_the_order_lost(world):
    ana = await world.courier()
    window = TimeWindow(latest_at_ms=world.clock.now_ms() + 10_000)
    order_id = await world.place(dropoff_fields={"window": window})
    assert world.order(order_id).unassigned_reason == "time_window"
    await world.advance(90)
    assert "window_missed" in world.alerts()
    assert [offer.order_ids for offer in world.desk.offers(ana)] == [(order_id,)]
