"""With a broadcast those are asked who would do nearly as well as the planner's choice, nobody far away."""

from dispatcher.settings import DispatchSettings
from tests.dispatcher.desk_world import World


async def asked_at(*metres):
    """Return which couriers, so far east of the pickup, were asked for one order."""
    world = World(DispatchSettings(improve_s=0.05, offer_broadcast=4))
    await world.start()
    try:
        names = [await world.courier(f"r{i}", 300 + east_m) for i, east_m in enumerate(metres)]
        await world.place()
        return [i for i, name in enumerate(names) if world.desk.offers(name)]
    finally:
        await world.stop()
        world.planner.close()


async def test_riders_as_near_as_the_planners_choice_are_asked_with_it():
    assert await asked_at(0, 100, 200) == [0, 1, 2]


async def test_a_rider_far_away_is_not_asked_where_somebody_is_near():
    assert await asked_at(0, 100, 6_000) == [0, 1]


async def test_where_everybody_is_far_away_they_are_asked_all_the_same():
    assert await asked_at(6_000, 6_100) == [0, 1]
