import msgspec
from rides import ANA, HOME, START_MS, World, fix, order, ride, zone

from domain.geo import moved
from domain.ids import OrderId, StopId
from domain.order import OrderStatus, StopKind
from domain.plan import Route, Stop

PICKUP, DROPOFF = (1_000, 0), (1_000, 1_500)
WAY = [(0, 0, 0), (200, 1_000, 0), (400, 1_000, 0), (700, 1_000, 1_500), (900, 1_000, 1_500)]


def test_a_ride_with_two_stops_arrives_and_leaves_once_each():
    world = World()
    world.fences.follow(order(PICKUP, DROPOFF), START_MS)
    world.send_each(ride(WAY))
    assert [event[:3] for event in world.told()] == [
        ("o1.pickup", "entered", 1),
        ("o1.pickup", "exited", 1),
        ("o1.dropoff", "entered", 1),
    ]


def test_arrival_is_dated_to_the_first_fix_inside():
    world = World()
    world.fences.follow(order(PICKUP, DROPOFF), START_MS)
    world.send_each(ride(WAY))
    assert 186 <= world.told()[0][3] <= 192  # the circle's edge is crossed after 186 s


def test_riding_through_a_stop_is_no_arrival():
    world = World()
    world.fences.follow(order((500, 0), (5_000, 0)), START_MS)
    world.send_each(ride([(0, 0, 0), (250, 1_100, 0)]))
    assert world.told() == []


def test_a_phone_that_is_silent_at_the_door_and_speaks_again_on_the_way_out_has_arrived():
    world = World()
    world.fences.follow(order((500, 0), (5_000, 0)), START_MS)
    world.send_each([*ride([(0, 0, 0), (100, 495, 0)]), fix(175, 536, 0), fix(180, 560, 0), fix(185, 620, 0)])
    assert [event[:2] for event in world.told()] == [("o1.pickup", "entered")]


def test_between_two_fixes_through_a_stop_is_crossed_not_entered():
    world = World()
    world.fences.follow(order((458, 0), (5_000, 0)), START_MS)
    world.send_each(ride([(0, 0, 0), (240, 1_100, 0)], step_s=40))
    assert [event[:2] for event in world.told()] == [("o1.pickup", "crossed")]


def test_a_zone_is_entered_in_passing_and_left_again():
    world = World(zones=[zone(1_000, 0, 300)])
    world.send_each(ride([(0, 0, 0), (500, 2_500, 0)]))
    assert [event[:3] for event in world.told()] == [("z1", "entered", 1), ("z1", "exited", 1)]


def test_the_edge_is_not_flickered_over_by_noise():
    world = World(zones=[zone(0, 0, 100)])
    world.send_each(fix(5 * n, 95 + 14 * (-1) ** n, 0, 8) for n in range(120))
    assert world.told() == [] or [event[1] for event in world.told()] == ["entered"]


def test_staying_long_enough_is_dwelled_once():
    world = World(zones=[zone(0, 0, 100, dwell_s=120)])
    world.send_each(fix(10 * n, 0, 0) for n in range(60))
    assert world.told() == [("z1", "entered", 1, 0.0), ("z1", "dwelled", 1, 120.0)]


def test_a_second_visit_has_the_next_number():
    world = World(zones=[zone(0, 0, 150)])
    world.send_each(ride([(0, 0, 0), (60, 0, 0), (160, 500, 0), (220, 500, 0), (320, 0, 0), (400, 0, 0)]))
    assert [event[1:3] for event in world.told()] == [("entered", 1), ("exited", 1), ("entered", 2)]


def test_vague_fixes_are_no_evidence():
    world = World(zones=[zone(500, 0, 100)])
    world.send(fix(0, 0, 0))
    for n in range(1, 5):
        world.send(fix(10 + 5 * n, 500, 0, 90))
    assert world.told() == []


def test_before_assignment_nobody_arrives():
    world = World()
    world.send_each(fix(5 * n, *PICKUP) for n in range(20))
    world.fences.follow(order(PICKUP, DROPOFF), START_MS + 100_000)
    world.send_each(fix(100 + 5 * n, *PICKUP) for n in range(6))
    assert [event[:3] for event in world.told()] == [("o1.pickup", "entered", 1)]
    assert world.told()[0][3] >= 100


