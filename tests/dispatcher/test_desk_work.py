"""Work is counted per day and courier, shown, evened out as the co-op sets it, and survives a restart."""

import pytest

from dispatcher.model import PlannerSettings
from dispatcher.picture import problem_of
from dispatcher.settings import DispatchSettings
from domain.courier import ShiftState
from tests.dispatcher.desk_world import World


@pytest.fixture
async def fair():
    planner = PlannerSettings(fairness=2.0)
    world = World(DispatchSettings(improve_s=0.05, planner=planner))
    await world.start()
    yield world
    await world.stop()
    world.planner.close()


async def delivered(world, courier_id, minutes, **fields):
    order_id = await world.accepted(courier_id, **fields)
    await world.advance(minutes * 60, step=30)
    assert (await world.act(courier_id, order_id, "delivered")).ok
    return order_id


async def test_minutes_count_once_however_many_orders_are_in_hand(world):
    ana = await world.courier("ana", 0)
    first = await world.accepted(ana)
    await world.advance(300, step=30)
    second = await world.accepted(ana)
    await world.advance(300, step=30)
    for order_id in (first, second):
        assert (await world.act(ana, order_id, "delivered")).ok
    await world.advance(600, step=60)
    work = world.desk.work(ana)
    assert work.busy_min == pytest.approx(10, abs=0.2)
    assert work.on_shift_min == pytest.approx(20, abs=0.2)


async def test_a_break_is_no_work_and_takes_nothing_away_but_a_night_begins_a_new_day(world):
    ana = await world.courier("ana", 0)
    await delivered(world, ana, 10)
    await world.desk.set_shift(ana, ShiftState.BREAK)
    await world.advance(1800, step=300)
    await world.desk.set_shift(ana, ShiftState.ON)
    await world.advance(600, step=300)
    work = world.desk.work(ana)
    assert (work.busy_min, work.on_shift_min) == (pytest.approx(10, abs=0.2), pytest.approx(20, abs=0.2))
    await world.desk.set_shift(ana, ShiftState.OFF)
    await world.advance(8 * 3600, step=3600)
    await world.desk.set_shift(ana, ShiftState.ON)
    await world.advance(60)
    assert world.desk.work(ana).busy_min == 0.0


async def test_metres_are_counted_on_shift_and_wavering_is_not(world):
    ana = await world.courier("ana", 0)
    for east_m in (5, 0, 6, 500, 1000):
        world.ping(ana, east_m)
    assert world.desk.work(ana).distance_m == pytest.approx(1000, abs=10)
    await world.desk.set_shift(ana, ShiftState.OFF)
    world.ping(ana, 5000)
    assert world.desk.work(ana).distance_m == pytest.approx(1000, abs=10)


async def test_the_planner_is_told_and_evens_work_out_where_the_co_op_wants_it(fair):
    world = fair
    ana, beto = await world.courier("ana", 0), await world.courier("beto", 450)
    await delivered(world, ana, 40, pickup=(20.0, 0.0), dropoff=(30.0, 0.0))
    world.ping(ana, 0)
    world.ping(beto, 450)
    await world.settle()
    states = {courier.id: courier for courier in problem_of(world.desk._state, world.clock.now_ms()).couriers}
    assert states[ana].busy_min == pytest.approx(40, abs=1)
    assert states[beto].busy_min == 0.0
    assert world.desk.work(ana).above_mean_min == pytest.approx(20, abs=1)
    order_id = await world.place(pickup=(200.0, 0.0), dropoff=(2000.0, 0.0))
    assert [offer.order_ids for offer in world.desk.offers(beto)] == [(order_id,)]


async def test_without_fairness_the_nearer_courier_is_asked_however_much_they_worked(world):
    ana, beto = await world.courier("ana", 0), await world.courier("beto", 450)
    await delivered(world, ana, 40, pickup=(20.0, 0.0), dropoff=(30.0, 0.0))
    world.ping(ana, 0)
    world.ping(beto, 450)
    await world.settle()
    order_id = await world.place(pickup=(200.0, 0.0), dropoff=(2000.0, 0.0))
    assert [offer.order_ids for offer in world.desk.offers(ana)] == [(order_id,)]


async def test_work_and_arrival_scores_survive_a_restart(world):
    ana = await world.courier("ana", 0)
    world.ping(ana, 800)
    order_id = await world.accepted(ana, pickup=(-900.0, 0.0))
    await world.advance(300, step=30)
    assert (await world.act(ana, order_id, "arrived")).ok
    assert (await world.act(ana, order_id, "delivered")).ok
    await world.advance(300, step=60)
    before = world.desk.work(ana)
    scores = world.desk._state.etas.calibration.scores()
    assert scores
    await world.desk.drain()
    await world.kill()
    await world.start()
    after = world.desk.work(ana)
    assert (after.busy_min, after.on_shift_min) == (before.busy_min, before.on_shift_min)
    assert after.distance_m == before.distance_m
    assert world.desk._state.etas.calibration.scores() == scores
