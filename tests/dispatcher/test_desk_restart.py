"""A restart at any moment loses no order and doubles none (I3), and no order has two couriers (I4)."""

import asyncio
import random

import pytest

from domain.lifecycle import CARRIED, FINAL
from domain.order import OrderStatus
from tests.dispatcher.desk_world import World


async def restarted(world):
    before = world.clock
    await world.kill()
    await world.start()
    assert world.clock is before


async def test_orders_routes_and_versions_are_back_after_a_restart(world):
    ana = await world.courier()
    first = await world.accepted(ana)
    second = await world.accepted(ana, pickup=(320.0, 0.0), dropoff=(1000.0, 100.0))
    route = world.desk.route(ana)
    await restarted(world)
    again = world.desk.route(ana)
    assert [stop.stop_id for stop in again.stops] == [stop.stop_id for stop in route.stops]
    assert again.version >= route.version
    assert {world.status(first), world.status(second)} == {"assigned"}


async def test_what_was_on_offer_at_the_crash_is_offered_again(world):
    ana = await world.courier()
    order_id = await world.place()
    (old,) = world.desk.offers(ana)
    await restarted(world)
    world.ping(ana)
    await world.settle()
    (new,) = world.desk.offers(ana)
    assert new.offer_id != old.offer_id
    assert new.order_ids == (order_id,)


async def test_an_action_sent_again_after_the_crash_counts_once(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    await world.act(ana, order_id, "picked_up", action_id="x")
    version = world.order(order_id).version
    await restarted(world)
    assert (await world.act(ana, order_id, "picked_up", action_id="x")).ok
    assert world.order(order_id).version == version


async def test_a_placement_retried_after_the_crash_is_the_same_order(world):
    order = world.new_order()
    first = await world.desk.place(order, actor="s", idempotency_key="k", request_sha256="h")
    await restarted(world)
    again = await world.desk.place(world.new_order(), actor="s", idempotency_key="k", request_sha256="h")
    assert again.id == first.id


@pytest.mark.parametrize("seed", range(6))
async def test_kills_at_random_moments_of_a_busy_hour_lose_and_double_nothing(seed):
    rng, world = random.Random(seed), World()
    await world.start()
    couriers = [
        await world.courier(f"c{i}", rng.uniform(-1500, 1500), rng.uniform(-1500, 1500)) for i in range(4)
    ]
    placed = set()
    for _ in range(40):
        await _something_happens(rng, world, couriers, placed)
        if rng.random() < 0.15:
            await restarted(world)
            for courier in couriers:
                world.ping(courier, rng.uniform(-1500, 1500), rng.uniform(-1500, 1500))
        await world.advance(rng.choice([1, 5, 30]), step=5)
    await _check(world, placed)
    await world.stop()
    world.planner.close()


async def _something_happens(rng, world, couriers, placed):
    courier = rng.choice(couriers)
    dice = rng.random()
    if dice < 0.4:
        where = [(rng.uniform(-1500, 1500), rng.uniform(-1500, 1500)) for _ in range(2)]
        order = world.new_order(pickup=where[0], dropoff=where[1])
        request = asyncio.create_task(
            world.desk.place(order, actor="s", idempotency_key=order.id, request_sha256="h")
        )
        for _ in range(rng.randrange(20)):
            await asyncio.sleep(0)
        if rng.random() < 0.2:  # the process dies with the request under way; the shop tries again
            request.cancel()
            await restarted(world)
            request = asyncio.create_task(
                world.desk.place(order, actor="s", idempotency_key=order.id, request_sha256="h")
            )
        placed.add((await request).id)
    elif dice < 0.7:
        for offer in world.desk.offers(courier):
            await world.desk.reply(courier, offer.offer_id, accept=rng.random() < 0.8)
    elif dice < 0.9:
        stops = world.desk.route(courier).stops
        if stops:
            action = "picked_up" if stops[0].kind == "pickup" else "delivered"
            await world.act(courier, stops[0].order_id, action, action_id=f"r{rng.random()}")
    else:
        await world.desk.set_shift(courier, rng.choice(["on", "on", "off"]))


async def _check(world, placed):
    await world.desk.drain()
    stored, _ = await world.stores.orders.page("norte", limit=1000)
    assert {order.id for order in stored} == placed
    held = world.desk.open_orders()
    routed = {}
    for courier_id, route in world.desk.plan().routes.items():
        for stop in route.stops:
            routed.setdefault(stop.order_id, set()).add(courier_id)
    for order in stored:
        if order.status in FINAL:
            continue
        assert held[order.id].version == order.version
        assert held[order.id].status == order.status
        assert routed.get(order.id, set()) == ({order.courier_id} if order.status in CARRIED else set())
        lines = await world.stores.orders.events("norte", order.id)
        assert [line.version for line in lines] == list(range(1, order.version + 1))
        assert order.status != OrderStatus.OFFERED or world.desk._state.offers.for_order(order.id)


async def test_a_planner_that_fails_stops_nothing_but_planning(world):
    ana = await world.courier()
    carried = await world.accepted(ana)
    insert = world.planner.insert

    def broken(problem, **_):
        raise ZeroDivisionError

    world.planner.insert = broken
    order_id = await world.place()
    assert world.status(order_id) == "placed"
    assert (await world.act(ana, carried, "picked_up")).ok
    world.planner.insert = insert
    await world.advance(11)
    assert [offer.order_ids for offer in world.desk.offers(ana)] == [(order_id,)]
