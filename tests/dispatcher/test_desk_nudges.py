"""Idle couriers may be told where the next orders are likely; nobody is sent, and it is off by default."""

import pytest

from dispatcher.settings import DispatchSettings
from domain.events import Alert
from tests.dispatcher.desk_world import World


@pytest.fixture
async def nudging():
    world = World(DispatchSettings(improve_s=0.05, nudges=True))
    await world.start()
    yield world
    await world.stop()
    world.planner.close()


def suggestions(world):
    return [alert for alert in world.told(Alert) if alert.kind == "wait_suggestion"]


async def busy_shop(world):
    """Let one shop far from everybody have many orders that end at once."""
    for _ in range(12):
        order_id = await world.place(pickup=(2500.0, 0.0), pickup_fields={"name": "Tacos Lupita"})
        await world.desk.cancel(order_id, actor="user:u_1")


async def test_an_idle_courier_is_told_once_in_words_and_gets_no_stop(nudging):
    world = nudging
    await busy_shop(world)
    ana = await world.courier("ana", 0)
    await world.advance(75, step=5)
    (told,) = suggestions(world)
    assert told.courier_id == ana
    assert told.detail["place"] == "Tacos Lupita"
    assert "cerca de Tacos Lupita" in told.detail["text_es-MX"]
    assert "near Tacos Lupita" in told.detail["text_en"]
    assert world.stops(ana) == []
    await world.advance(300, step=15)
    assert len(suggestions(world)) == 1


async def test_nobody_is_told_anything_unless_the_co_op_wants_it(world):
    await busy_shop(world)
    await world.courier("ana", 0)
    await world.advance(120, step=5)
    assert suggestions(world) == []
