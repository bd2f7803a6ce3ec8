"""What every PlanStore and ZoneStore does."""

import msgspec
import pytest

from domain.errors import Conflict
from domain.ids import CourierId, OrderId, ZoneId
from domain.order import StopKind, TimeWindow, stop_id
from domain.plan import Eta, Route, Stop
from domain.zone import Area, Circle, Zone, ZoneKind
from tests.contract.samples import FLEET, NOON_MS, OTHER, PARK, fleet

ORDER = OrderId("o_1")
STOP = Stop(
    stop_id=stop_id(ORDER, StopKind.PICKUP),
    kind=StopKind.PICKUP,
    order_id=ORDER,
    at=PARK,
    eta_at_ms=NOON_MS,
    leave_at_ms=NOON_MS + 60_000,
    window=TimeWindow(earliest_at_ms=NOON_MS),
    eta=Eta(p10_at_ms=1, p50_at_ms=2, p90_at_ms=3),
)
ANA = Route(courier_id=CourierId("c_ana"), version=3, stops=(STOP,))
BETO = Route(courier_id=CourierId("c_beto"), version=1)
DONUT = Area(
    polygons=(
        (
            ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 0.0)),
            ((4.0, 1.0), (5.0, 1.0), (5.0, 2.0), (4.0, 1.0)),
        ),
    )
)


@pytest.fixture
async def opened(stores):
    await stores.people.put_fleet(fleet())
    await stores.people.put_fleet(fleet(OTHER))
    return stores


async def test_a_fleet_without_a_plan_has_epoch_zero(opened):
    assert await opened.plans.routes(FLEET) == (0, [])


async def test_routes_given_are_replaced_and_others_stay(opened):
    await opened.plans.put_routes(FLEET, 1, [ANA, BETO])
    shorter = msgspec.structs.replace(ANA, version=4, stops=())
    await opened.plans.put_routes(FLEET, 2, [shorter])

    assert await opened.plans.routes(FLEET) == (2, [shorter, BETO])
    assert await opened.plans.routes(OTHER) == (0, [])


async def test_a_plan_of_an_older_epoch_is_refused(opened):
    await opened.plans.put_routes(FLEET, 5, [ANA])

    with pytest.raises(Conflict) as refusal:
        await opened.plans.put_routes(FLEET, 4, [BETO])

    assert refusal.value.code == "stale_epoch"
    assert await opened.plans.routes(FLEET) == (5, [ANA])


async def test_the_newest_explanation_is_kept(opened):
    await opened.plans.put_explanation(FLEET, ORDER, 1, {"cost_s": 12.5})
    await opened.plans.put_explanation(FLEET, ORDER, 2, {"cost_s": 9, "others": [{"id": "c_beto"}]})

    assert await opened.plans.find_explanation(FLEET, ORDER) == {"cost_s": 9, "others": [{"id": "c_beto"}]}
    assert await opened.plans.find_explanation(OTHER, ORDER) is None


@pytest.mark.parametrize("shape", [Circle(center=PARK, radius_m=80.5), DONUT], ids=["circle", "area"])
async def test_a_zone_keeps_its_shape(opened, shape):
    zone = Zone(id=ZoneId("z_1"), fleet=FLEET, name="Sótano", shape=shape, kind=ZoneKind.HUB, dwell_s=60)

    await opened.zones.put_zone(zone)

    assert await opened.zones.zones(FLEET) == [zone]
    assert await opened.zones.zones(OTHER) == []


async def test_a_zone_is_replaced_and_dropped_once(opened):
    zone = Zone(id=ZoneId("z_1"), fleet=FLEET, name="A", shape=DONUT)
    await opened.zones.put_zone(zone)
    renamed = msgspec.structs.replace(zone, name="B", version=2)
    await opened.zones.put_zone(renamed)

    assert await opened.zones.zones(FLEET) == [renamed]
    assert not await opened.zones.drop_zone(OTHER, ZoneId("z_1"))
    assert await opened.zones.drop_zone(FLEET, ZoneId("z_1"))
    assert not await opened.zones.drop_zone(FLEET, ZoneId("z_1"))


async def test_what_was_learnt_is_kept_by_name_and_fleet(opened):
    await opened.plans.put_learnt(FLEET, "calibration", 1, {"scores": [1.5]})
    await opened.plans.put_learnt(FLEET, "calibration", 2, {"scores": [1.5, -0.5]})

    assert await opened.plans.find_learnt(FLEET, "calibration") == {"scores": [1.5, -0.5]}
    assert await opened.plans.find_learnt(FLEET, "other") is None
    assert await opened.plans.find_learnt(OTHER, "calibration") is None