def test_after_the_order_ended_leaving_is_still_noticed_but_not_arriving():
    world = World()
    world.fences.follow(order(PICKUP, DROPOFF), START_MS)
    world.send_each(ride(WAY))
    world.fences.follow(order(PICKUP, DROPOFF, OrderStatus.DELIVERED), START_MS + 900_000)
    world.send_each(ride([(905, 1_000, 1_500), (1_100, 1_000, 300), (1_300, 1_000, 0), (1_400, 1_000, 0)]))
    assert [event[:2] for event in world.told()[2:]] == [("o1.dropoff", "entered"), ("o1.dropoff", "exited")]


def test_another_courier_is_not_tested_against_the_stop():
    world = World()
    other = order(PICKUP, DROPOFF)
    world.fences.follow(msgspec.structs.replace(other, courier_id="c_beto"), START_MS)
    world.send_each(ride(WAY))
    assert world.told() == []


def test_a_new_zone_takes_effect_at_once_and_a_dropped_one_is_gone():
    world = World()
    world.send_each(fix(5 * n, 0, 0) for n in range(5))
    world.pipeline.engine.zones.put(zone(0, 0, 100))
    world.send_each(fix(25 + 5 * n, 0, 0) for n in range(5))
    assert [event[:2] for event in world.told()] == [("z1", "entered")]
    world.pipeline.engine.zones.drop(zone(0, 0, 100).id)
    world.send_each(ride([(60, 0, 0), (200, 700, 0)]))
    assert len(world.told()) == 1


def test_goods_taken_inside_the_drop_offs_circle_count_as_arrival_after_pick_up():
    world = World()
    near = order((0, 0), (40, 0))
    world.fences.follow(near, START_MS)
    world.send_each(fix(5 * n, 0, 0) for n in range(10))
    world.fences.follow(msgspec.structs.replace(near, status=OrderStatus.PICKED_UP), START_MS + 50_000)
    world.send_each(fix(55 + 5 * n, 0, 0) for n in range(10))
    dropoffs = [event for event in world.told() if event[0] == "o1.dropoff"]
    assert [event[1:3] for event in dropoffs] == [("entered", 1), ("entered", 2)]


def standing(away_m: float, seconds: int) -> list:
    """Ride up to a place beside the stop, stand there, ride on."""
    fixes = ride([(0, 0, 0), (200, 1_000 - away_m, 0)])
    fixes += [fix(200 + 5 * n, 1_000 - away_m, 0) for n in range(1, seconds // 5)]
    return [*fixes, *ride([(200 + seconds, 1_000 - away_m, 0), (400 + seconds, 2_000, 0)])]


def kinds(world: World) -> list[str]:
    return [event[1] for event in world.told() if event[0] == "o1.pickup"]


def test_a_red_light_at_the_edge_of_a_stop_s_circle_is_no_arrival_but_a_stay_is():
    for away_m, seconds, told in ((60, 30, False), (60, 90, True), (10, 30, True)):
        world = World()
        world.fences.follow(order((1_000, 0), (5_000, 0)), START_MS)
        world.send_each(standing(away_m, seconds))
        assert ("entered" in kinds(world)) is told, (away_m, seconds)


def test_at_a_stop_that_the_plan_has_later_only_a_long_stay_is_an_arrival():
    for seconds, told in ((30, False), (90, True)):
        world = World()
        world.fences.follow(order((1_000, 0), (5_000, 0)), START_MS)
        world.fences.plan(route(("o2.pickup", 3_000), ("o1.pickup", 1_000)))
        world.send_each(standing(10, seconds))
        assert ("entered" in kinds(world)) is told


def test_stops_at_one_place_come_together_in_the_plan():
    world = World()
    world.fences.follow(order((1_000, 0), (5_000, 0)), START_MS)
    world.fences.plan(route(("o2.pickup", 1_020), ("o1.pickup", 1_000)))
    assert not world.pipeline.engine.stops[ANA]["stop:o1.pickup"].later


def route(*stops: tuple[str, float]) -> Route:
    return Route(
        courier_id=ANA,
        stops=tuple(
            Stop(
                stop_id=StopId(name),
                kind=StopKind.PICKUP,
                order_id=OrderId(name.split(".")[0]),
                at=moved(HOME, x, 0),
                eta_at_ms=START_MS,
                leave_at_ms=START_MS,
            )
            for name, x in stops
        ),
    )
