import pytest

from tests.dispatcher.desk_world import World


@pytest.fixture
async def world():
    world = World()
    await world.start()
    yield world
    await world.stop()
    world.planner.close()
