"""Whatever a day brings, plans keep every rule: two checkers that share no code look at every answer.

``RELEVO_WILD_DAYS`` asks for more days than the usual few hundred.
"""

import os
import random

import msgspec
import pytest

from dispatcher.model import (
    CourierState,
    OpenOrder,
    OrderEnd,
    PlannerSettings,
    PlanningProblem,
    Stage,
    VisitRef,
)
from dispatcher.planner import Planner
from dispatcher.solver.feasibility import violations
from domain.courier import Capacity, Vehicle
from domain.geo import LonLat
from domain.order import StopKind
from domain.plan import UnassignedReason
from tests.dispatcher.naive_checker import Plane, complaints

NOW_MS = 1_700_000_000_000
DAYS = int(os.environ.get("RELEVO_WILD_DAYS", "120"))
VEHICLES = [Vehicle.BICYCLE, Vehicle.CARGO_BIKE, Vehicle.MOTORCYCLE]
SKILLS = ["cold_box", "cargo", "alcohol"]


class WildDay:
    """Makes problems with everything a co-op may come up with, at random."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.shops = [self.place() for _ in range(self.rng.randint(1, 6))]
        self.held = []

    def problem(self):
        rng = self.rng
        couriers = [self.courier(f"c{i}") for i in range(rng.randint(0, 9))]
        names = [courier.id for courier in couriers]
        orders = [self.order(f"o{i}", names) for i in range(rng.randint(0, 24))]
        couriers = [self.with_commitments(courier, orders) for courier in couriers]
        return PlanningProblem(
            now_ms=NOW_MS,
            couriers=tuple(couriers),
            orders=tuple(orders + self.held),
            settings=PlannerSettings(
                one_pickup_place=rng.random() < 0.25,
                bundle_max=rng.randint(1, 5),
                route_visits_max=rng.choice([2, 6, 12, 12]),
                shift_end_covers_dropoff=rng.random() < 0.7,
                candidates=rng.choice([2, 5, 24]),
                repeat_service_s=rng.choice([0.0, 30.0]),
                fairness=rng.choice([0.0, 2.0]),
                seed=rng.randint(1, 99),
            ),
        )

    def place(self):
        return LonLat(self.rng.uniform(0, 6_000), self.rng.uniform(0, 6_000))

    def minute(self, earliest, latest, chance=1.0):
        if self.rng.random() > chance:
            return None
        return NOW_MS + round(self.rng.uniform(earliest, latest) * 60_000)

    def courier(self, name):
        rng = self.rng
        return CourierState(
            id=name,
            vehicle=rng.choice(VEHICLES),
            capacity=Capacity(
                weight_g=rng.choice([0, 5_000, 20_000, 80_000]),
                volume_l=rng.choice([0.0, 10.0, 60.0, 300.0]),
                orders=rng.choice([0, 1, 2, 4, 8]),
            ),
            skills=frozenset(rng.sample(SKILLS, rng.randint(0, 3))),
            at=self.place(),
            free_at_ms=self.minute(0, 25),
            shift_ends_at_ms=self.minute(-5, 120, chance=0.6),
            available=rng.random() < 0.85,
            busy_min=rng.uniform(0, 200),
            on_shift_min=rng.uniform(0, 300),
        )

    def order(self, name, names):
        rng = self.rng
        stages = [Stage.PLANNED] * 6 + ([Stage.OFFERED, Stage.ACCEPTED] if names else [])
        stage = rng.choice(stages)
        taken = stage is not Stage.PLANNED
        return OpenOrder(
            id=name,
            pickup=self.end(rng.choice(self.shops), rng.uniform(-10, 50), 0.25),
            dropoff=self.end(self.place(), rng.uniform(-10, 60) if rng.random() < 0.2 else -60, 0.4),
            placed_at_ms=self.minute(-30, 0),
            promised_at_ms=self.minute(10, 90, chance=0.5),
            weight_g=rng.choice([0, 300, 3_000, 12_000]),
            volume_l=rng.choice([0.0, 0.1, 3.3, 25.0]),
            requires=frozenset(rng.sample(SKILLS, rng.choice([0, 0, 0, 1, 2]))),
            priority=rng.choice([0, 0, 5, -5]),
            group=rng.choice(["g1", "g2", "g3"]) if not taken and rng.random() < 0.15 else None,
            pinned_to=rng.choice([*names, "gone"]) if not taken and rng.random() < 0.1 else None,
            excluded=frozenset(rng.sample(names, min(len(names), rng.choice([0, 0, 1, 3])))),
            stage=stage,
            courier_id=rng.choice([*names, "gone"]) if taken else rng.choice([None, *names]),
            on_board_max_s=rng.choice([None, None, 600.0, 1_800.0]),
        )

    def end(self, at, ready_min, window_chance):
        return OrderEnd(
            at=at,
            earliest_at_ms=NOW_MS + round(ready_min * 60_000),
            latest_at_ms=self.minute(0, 120, chance=window_chance),
            service_s=self.rng.choice([0.0, 60.0, 180.0]),
        )

    def with_commitments(self, courier, orders):
        """Give a courier goods on board and stops on the way to them, as they come up in life."""
        rng, refs = self.rng, []
        for _ in range(rng.choice([0, 0, 0, 1, 2])):
            order = self.order(f"b{len(self.held)}", [courier.id])
            self.held.append(
                msgspec.structs.replace(
                    order, stage=Stage.ON_BOARD, courier_id=courier.id, group=None, pinned_to=None
                )
            )
            if rng.random() < 0.5:
                refs.append(VisitRef(self.held[-1].id, StopKind.DROPOFF))
        mine = [o.id for o in orders if o.stage is Stage.ACCEPTED and o.courier_id == courier.id]
        if mine and rng.random() < 0.6:
            refs.append(VisitRef(mine[0], StopKind.PICKUP))
            if rng.random() < 0.3:
                refs.append(VisitRef(mine[0], StopKind.DROPOFF))
        arrived = self.minute(-5, 0, chance=0.5) if refs else None
        return msgspec.structs.replace(courier, committed=tuple(refs), arrived_at_ms=arrived)


@pytest.mark.parametrize("part", range(4))
def test_plans_of_wild_days_keep_every_rule(part):
    planner = Planner(Plane())
    for seed in range(part, DAYS, 4):
        question = WildDay(seed).problem()
        inserted = planner.insert(question, explain=True)
        assert_sound(seed, question, inserted)
        later = msgspec.structs.replace(question, previous=inserted.routes)
        rounds = iter(range(30))
        improved = planner.improve_here(later, 30.0, stop=lambda rounds=rounds: next(rounds, None) is None)
        assert_sound(seed, later, improved)
        if not question.settings.one_pickup_place:  # there trips are planned anew, whatever was in force
            assert improved.objective_min <= inserted.objective_min + 1e-6, seed
        again = a_moment_later(question, random.Random(seed))
        stale = msgspec.structs.replace(again, previous=improved.routes)
        assert_sound(seed, stale, planner.insert(stale))
    assert planner.rejected == 0


def assert_sound(seed, question, solution):
    assert complaints(question, solution) == [], f"day {seed} by {solution.solver}"
    assert violations(question, solution, Plane()) == [], f"day {seed} by {solution.solver}"
    assert all(isinstance(reason, UnassignedReason) for reason in solution.unassigned.values())
    for name, cost in solution.costs.items():
        assert (name in solution.unassigned) == (cost.courier_id is None)


def a_moment_later(question, rng):
    """Return the same day when some couriers left, took a break or were held up."""
    couriers = []
    for courier in question.couriers:
        if courier.committed or rng.random() > 0.3:
            couriers.append(courier)
        elif rng.random() < 0.6:
            couriers.append(
                msgspec.structs.replace(
                    courier, available=rng.random() < 0.5, free_at_ms=courier.free_at_ms + 900_000
                )
            )
    kept = {courier.id for courier in couriers}
    orders = [o for o in question.orders if o.stage is not Stage.ON_BOARD or o.courier_id in kept]
    return msgspec.structs.replace(question, couriers=tuple(couriers), orders=tuple(orders))
