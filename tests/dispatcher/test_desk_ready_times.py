"""A shop's word is worth what it was worth lately; "ready" settles it."""

import msgspec
import pytest

from dispatcher.picture import problem_of
from dispatcher.readiness import ReadyTimes, observed_delay_s
from domain.errors import Conflict
from domain.ids import OrderId
from domain.order import OrderPlace, OrderStatus
from tests.dispatcher.desk_world import CENTER, FLEET, World

MIN = 60_000


def past(promised_min, came_min, left_min, **fields):
    return msgspec.structs.replace(
        World().new_order(),
        id=OrderId("o_past"),
        fleet=FLEET.id,
        shop_id="tacos",
        pickup=OrderPlace(at=CENTER, ready_at_ms=promised_min * MIN, service_s=60),
        reached_at_ms={
            OrderStatus.AT_PICKUP: round(came_min * MIN),
            OrderStatus.PICKED_UP: round(left_min * MIN),
        },
        **fields,
    )


@pytest.mark.parametrize(
    ("order", "delay_s"),
    [
        (past(10, 8, 16), 330.0),
        (past(10, 20, 28), 1050.0),
        (past(10, 20, 21), None),
        (past(10, 11, 12), 0.0),
        (past(10, 8, 16, ready_told_at_ms=12 * MIN), 120.0),
    ],
    ids=["waited from before", "came late and waited", "came late, left at once", "just then", "was told"],
)
def test_only_pick_ups_that_tell_are_learnt_from(order, delay_s):
    assert observed_delay_s(order, 120.0) == delay_s


def test_a_shops_own_past_outweighs_the_fleets_and_a_short_past_moves_little():
    times = ReadyTimes()
    other = msgspec.structs.replace(past(10, 8, 11), shop_id="flores")
    times.read([*[past(10, 5, 21)] * 40, *[other] * 40], 120.0)
    late, punctual = times.delay(past(1, 1, 1), 0.6), times.delay(other, 0.6)
    assert 480 < late.chosen_s < 640
    assert punctual.chosen_s < 180
    once = ReadyTimes()
    once.see(past(10, 5, 21), 120.0)
    assert once.delay(past(1, 1, 1), 0.6).chosen_s < 150
    assert times.delay(past(1, 1, 1), 0.9).chosen_s >= late.chosen_s


async def late_shop(world):
    """Let a shop keep couriers waiting ten minutes, eight times."""
    ana = await world.courier("ana", 290)
    for _ in range(8):
        ready_ms = world.clock.now_ms() + 60_000
        order_id = await world.place(
            pickup_fields={"ready_at_ms": ready_ms, "service_s": 60}, shop_id="tacos"
        )
        await world.until_asked(ana)
        await world.accept(ana)
        assert (await world.act(ana, order_id, "arrived")).ok
        await world.advance(12 * 60, step=60)
        assert (await world.act(ana, order_id, "picked_up")).ok
        assert (await world.act(ana, order_id, "delivered")).ok
        world.ping(ana, 290)
        await world.settle()
    return ana


async def test_couriers_are_sent_to_a_late_shop_later_and_are_told_why(world):
    ana = await late_shop(world)
    now_ms = world.clock.now_ms()
    order_id = await world.place(
        pickup_fields={"ready_at_ms": now_ms + 5 * MIN, "name": "Tacos Lupita"}, shop_id="tacos"
    )
    (planned,) = problem_of(world.desk._state, now_ms).orders
    assert planned.pickup.earliest_at_ms > now_ms + 8 * MIN
    text = (await world.desk.explanation(order_id, "es"))["text"]
    assert "Tacos Lupita suele tener listo" in text
    assert "minutos después de lo que dice." in text
    assert world.desk.etas(order_id).dropoff.p90_at_ms - world.desk.etas(order_id).dropoff.p10_at_ms > 2 * MIN
    assert world.desk.offers(ana) == []  # it is too early to go


async def test_ready_settles_it_and_is_learnt_and_cannot_be_said_twice_or_too_late(world):
    ana = await late_shop(world)
    now_ms = world.clock.now_ms()
    order_id = await world.place(pickup_fields={"ready_at_ms": now_ms + 10 * MIN}, shop_id="tacos")
    assert world.desk.offers(ana) == []
    seen = world.desk._state.ready_times.delay(world.order(order_id), 0.6).seen
    order = await world.desk.ready(order_id, actor="shop:tacos")
    await world.settle()
    assert order.ready_told_at_ms == now_ms
    assert world.desk._state.ready_times.delay(order, 0.6).seen == seen + 1
    (planned,) = problem_of(world.desk._state, now_ms).orders
    assert planned.pickup.earliest_at_ms == now_ms
    assert [offer.order_ids for offer in world.desk.offers(ana)] == [(order_id,)]
    assert (await world.desk.ready(order_id, actor="shop:tacos")).version == world.order(order_id).version
    await world.accept(ana)
    assert (await world.act(ana, order_id, "delivered")).ok
    world.ping(ana, 290)
    other = await world.accepted(ana)
    assert (await world.act(ana, other, "picked_up")).ok
    with pytest.raises(Conflict) as refused:
        await world.desk.ready(other, actor="shop:tacos")
    assert refused.value.code == "already_picked_up"


async def test_what_shops_words_are_worth_survives_a_restart(world):
    await late_shop(world)
    probe = world.new_order(shop_id="tacos")
    before = world.desk._state.ready_times.delay(probe, 0.6)
    await world.kill()
    await world.start()
    assert world.desk._state.ready_times.delay(probe, 0.6) == before
