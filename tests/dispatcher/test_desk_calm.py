"""Couriers' next stops hold still: changes cost more the nearer the stop, and accepted work stays."""

import pytest

from dispatcher.board import PlanBoard, Visit
from dispatcher.calm import changed_next, stay, unrest_min
from dispatcher.model import PlannedRoute, Solution, TimedVisit
from dispatcher.picture import problem_of
from dispatcher.settings import DispatchSettings
from domain.order import StopKind
from tests.dispatcher.desk_world import World


def plan_of(problem, courier_id, visits):
    timed = tuple(
        TimedVisit(order_id=v.order_id, kind=v.kind, arrive_at_ms=0, handover_at_ms=0, leave_at_ms=0)
        for v in visits
    )
    return Solution(now_ms=problem.now_ms, routes=(PlannedRoute(courier_id=courier_id, visits=timed),))


async def two_accepted(world, *, pickup_m):
    ana = await world.courier("ana", 0)
    for north_m in (0.0, 400.0):
        order_id = await world.place(pickup=(pickup_m, north_m), dropoff=(pickup_m + 300, north_m))
        await world.desk.assign(order_id, ana, pin=False, actor="user:u_1")
    await world.settle()
    return ana, world.desk._state


async def unrest_of_swapping(world, pickup_m):
    ana, state = await two_accepted(world, pickup_m=pickup_m)
    first, *rest = state.board.planned(ana)
    swapped = [*[v for v in rest if v.order_id != first.order_id], first]
    swapped += [v for v in rest if v.order_id == first.order_id]
    plan = plan_of(problem_of(state, state.now_ms()), ana, swapped)
    assert changed_next(state.board, plan, state.book.all()) == {ana: first}
    return unrest_min(state.board, plan, state.book.all(), state.now_ms())


async def test_sending_a_courier_elsewhere_costs_more_just_before_the_stop_than_long_before(world):
    far_world = World()
    await far_world.start()
    near, far = await unrest_of_swapping(world, 100.0), await unrest_of_swapping(far_world, 1000.0)
    await far_world.stop()
    far_world.planner.close()
    assert 2.0 >= near > far > 0.2


async def test_the_same_plan_and_new_work_behind_bring_no_unrest(world):
    ana, state = await two_accepted(world, pickup_m=300.0)
    same = list(state.board.planned(ana))
    plan = plan_of(problem_of(state, state.now_ms()), ana, same)
    assert unrest_min(state.board, plan, state.book.all(), state.now_ms()) == 0.0


async def test_an_order_stays_the_more_with_its_courier_the_nearer_the_pickup(world):
    ana = await world.courier("ana", 0)
    order_id = await world.accepted(ana, pickup=(1100.0, 0.0))
    state, order = world.desk._state, world.order(order_id)
    before = stay(state.board, order, ana, state.now_ms())
    world.ping(ana, 900)
    await world.advance(120)
    after = stay(state.board, order, ana, state.now_ms())
    assert 1.0 < before < after <= 4.0
    assert stay(PlanBoard(), order, ana, state.now_ms()) == 1.0


@pytest.fixture
async def movable_world():
    world = World(DispatchSettings(improve_s=0.05, move_accepted=True))
    await world.start()
    yield world
    await world.stop()
    world.planner.close()


def give_to(state, order_id, courier_id):
    """A much better plan, as an improvement would bring it."""
    problem = problem_of(state, state.now_ms())
    visits = (Visit(order_id, StopKind.PICKUP), Visit(order_id, StopKind.DROPOFF))
    return problem, plan_of(problem, courier_id, visits)


async def test_accepted_work_is_pinned_to_its_courier(world):
    ana = await world.courier("ana", 0)
    order_id = await world.accepted(ana, pickup=(1100.0, 0.0))
    (order,) = problem_of(world.desk._state, world.clock.now_ms()).orders
    assert (order.id, order.pinned_to) == (order_id, ana)


async def test_where_the_co_op_allows_it_accepted_work_moves_its_courier_is_told_and_the_other_may_refuse(
    movable_world,
):
    world = movable_world
    ana = await world.courier("ana", 0)
    order_id = await world.accepted(ana, pickup=(1500.0, 0.0))
    beto = await world.courier("beto", 1450)
    state = world.desk._state
    (order,) = problem_of(state, world.clock.now_ms()).orders
    assert order.pinned_to is None
    world.desk._dispatching.put_into_force(*give_to(state, order_id, beto))
    await world.settle()
    await world.advance(11)
    assert "order_moved" in world.alerts()
    assert world.stops(ana) == []
    (offer,) = world.desk.offers(beto)
    await world.desk.reply(beto, offer.offer_id, accept=False)
    await world.settle()
    assert [offer.order_ids for offer in world.desk.offers(ana)] == [(order_id,)]


async def test_what_a_person_gave_or_what_is_nearly_reached_never_moves(movable_world):
    world = movable_world
    ana = await world.courier("ana", 0)
    near = await world.accepted(ana, pickup=(200.0, 0.0))
    by_hand = await world.place(pickup=(1500.0, 0.0))
    await world.desk.assign(by_hand, ana, pin=True, actor="user:u_1")
    await world.settle()
    orders = {o.id: o for o in problem_of(world.desk._state, world.clock.now_ms()).orders}
    assert (orders[near].pinned_to, orders[by_hand].pinned_to) == (ana, ana)
