"""The co-op's real constraints, all the way through the desk."""

import pytest

from domain.courier import Capacity, Courier, ShiftState, Vehicle
from domain.errors import Conflict
from domain.order import Size
from tests.dispatcher.desk_world import FLEET

MIN = 60_000


def offered(world, courier_id):
    return {order_id for offer in world.desk.offers(courier_id) for order_id in offer.order_ids}


async def test_the_order_with_priority_goes_first_when_couriers_are_short(world):
    usual = await world.place(pickup=(300.0, 0.0), dropoff=(300.0, 2500.0))
    urgent = await world.place(pickup=(300.0, 50.0), dropoff=(300.0, -2500.0), priority=10)
    ana = await world.courier("ana", 250)
    await world.accept(ana)
    await world.advance(11)
    assert world.status(urgent) == "assigned"
    stops = world.stops(ana)
    assert f"{usual}.dropoff" not in stops or stops.index(f"{urgent}.dropoff") < stops.index(
        f"{usual}.dropoff"
    )


async def test_a_group_stays_on_one_courier_and_waits_when_nobody_can_take_it_whole(world):
    ana, beto = await world.courier("ana", 0), await world.courier("beto", 600)
    half = {"size": Size(weight_g=8_000), "group": "mudanza"}
    first = await world.place(**half)
    second = await world.place(pickup=(310.0, 0.0), **half)
    holders = {world.desk._state.board.planned_courier().get(order_id) for order_id in (first, second)}
    assert len(holders) == 1
    assert not (offered(world, ana) and offered(world, beto))


async def test_a_courier_on_a_break_gets_nothing_new_and_gives_back_what_is_not_picked_up(world):
    ana = await world.courier("ana", 0)
    carried = await world.accepted(ana)
    assert (await world.act(ana, carried, "picked_up")).ok
    waiting = await world.accepted(ana)
    await world.desk.set_shift(ana, ShiftState.BREAK)
    await world.settle()
    assert (world.status(carried), world.status(waiting)) == ("picked_up", "placed")
    assert world.order(waiting).unassigned_reason == "no_courier_on_shift"
    assert world.stops(ana) == [f"{carried}.dropoff"]


async def test_hot_food_is_not_carried_around_on_other_errands(world):
    ana = await world.courier("ana", 0)
    soup = await world.place(pickup=(300.0, 0.0), dropoff=(2600.0, 0.0), on_board_max_s=900)
    cold = await world.place(pickup=(300.0, 0.0), dropoff=(300.0, 2600.0))
    planned = [str(visit.order_id) for visit in world.desk._state.board.planned(ana)]
    assert planned[-1] == cold
    slow = await world.place(pickup=(300.0, 0.0), dropoff=(6000.0, 0.0), on_board_max_s=300)
    assert world.order(slow).unassigned_reason is not None
    assert slow not in world.desk._state.board.planned_courier()
    assert soup in planned


async def test_an_order_for_tomorrow_waits_and_one_for_later_today_is_planned_in_time(world):
    ana = await world.courier("ana", 0)
    now_ms = world.clock.now_ms()
    today = await world.place(pickup_fields={"ready_at_ms": now_ms + 100 * MIN})
    tomorrow = await world.place(pickup_fields={"ready_at_ms": now_ms + 24 * 60 * MIN})
    assert (world.status(today), world.status(tomorrow)) == ("scheduled", "scheduled")
    await world.until_asked(ana, minutes=100)
    assert offered(world, ana) == {today}
    assert world.status(tomorrow) == "scheduled"
    doc = await world.desk.explanation(tomorrow, "es")
    assert doc["text"].startswith("Todavía es temprano")


async def test_a_trailer_makes_room_and_without_one_the_order_says_it_does_not_fit(world):
    ana = await world.courier("ana", 0)
    sacks = await world.place(size=Size(weight_g=40_000))
    assert world.order(sacks).unassigned_reason == "capacity"
    courier = Courier(
        id=ana,
        fleet=FLEET.id,
        name="Ana",
        vehicle=Vehicle.BICYCLE,
        trailer=Capacity(weight_g=60_000, volume_l=200.0, orders=6),
    )
    await world.desk.put_courier(courier)
    await world.settle()
    assert offered(world, ana) == {sacks}


async def test_cold_goods_go_to_whoever_has_a_cold_box_and_nobody_else_by_hand(world):
    ana = await world.courier("ana", 300)
    frida = await world.courier("frida", 2500, skills=frozenset({"cold"}))
    order_id = await world.place(requires=frozenset({"cold"}))
    assert (offered(world, ana), offered(world, frida)) == (set(), {order_id})
    assert "Ana no trae lo que necesita (frío)" in (await world.desk.explanation(order_id, "es"))["text"]
    with pytest.raises(Conflict) as refused:
        await world.desk.assign(order_id, ana, pin=True, actor="user:u_1")
    assert refused.value.code == "does_not_fit"


async def test_whom_a_person_excluded_is_not_asked(world):
    ana, beto = await world.courier("ana", 100), await world.courier("beto", 1500)
    order_id = await world.place()
    await world.desk.exclude(order_id, ana, excluded=True, actor="user:u_1")
    await world.settle()
    assert (offered(world, ana), offered(world, beto)) == (set(), {order_id})
    await world.desk.exclude(order_id, beto, excluded=True, actor="user:u_1")
    await world.settle()
    assert world.order(order_id).unassigned_reason == "everyone_declined"
    await world.desk.exclude(order_id, ana, excluded=False, actor="user:u_1")
    await world.settle()
    await world.accept(ana)
    await world.desk.exclude(order_id, ana, excluded=True, actor="user:u_1")
    await world.settle()
    assert (world.status(order_id), world.stops(ana)) == ("placed", [])


async def test_a_window_and_a_shift_end_that_nobody_can_keep_are_named(world):
    ana = await world.courier("ana", 0)
    await world.desk.set_shift(ana, ShiftState.ON, ends_at_ms=world.clock.now_ms() + 10 * MIN)
    order_id = await world.place(dropoff=(9000.0, 0.0))
    assert world.order(order_id).unassigned_reason == "shift_end"
    assert (await world.desk.explanation(order_id, "en"))["text"].startswith("Every shift ends before")
