"""Whatever the problem, what the planner answers keeps every rule: the independent checker agrees."""

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatcher.model import Stage
from dispatcher.planner import Planner
from dispatcher.solver.feasibility import violations
from domain.courier import Capacity, Vehicle
from tests.dispatcher.route_world import Street, courier, order, problem

STREET = Street()
PLACE = st.integers(0, 20)
SKILLS = st.frozensets(st.sampled_from(["cold", "cargo"]))


@st.composite
def couriers(draw, name):
    return courier(
        name,
        draw(PLACE),
        free=draw(st.integers(0, 10)),
        shift_end=draw(st.none() | st.integers(0, 90)),
        available=draw(st.booleans()),
        skills=draw(SKILLS),
        vehicle=draw(st.sampled_from(Vehicle)),
        capacity=Capacity(weight_g=draw(st.integers(0, 20)), volume_l=50.0, orders=draw(st.integers(0, 4))),
    )


@st.composite
def orders(draw, name, names):
    stage = draw(st.sampled_from([Stage.PLANNED, Stage.PLANNED, Stage.PLANNED, *Stage]))
    promised = stage is not Stage.PLANNED
    return order(
        name,
        draw(PLACE),
        draw(PLACE),
        ready=draw(st.integers(-5, 20)),
        latest=draw(st.none() | st.integers(0, 60)),
        pickup_latest=draw(st.none() | st.integers(0, 60)),
        service_s=draw(st.sampled_from([0.0, 60.0])),
        weight_g=draw(st.integers(0, 12)),
        requires=draw(st.just(frozenset()) | SKILLS),
        excluded=draw(st.frozensets(st.sampled_from(names))) if not promised else frozenset(),
        pinned_to=draw(st.none() | st.sampled_from([*names, "c9"])) if not promised else None,
        group=None if promised else draw(st.none() | st.sampled_from(["g1", "g2"])),
        priority=draw(st.integers(-10, 10)),
        on_board_max_s=draw(st.none() | st.integers(60, 3600)),
        no_go=draw(st.just(frozenset()) | st.frozensets(st.sampled_from(Vehicle))),
        stage=stage,
        courier_id=draw(st.sampled_from(names)) if promised else draw(st.none() | st.sampled_from(names)),
    )


@st.composite
def problems(draw):
    names = [f"c{i}" for i in range(draw(st.integers(1, 4)))]
    count = draw(st.integers(0, 8))
    return problem(
        [draw(couriers(name)) for name in names],
        [draw(orders(f"o{j}", names)) for j in range(count)],
        one_pickup_place=draw(st.booleans()),
        bundle_max=draw(st.integers(1, 4)),
        shift_end_covers_dropoff=draw(st.booleans()),
        route_visits_max=draw(st.sampled_from([2, 6, 12])),
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_the_checker_agrees_with_insertion_and_improvement(question):
    planner = Planner(STREET)
    inserted = planner.insert(question, explain=True)
    improved = planner.improve_here(msgspec.structs.replace(question, previous=inserted.routes), 0.005)
    assert planner.rejected == 0
    assert violations(question, inserted, STREET) == []
    assert violations(question, improved, STREET) == []
    assert {*inserted.unassigned} == {o.id for o in question.orders} - {
        visit.order_id for route in inserted.routes for visit in route.visits
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems(), problems())
def test_a_plan_of_yesterday_never_breaks_the_plan_of_today(question, other):
    planner = Planner(STREET)
    stale = planner.insert(other).routes
    again = planner.insert(msgspec.structs.replace(question, previous=stale))
    assert planner.rejected == 0
    assert violations(question, again, STREET) == []
