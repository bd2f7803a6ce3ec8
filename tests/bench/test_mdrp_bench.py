"""The MDRP bench on a tiny day: the planner keeps both rule sets, the evaluator sees who does not."""

import random

import pytest

from bench.mdrp.day import Simulation
from bench.mdrp.evaluate import evaluate, reachable
from bench.mdrp.instance import MealOrder, PlaneTravelTimes, read_instance
from bench.mdrp.match import MATCH_SETTINGS, Match
from bench.mdrp.runs import MATCH, PLANNER, kept, run, run_all, tasks_of
from bench.mdrp.solution import write_solution
from dispatcher.planner import Planner


@pytest.fixture
def instance(tmp_path):
    rng = random.Random(7)
    folder = tmp_path / "day"
    folder.mkdir()

    def table(name, head, rows):
        lines = ["\t".join(map(str, row)) for row in (head, *rows)]
        (folder / name).write_text("\n".join(lines) + "\n")

    def place():
        return rng.randint(0, 6000), rng.randint(0, 6000)

    table(
        "instance_parameters.txt",
        ("meters_per_minute", "pickup service minutes", "dropoff service minutes", "target click-to-door",
         "maximum click-to-door", "pay per order", "guaranteed pay per hour"),
        [(320, 4, 4, 40, 90, 10, 15)],
    )  # fmt: skip
    table("restaurants.txt", ("restaurant", "x", "y"), [(f"r{i}", *place()) for i in range(4)])
    table(
        "couriers.txt",
        ("courier", "x", "y", "on_time", "off_time"),
        [(f"c{i}", *place(), 0, 400) for i in range(4)],
    )
    orders = []
    for i in range(24):
        placed = rng.randint(5, 120)
        orders.append((f"o{i}", *place(), placed, f"r{rng.randint(0, 3)}", placed + rng.randint(0, 25)))
    table("orders.txt", ("order", "x", "y", "placement_time", "restaurant", "ready_time"), orders)
    return read_instance(folder)


@pytest.fixture
def solved(instance, tmp_path):
    planner = Planner(PlaneTravelTimes(instance))
    day = Simulation(instance, planner).run()
    write_solution(day, tmp_path / "out")
    return instance, day, planner, tmp_path / "out"


def test_a_day_is_delivered_whole_under_both_rule_sets(solved):
    instance, _, planner, out = solved
    verdict = evaluate(instance, out)
    assert verdict.official == ()
    assert verdict.strict == ()
    assert planner.rejected == 0
    assert verdict.figures["delivered"] == len(instance.orders)


def test_a_day_played_twice_is_the_same_day(solved):
    instance, day, _, _ = solved
    again = Simulation(instance, Planner(PlaneTravelTimes(instance))).run()
    assert [(t.courier, t.leave, t.orders) for t in again.trips] == [
        (t.courier, t.leave, t.orders) for t in day.trips
    ]


def test_the_baseline_keeps_both_rule_sets_too(instance, tmp_path):
    match = Match(PlaneTravelTimes(instance))
    write_solution(Simulation(instance, match, MATCH_SETTINGS).run(), tmp_path / "match")
    verdict = evaluate(instance, tmp_path / "match")
    assert (verdict.official, verdict.strict, match.rejected) == ((), (), 0)
    assert verdict.figures["delivered"] == len(instance.orders)


def test_an_order_ready_after_the_last_shift_is_counted_as_impossible(instance):
    last = max(courier.off for courier in instance.couriers.values())
    order = next(iter(instance.orders.values()))
    late = MealOrder(id="late", at=order.at, restaurant=order.restaurant, placed=last, ready=last + 1)
    assert reachable(instance, order)
    assert not reachable(instance, late)


def test_an_interrupted_run_keeps_what_is_done(instance, tmp_path):
    tasks = tasks_of([tmp_path / "day"], [MATCH, PLANNER], tmp_path / "runs")
    first = run(tasks[0])
    rows = list(run_all(tasks, jobs=1, resume=True))
    assert rows[0] == first
    assert [row.policy for row in rows] == [MATCH, PLANNER]
    assert kept(tasks[1]) == rows[1]


def test_nobody_is_told_of_an_order_before_it_is_placed(solved):
    instance, day, _, _ = solved
    assert all(instance.orders[o].placed <= trip.told for trip in day.trips for o in trip.orders)


@pytest.mark.parametrize(
    ("file", "column", "change", "rule"),
    [
        ("assignments", 0, -10_000, "before it was placed"),
        ("assignments", 1, -10_000, "before it was ready"),
        ("orders", 4, -1, "before parking"),
        ("couriers", 1, -1, "before service ends"),
    ],
)
def test_the_evaluator_sees_a_broken_rule(solved, file, column, change, rule):
    instance, _, _, out = solved
    path = out / f"solution_info_{file}.txt"
    head, *rows = path.read_text().splitlines()
    broken = []
    for row in rows:
        cells = row.split()
        cells[column] = str(int(cells[column]) + change)
        broken.append(" ".join(cells))
    path.write_text("\n".join([head, *broken]) + "\n")
    verdict = evaluate(instance, out)
    assert any(rule in text for text in (*verdict.official, *verdict.strict))
