"""The checker must see every kind of wrong plan: each row breaks a good one in one place."""

import msgspec
import pytest

from dispatcher.model import PlannedRoute, Stage
from dispatcher.planner import Planner
from dispatcher.solver.feasibility import violations
from domain.courier import Capacity
from tests.dispatcher.route_world import Street, courier, held, order, problem

STREET = Street()


def good(question):
    solution = Planner(STREET).insert(question)
    assert violations(question, solution, STREET) == []
    return solution


def with_visits(solution, change):
    first, *rest = solution.routes
    route = msgspec.structs.replace(first, visits=tuple(change(list(first.visits))))
    return msgspec.structs.replace(solution, routes=(route, *rest))


def shifted(visits, by_ms):
    return [
        msgspec.structs.replace(
            visit,
            arrive_at_ms=visit.arrive_at_ms + by_ms,
            handover_at_ms=visit.handover_at_ms + by_ms,
            leave_at_ms=visit.leave_at_ms + by_ms,
        )
        for visit in visits
    ]


SIMPLE = problem([courier("c1", 0)], [order("o1", 2, 5, service_s=60.0)])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda visits: visits[::-1], "delivered before"),
        (lambda visits: visits[:1], "never delivered"),
        (lambda visits: [*visits, visits[1]], "visited 2 times"),
        (lambda visits: shifted(visits, -60_000), "sooner than possible"),
        (lambda visits: [visits[0], *shifted(visits[1:], -30_000)], "sooner than possible"),
        (lambda visits: [], "neither planned nor"),
    ],
)
def test_a_broken_route_is_seen(change, complaint):
    found = violations(SIMPLE, with_visits(good(SIMPLE), change), STREET)
    assert any(complaint in text for text in found)


@pytest.mark.parametrize(
    ("fields", "crew", "complaint"),
    [
        ({"requires": frozenset({"cold"})}, {}, "requires"),
        ({"excluded": frozenset({"c1"})}, {}, "excludes"),
        ({"pinned_to": "c2"}, {}, "pinned"),
        ({"weight_g": 99_999}, {}, "overloaded"),
        ({"volume_l": 99.0}, {}, "overloaded"),
        ({"latest": 3}, {}, "window"),
        ({"pickup_latest": 1}, {}, "window"),
        ({"ready": 9}, {}, "too early"),
        ({"on_board_max_s": 60}, {}, "on board"),
        ({"stage": Stage.ON_BOARD, "courier_id": "c2"}, {}, "on board with"),
        ({}, {"shift_end": 4}, "after the shift"),
        ({}, {"available": False}, "takes none"),
        ({}, {"free": 1}, "sooner than possible"),
        ({}, {"capacity": Capacity(weight_g=1, volume_l=1, orders=0)}, "overloaded"),
        ({}, {"committed": ["Do1"]}, "committed visits"),
    ],
)
def test_the_same_route_is_wrong_when_the_rules_change(fields, crew, complaint):
    solution = good(SIMPLE)
    changed = problem([courier("c1", 0, **crew)], [order("o1", 2, 5, **{"service_s": 60.0, **fields})])
    assert any(complaint in text for text in violations(changed, solution, STREET))


def test_a_split_group_is_seen():
    question = problem([courier("c1", 0), courier("c2", 10)], [order("o1", 0, 1), order("o2", 10, 11)])
    solution = good(question)
    orders = tuple(msgspec.structs.replace(o, group="g") for o in question.orders)
    assert any(
        "split" in text
        for text in violations(msgspec.structs.replace(question, orders=orders), solution, STREET)
    )


def test_an_unknown_courier_or_order_is_seen():
    solution = good(SIMPLE)
    stranger = msgspec.structs.replace(solution, routes=(PlannedRoute(courier_id="c9"), *solution.routes))
    assert any("unknown courier" in text for text in violations(SIMPLE, stranger, STREET))
    assert any(
        "unknown order" in text for text in violations(problem([courier("c1", 0)], []), solution, STREET)
    )


def test_a_promised_order_that_nobody_delivers_is_seen():
    question = problem([courier("c1", 0)], [held("o1", 2, 5, "c1")])
    empty = msgspec.structs.replace(good(question), routes=(), unassigned={"o1": "waiting_for_courier"})
    assert any("nobody delivers" in text for text in violations(question, empty, STREET))
