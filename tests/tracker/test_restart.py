"""After a kill the next process goes on from what the last tick wrote: nothing missed or doubled."""

import random

import pytest
from rides import ANA, FLEET, PHONE, START_MS, World, account, fix, order, ride, zone

from domain.order import OrderStatus
from domain.ports import PingBatch, Tick
from storage.memory import MemoryLive
from tracker.history.radii import ArrivalRadii
from tracker.memory import unpacked

SHOP, DOOR = (1_000, 0), (1_000, 1_500)
WAY = [
    (0, 0, 0),
    (200, 1_000, 0),
    (400, 1_000, 0),
    (700, 1_000, 1_500),
    (900, 1_000, 1_500),
    (1_100, 0, 1_500),
]
FIXES = ride(WAY, step_s=10)


class Life(World):
    """One process of several: what it writes with its ticks is what the next one begins with."""

    def __init__(self, before: "Life | None" = None) -> None:
        super().__init__(zones=[zone(500, 0, 150)])
        self.points = list(before.points) if before else []
        self.memory = before.memory if before else None
        self.on_board = before.on_board if before else False
        self.seq = before.seq if before else 0
        if before is None:
            self.fences.follow(order(SHOP, DOOR), START_MS)
            return
        self.now_ms = before.now_ms
        memory = unpacked(self.memory) if self.memory else None
        if memory is not None:
            self.fences.restore(self.pipeline.resume(ANA, memory))
        status = OrderStatus.PICKED_UP if self.on_board else OrderStatus.ASSIGNED
        self.fences.follow(order(SHOP, DOOR, status), before.now_ms)
        if memory is not None:
            self.pipeline.replay(ANA, self.points)

    def ride(self, fixes):
        for item in fixes:
            done = self.send_at(max(self.now_ms, item.fix_at_ms + 500), item)
            self.points.extend(done.points)
            if done.memory_due:
                self.memory = self.pipeline.memory(ANA, self.now_ms)
            if item.fix_at_ms >= START_MS + 330_000 and not self.on_board:
                self.on_board = True
                self.fences.follow(order(SHOP, DOOR, OrderStatus.PICKED_UP), self.now_ms)
        return self

    def all_told(self):
        return [*self.events, *self.corrections]


def uninterrupted(fixes):
    life = Life().ride(fixes)
    life.wait(300)
    return life


@pytest.mark.parametrize("cut", range(1, len(FIXES), 3))
def test_killed_anywhere_the_same_events_are_told_under_the_same_ids(cut):
    first = Life().ride(FIXES[:cut])
    second = Life(first).ride(FIXES[cut:])
    second.wait(300)
    told = {event.id: event for event in [*first.all_told(), *second.all_told()]}
    assert {*told} == {event.id for event in uninterrupted(FIXES).all_told()}
    assert account(told.values()) == uninterrupted(FIXES).account()


@pytest.mark.parametrize("cut", range(2, len(FIXES), 9))
def test_a_fix_from_before_the_kill_that_comes_after_it_finds_its_place(cut):
    missing = FIXES[cut - 2]
    first = Life().ride([item for item in FIXES[:cut] if item is not missing])
    second = Life(first).ride([missing, *FIXES[cut:]])
    second.wait(300)
    told = {event.id: event for event in [*first.all_told(), *second.all_told()]}
    assert account(told.values()) == uninterrupted(FIXES).account()


def test_killed_right_after_the_pick_up_a_look_at_the_door_before_it_does_not_swallow_the_arrival():
    shop, door = (0, 0), (0, 400)
    way = [(0, *door), (35, *door), (65, *shop), (95, *shop), (125, *door), (165, *door), (225, 0, 1_200)]
    fixes = ride(way, step_s=1)
    first, points = World(), []
    first.fences.follow(order(shop, door), START_MS)
    for item in fixes[:120]:
        points += first.send(item).points
    memory = first.pipeline.memory(ANA, first.now_ms)
    picked_up = order(shop, door, OrderStatus.PICKED_UP)
    picked_up.reached_at_ms[OrderStatus.PICKED_UP] = START_MS + 97_000
    second = World()  # the order is committed to the record; no tick came after it
    second.now_ms = first.now_ms
    second.fences.restore(second.pipeline.resume(ANA, unpacked(memory)))
    second.fences.follow(picked_up, first.now_ms)
    second.pipeline.replay(ANA, points)
    second.send_each(fixes[120:])
    second.wait(300)
    assert [event[:3] for event in first.told()][:2] == [
        ("o1.dropoff", "entered", 1),
        ("o1.dropoff", "exited", 1),
    ]
    heard = {event.id for event in first.events}  # the newest news is told again under its id
    told = [(event.stop_id, event.kind, event.visit) for event in second.events if event.id not in heard]
    assert told[-2:] == [("o1.dropoff", "entered", 2), ("o1.dropoff", "exited", 2)]


def test_a_fix_sent_again_right_after_the_kill_is_a_duplicate():
    first = Life().ride(FIXES[:30])
    second = Life(first)
    done = second.send_at(second.now_ms + 1_000, FIXES[29], FIXES[25])
    assert done.points == ()
    assert done.counts == {"duplicate": 2}


def test_killed_again_and_again_while_fixes_come_out_of_order_ends_in_the_same_account():
    rng = random.Random(5)
    order_ = sorted(range(len(FIXES)), key=lambda n: FIXES[n].fix_at_ms + rng.randrange(60_000))
    life, told = Life(), {}
    for n in order_:
        life.ride([FIXES[n]])
        if rng.random() < 0.2:
            told |= {event.id: event for event in life.all_told()}
            life = Life(life)
            life.wait(1)
    life.wait(300)
    told |= {event.id: event for event in life.all_told()}
    assert account(told.values()) == uninterrupted(FIXES).account()


def test_memories_of_another_format_are_none():
    assert unpacked(b"\x92\x01\x02") is None
    assert unpacked(b"") is None


async def test_learnt_radii_are_known_again():
    world = World()
    world.send(fix(0, 990, 0))
    live, place = MemoryLive(), order(SHOP, DOOR).pickup.at
    radii = world.pipeline.radii
    for _ in range(8):
        radii.learn(place, world.state.live)
    assert radii.radius_m(place) != 70
    await live.write_tick(Tick(fleet=FLEET, points=(), positions=(), seqs={}, places=radii.take_changes()))
    again = ArrivalRadii(70)
    again.restore(await live.places(FLEET))
    assert again.radius_m(place) == radii.radius_m(place)
    assert radii.take_changes() == {}


def test_fixes_of_an_unnumbered_phone_that_stands_still_have_numbers_of_their_own():
    world = World()
    batch = PingBatch(
        fleet=FLEET,
        courier_id=ANA,
        device=PHONE,
        seq=1,
        fixes=(fix(0, 5, 5), fix(5, 5, 5), fix(10, 5, 5)),
        indexes=(0, 1, 2),
        received_at_ms=START_MS + 11_000,
        numbered=False,
    )
    points = world.pipeline.process(batch, START_MS + 11_000).points
    assert len({(point.seq, point.index) for point in points}) == 3
