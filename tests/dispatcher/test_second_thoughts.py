"""What the tracker takes back moves no order against its courier's word, and puts noted times right."""

from domain.events import FenceCorrected
from domain.order import OrderStatus, StopKind, stop_id
from domain.zone import FenceEventKind


async def correct(world, courier_id, order_id, kind, was_at_ms, at_ms=None, event=FenceEventKind.ENTERED):
    world.desk.listen(
        [
            FenceCorrected(
                fleet=world.desk.fleet.id,
                at_ms=was_at_ms if at_ms is None else at_ms,
                id="again",
                corrects="v1",
                retracted=at_ms is None,
                was_at_ms=was_at_ms,
                courier_id=courier_id,
                kind=event,
                visit=1,
                late=False,
                stop_id=stop_id(order_id, kind),
            )
        ]
    )
    await world.settle()


async def arrived(world):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    await world.fence(ana, order_id, StopKind.PICKUP)
    return ana, order_id, world.order(order_id).reached_at_ms[OrderStatus.AT_PICKUP]


async def test_an_arrival_taken_back_leaves_the_order_assigned_and_lets_it_arrive_again(world):
    ana, order_id, at_ms = await arrived(world)
    await correct(world, ana, order_id, StopKind.PICKUP, at_ms)
    assert world.status(order_id) == "assigned"
    assert OrderStatus.AT_PICKUP not in world.order(order_id).reached_at_ms
    await world.fence(ana, order_id, StopKind.PICKUP)
    assert world.status(order_id) == "at_pickup"


async def test_an_arrival_at_another_time_is_noted_at_that_time(world):
    ana, order_id, at_ms = await arrived(world)
    world.clock.advance(60)
    await correct(world, ana, order_id, StopKind.PICKUP, at_ms, at_ms + 7_000)
    assert world.status(order_id) == "at_pickup"
    assert world.order(order_id).reached_at_ms[OrderStatus.AT_PICKUP] == at_ms + 7_000


async def test_what_the_courier_confirmed_is_not_moved_back(world):
    ana, order_id, at_ms = await arrived(world)
    await world.act(ana, order_id, "picked_up")
    await correct(world, ana, order_id, StopKind.PICKUP, at_ms)
    assert world.status(order_id) == "picked_up"


async def test_a_suggestion_is_withdrawn_once_and_may_be_made_again(world):
    ana, order_id, at_ms = await arrived(world)
    await world.fence(ana, order_id, StopKind.PICKUP, FenceEventKind.EXITED)
    for _ in range(2):
        await correct(world, ana, order_id, StopKind.PICKUP, at_ms, event=FenceEventKind.EXITED)
    await world.fence(ana, order_id, StopKind.PICKUP, FenceEventKind.EXITED)
    kinds = [kind for kind in world.alerts() if kind.startswith("sugg")]
    assert kinds == ["suggest_picked_up", "suggestion_withdrawn", "suggest_picked_up"]


async def test_a_correction_of_another_couriers_visit_changes_nothing(world):
    _, order_id, at_ms = await arrived(world)
    beto = await world.courier("beto", 4000)
    await correct(world, beto, order_id, StopKind.PICKUP, at_ms)
    assert world.status(order_id) == "at_pickup"
