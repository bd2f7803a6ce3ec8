"""Goods change hands, couriers fall ill, and several are asked at once."""

import pytest

from dispatcher.settings import DispatchSettings
from domain.errors import Conflict
from domain.events import OfferEnded
from domain.geo import distance_m
from tests.dispatcher.desk_world import World


async def aboard(world, courier_id, **fields):
    order_id = await world.accepted(courier_id, **fields)
    assert (await world.act(courier_id, order_id, "picked_up")).ok
    return order_id


async def test_goods_on_board_are_met_half_way_and_delivered_by_the_other(world):
    ana, beto = await world.courier("ana", 0), await world.courier("beto", 1000)
    order_id = await aboard(world, ana)
    order = await world.desk.hand_over(order_id, beto, actor="user:u_1")
    assert (order.status, order.courier_id, order.pinned) == ("assigned", beto, True)
    meeting = order.pickup.at
    gap = distance_m(meeting, world.desk._state.roster.at(ana)) - distance_m(
        meeting, world.desk._state.roster.at(beto)
    )
    assert abs(gap) < 1
    assert order.pickup.name == "Ana"
    assert world.stops(ana) == []
    assert world.stops(beto) == [f"{order_id}.pickup", f"{order_id}.dropoff"]
    assert world.alerts().count("hand_over") == 2
    assert (await world.act(beto, order_id, "picked_up")).ok
    assert (await world.act(beto, order_id, "delivered")).ok
    lines = await world.stores.orders.events("norte", order_id)
    moved = next(line for line in lines if line.trigger == "hand_over")
    assert moved.detail["giver"] == ana
    assert moved.detail["from_lon"] == pytest.approx(-99.167, abs=0.01)


async def test_goods_that_are_not_on_board_cannot_be_handed_over(world):
    ana, beto = await world.courier("ana", 0), await world.courier("beto", 1000)
    order_id = await world.accepted(ana)
    with pytest.raises(Conflict) as refused:
        await world.desk.hand_over(order_id, beto, actor="user:u_1")
    assert refused.value.code == "not_on_board"


async def test_a_courier_who_falls_ill_is_one_gesture(world):
    ana = await world.courier("ana", 0)
    carried = await aboard(world, ana)
    waiting = await world.accepted(ana, pickup=(400.0, 0.0))
    beto = await world.courier("beto", 1000)
    courier = await world.desk.courier_out(ana, actor=f"courier:{ana}", reason="flat tyre")
    await world.settle()
    assert courier.shift == "off"
    assert world.stops(ana) == []
    (offer,) = world.desk.offers(beto)
    assert set(offer.order_ids) == {carried, waiting}
    assert distance_m(world.order(carried).pickup.at, world.desk._state.roster.at(ana)) < 1
    assert "courier_out" in world.alerts()
    await world.accept(beto)
    for order_id in (carried, waiting):
        assert (await world.act(beto, order_id, "delivered")).ok


async def test_the_ill_couriers_late_word_that_it_was_delivered_counts(world):
    ana, beto = await world.courier("ana", 0), await world.courier("beto", 1000)
    order_id = await aboard(world, ana)
    await world.desk.courier_out(ana, actor="user:u_1")
    await world.settle()
    await world.accept(beto)
    assert (await world.act(ana, order_id, "delivered")).ok
    assert world.order(order_id).courier_id == ana
    assert world.stops(beto) == []


@pytest.fixture
async def broadcasting():
    world = World(DispatchSettings(improve_s=0.05, offer_broadcast=3))
    await world.start()
    yield world
    await world.stop()
    world.planner.close()


async def test_of_several_who_are_asked_the_first_yes_wins(broadcasting):
    world = broadcasting
    people = [await world.courier(name, 300.0 * i) for i, name in enumerate(("ana", "beto", "caro", "dani"))]
    order_id = await world.place()
    asked = [courier for courier in people if world.desk.offers(courier)]
    assert len(asked) == 3
    last = asked[-1]
    await world.accept(last)
    assert world.order(order_id).courier_id == last
    assert all(world.desk.offers(courier) == [] for courier in people)
    assert sorted(event.result for event in world.told(OfferEnded)) == ["accepted", "withdrawn", "withdrawn"]


async def test_one_no_leaves_the_question_open_for_the_others(broadcasting):
    world = broadcasting
    ana, beto = await world.courier("ana", 100), await world.courier("beto", 600)
    order_id = await world.place()
    (offer,) = world.desk.offers(ana)
    await world.desk.reply(ana, offer.offer_id, accept=False)
    await world.settle()
    assert world.status(order_id) == "offered"
    assert world.order(order_id).excluded == {ana}
    await world.accept(beto)
    assert world.order(order_id).courier_id == beto
