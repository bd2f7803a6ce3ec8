"""Goods change hands, couriers fall ill, and several are asked at once."""

import pytest

from dispatcher.settings import DispatchSettings
from domain.errors import Conflict, NotFound
from domain.events import OfferEnded, ZoneChanged
from domain.geo import distance_m, moved
from domain.ids import ZoneId
from domain.order import StopKind
from domain.zone import Circle, Zone, ZoneKind
from tests.dispatcher.desk_world import CENTER, FLEET, World


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
    assert world.stops(ana) == [f"{order_id}.handover"]
    assert world.stops(beto) == [f"{order_id}.pickup", f"{order_id}.dropoff"]
    assert world.alerts().count("hand_over") == 2
    assert (await world.act(beto, order_id, "picked_up")).ok
    assert world.stops(ana) == []
    assert (await world.act(beto, order_id, "delivered")).ok
    lines = await world.stores.orders.events("norte", order_id)
    line = next(line for line in lines if line.trigger == "hand_over")
    assert line.detail["giver"] == ana
    assert line.detail["from_lon"] == pytest.approx(-99.167, abs=0.01)


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


def hub(world, east_m=1500.0, name="Bodega"):
    zone = Zone(
        id=ZoneId("z_hub"),
        fleet=FLEET.id,
        name=name,
        shape=Circle(center=moved(CENTER, east_m, 0.0), radius_m=40.0),
        kind=ZoneKind.HUB,
    )
    now_ms = world.clock.now_ms()
    world.desk.listen([ZoneChanged(fleet=FLEET.id, at_ms=now_ms, zone_id=zone.id, zone=zone)])
    return zone


async def test_both_couriers_have_a_stop_where_they_meet_until_the_goods_changed_hands(world):
    ana = await world.courier("ana", 250)
    order_id = await world.accepted(ana)
    mine = await world.accepted(ana, dropoff=(900.0, 300.0))
    for each in (order_id, mine):
        assert (await world.act(ana, each, "picked_up")).ok
    beto = await world.courier("beto", 3000)
    await world.desk.hand_over(order_id, beto, actor="user:u_1")
    await world.settle()
    assert f"{order_id}.handover" in world.stops(ana)
    assert f"{mine}.dropoff" in world.stops(ana)
    given = next(stop for stop in world.desk.route(ana).stops if stop.kind == "handover")
    taken = world.desk.route(beto).stops[0]
    assert (given.at, given.name) == (taken.at, "Beto")
    assert abs(given.leave_at_ms - taken.leave_at_ms) < 120_000
    assert (await world.act(beto, order_id, "picked_up")).ok
    assert world.order(order_id).held_by is None
    assert world.stops(ana) == [f"{mine}.dropoff"]


async def test_over_a_hub_nobody_waits_and_the_givers_word_ends_their_part(world):
    ana, beto = await world.courier("ana", 0), await world.courier("beto", 9000)
    zone = hub(world)
    order_id = await aboard(world, ana, dropoff=(2500.0, 0.0))
    await world.desk.hand_over(order_id, beto, actor="user:u_1", hub=zone.id)
    await world.settle()
    (given,) = world.desk.route(ana).stops
    assert (given.name, given.at) == ("Bodega", moved(CENTER, 1500.0, 0.0))
    assert given.leave_at_ms < world.desk.route(beto).stops[0].eta_at_ms
    assert world.desk.route(beto).stops[0].name == "Bodega"
    assert (await world.act(ana, order_id, "arrived", kind=StopKind.HANDOVER)).ok
    assert (await world.act(ana, order_id, "delivered", kind=StopKind.HANDOVER)).ok
    assert (await world.act(ana, order_id, "delivered", kind=StopKind.HANDOVER)).ok
    assert (world.stops(ana), world.status(order_id)) == ([], "assigned")
    assert world.stops(beto) == [f"{order_id}.pickup", f"{order_id}.dropoff"]
    assert not (await world.act(beto, order_id, "picked_up", kind=StopKind.HANDOVER)).ok


async def test_without_a_taker_goods_go_to_the_hub_on_the_way_and_somebody_is_asked(world):
    ana, beto = await world.courier("ana", 0), await world.courier("beto", 1600)
    hub(world)
    order_id = await aboard(world, ana, dropoff=(3000.0, 0.0))
    order = await world.desk.hand_over(order_id, None, actor="user:u_1")
    await world.settle()
    assert order.pickup.name == "Bodega"
    assert world.stops(ana) == [f"{order_id}.handover"]
    (offer,) = world.desk.offers(beto)
    assert offer.order_ids == (order_id,)


async def test_a_hand_over_is_remembered_over_a_restart(world):
    ana, beto = await world.courier("ana", 0), await world.courier("beto", 3000)
    order_id = await aboard(world, ana)
    await world.desk.hand_over(order_id, beto, actor="user:u_1")
    await world.settle()
    await world.kill()
    await world.start()
    assert world.order(order_id).held_by == ana
    assert world.stops(ana) == [f"{order_id}.handover"]


async def test_an_unknown_hub_is_named(world):
    ana = await world.courier("ana", 0)
    order_id = await aboard(world, ana)
    with pytest.raises(NotFound) as unknown:
        await world.desk.hand_over(order_id, None, actor="user:u_1", hub="z_none")
    assert unknown.value.code == "no_such_hub"


async def test_orders_collected_at_a_hub_are_one_visit(world):
    zone = hub(world, 300.0)
    here = (300.0, 0.0)
    orders = [await world.place(pickup=here, dropoff=(900.0, 40.0 * i), group="ruta 1") for i in range(3)]
    ana = await world.courier("ana", 0)
    await world.until_asked(ana)
    await world.accept(ana)
    stops = world.desk.route(ana).stops
    assert [stop.kind for stop in stops] == ["pickup"] * 3 + ["dropoff"] * 3
    assert len({(stop.eta_at_ms, stop.leave_at_ms) for stop in stops[:3]}) == 1
    assert {stop.order_id for stop in stops} == set(orders)
    assert zone.kind == "hub"
