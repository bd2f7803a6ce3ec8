"""What is sent again while the store does not answer is done once; the desk goes on afterwards."""

import asyncio

import pytest

from dispatcher import journal
from dispatcher.repeats import Repeats
from domain.errors import Conflict, Unavailable
from storage.memory.orders import MemoryOrders


@pytest.fixture
def store(world, monkeypatch):
    """Tell by an event whether the order store answers; nobody waits for it long."""
    monkeypatch.setattr(journal, "WAIT_MAX_S", 0.01)
    monkeypatch.setattr(journal, "RETRY_S", 0.001)
    real, answers = MemoryOrders.save, asyncio.Event()

    async def save(self, changes):
        if not answers.is_set():
            raise Unavailable("store_unavailable", "away")
        await real(self, changes)

    monkeypatch.setattr(MemoryOrders, "save", save)
    answers.set()
    return answers


async def test_an_order_sent_again_while_its_first_try_waits_for_the_store_is_one_order(world, store):
    store.clear()
    store.clear()
    orders = [world.new_order() for _ in range(3)]
    for order in orders[:2]:
        with pytest.raises(Unavailable):
            await world.desk.place(order, actor="s", idempotency_key="k", request_sha256="h")
    store.set()
    third = await world.desk.place(orders[2], actor="s", idempotency_key="k", request_sha256="h")
    assert third.id == orders[0].id
    assert [order.id for order in await world.stores.orders.open_orders("norte")] == [orders[0].id]
    assert not world.task.done()


async def test_an_action_sent_again_while_its_first_try_waits_gets_the_same_answer(world, store):
    ana = await world.courier()
    order_id = await world.accepted(ana)
    store.clear()
    for _ in range(2):
        with pytest.raises(Unavailable):
            await world.act(ana, order_id, "picked_up", action_id="a_1")
    store.set()
    result = await world.act(ana, order_id, "picked_up", action_id="a_1")
    assert result.ok
    assert world.status(order_id) == "picked_up"
    assert not world.task.done()


async def test_a_first_try_that_broke_off_leaves_room_for_another():
    repeats = Repeats[int]()

    async def broken():
        await asyncio.sleep(0)
        raise Conflict("order_exists", "there")

    async def good():
        return 7, None

    first = asyncio.create_task(repeats.once("k", broken))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await repeats.once("k", good)
    with pytest.raises(Conflict):
        await first
    assert await repeats.once("k", good) == 7
