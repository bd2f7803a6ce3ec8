"""What a co-op chooses reaches its dispatcher, also while it works."""

import pytest
from msgspec import structs

from dispatcher.settings import DispatchSettings
from domain.errors import Invalid
from domain.events import OfferMade
from domain.fleet_settings import FencePolicy, FleetSettings, changed, settings_of
from domain.geo import LonLat
from domain.ids import FleetId
from domain.people import Fleet


def fleet(**settings) -> Fleet:
    return Fleet(id=FleetId("roma"), name="Roma", center=LonLat(0, 0), time_zone="UTC", settings=settings)


def test_a_fleet_that_chose_nothing_is_dispatched_as_usual():
    usual = DispatchSettings(offer_broadcast=4)
    assert usual.of_fleet(fleet()) == usual
    assert usual.of_fleet(fleet(currency="EUR", of_another_version=3)) == usual


def test_words_become_what_the_planner_reckons_with():
    usual = DispatchSettings()
    told = usual.of_fleet(
        fleet(offers="broadcast", broadcast_size=5, fairness="strong", calm="high", promise_s=1800)
    )
    assert (told.offer_broadcast, told.offer_automatic, told.promise_s) == (5, False, 1800)
    assert told.planner.fairness == 20
    assert told.planner.switch_accepted == 2 * usual.planner.switch_accepted
    assert usual.of_fleet(fleet(offers="automatic")).offer_automatic
    assert usual.of_fleet(fleet(arrive_pickup="off")).arrive_pickup == FencePolicy.OFF


def test_only_true_changes_are_told_with_what_was_before():
    new, change = changed(
        fleet(fairness="light"), {"fairness": "strong", "currency": "MXN"}, actor="a", at_ms=1
    )
    assert change.changed == {"fairness": ("light", "strong")}
    assert settings_of(new) == FleetSettings(fairness="strong")
    back, change = changed(new, {"fairness": None}, actor="a", at_ms=2)
    assert change.changed == {"fairness": ("strong", "off")}
    assert "fairness" not in back.settings
    assert changed(back, {"fairness": "off"}, actor="a", at_ms=3)[1] is None


@pytest.mark.parametrize(
    "wanted",
    [
        {"fairnes": "strong"},
        {"fairness": "much"},
        {"broadcast_size": 1},
        {"currency": "pesos"},
        {"offer_expiry_s": 10**9},
        {"embed_origins": "https://a.example; script-src *"},
        {"embed_origins": "*"},
        {"promise_s": float("nan")},
    ],
)
def test_what_is_no_setting_is_refused(wanted):
    with pytest.raises(Invalid) as refusal:
        changed(fleet(), wanted, actor="a", at_ms=1)
    assert refusal.value.code == "invalid_setting"


async def test_choosing_automatic_gives_work_without_asking_from_then_on(world):
    ana = await world.courier("ana", 100)
    world.desk.configure(structs.replace(world.desk.fleet, settings={"offers": "automatic"}))
    order_id = await world.place()
    assert world.order(order_id).courier_id == ana
    assert world.told(OfferMade) == []


async def test_what_somebody_chose_beside_the_server_counts_within_a_tick(world):
    await world.stores.people.put_fleet(structs.replace(world.desk.fleet, settings={"offers": "automatic"}))
    await world.advance(world.settings.tick_s + 2)
    ana = await world.courier("ana", 100)
    order_id = await world.place()
    assert world.order(order_id).courier_id == ana
