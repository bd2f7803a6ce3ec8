"""The one function that says who may do what."""

import itertools

import pytest

from domain.errors import Forbidden, NotFound, TooMany
from domain.ids import CourierId, FleetId, OrderId, TokenId
from domain.people import Principal, Role
from server.policy import GRANTS, Action, Target, may, require
from server.ratelimit import MAX_BUCKETS, RateLimit

HOME, AWAY = FleetId("home"), FleetId("away")


def principal(role: Role, **more) -> Principal:
    return Principal(fleet=HOME, role=role, token_id=TokenId("t"), **more)


@pytest.mark.parametrize(("role", "action"), list(itertools.product(Role, Action)))
def test_nobody_may_do_anything_in_another_fleet(role, action):
    asker = principal(role, subject="s", courier_id=CourierId("c"), order_id=OrderId("o"))
    target = Target(fleet=AWAY, order_id=OrderId("o"), shop_id="s", courier_id=CourierId("c"))
    assert not may(asker, action, target)


def test_every_role_has_a_row_and_only_owners_manage_tokens():
    assert set(GRANTS) == set(Role)
    assert {role for role in Role if Action.TOKEN_MANAGE in GRANTS[role]} == {Role.OWNER}
    assert {role for role in Role if Action.PINGS_SEND in GRANTS[role]} == {Role.COURIER}


def test_who_only_looks_changes_nothing():
    changing = {a for a in Action if a.value.rpartition("_")[2] not in ("read", "list", "watch")}
    assert not GRANTS[Role.VIEWER] & changing


def test_a_shop_reaches_its_own_orders_alone_and_a_shop_without_name_none():
    shop = principal(Role.SHOP, subject="faro")
    assert may(shop, Action.ORDER_READ, Target(fleet=HOME, shop_id="faro"))
    assert not may(shop, Action.ORDER_READ, Target(fleet=HOME, shop_id="luna"))
    assert not may(shop, Action.ORDER_READ, Target(fleet=HOME, shop_id=None))
    nameless = principal(Role.SHOP)
    assert not may(nameless, Action.ORDER_READ, Target(fleet=HOME, shop_id=None))


def test_a_courier_sees_no_other_couriers_track():
    courier = principal(Role.COURIER, courier_id=CourierId("c1"))
    assert may(courier, Action.TRACK_READ, Target(fleet=HOME, courier_id=CourierId("c1")))
    assert not may(courier, Action.TRACK_READ, Target(fleet=HOME, courier_id=CourierId("c2")))
    assert not may(courier, Action.TRACK_READ, Target(fleet=HOME))


def test_a_refusal_says_forbidden_for_the_role_and_not_found_for_the_relation():
    courier = principal(Role.COURIER, courier_id=CourierId("c1"))
    with pytest.raises(Forbidden):
        require(courier, Action.ZONE_WRITE, Target(fleet=HOME))
    with pytest.raises(NotFound):
        require(courier, Action.TRACK_READ, Target(fleet=HOME, courier_id=CourierId("c2")))
    with pytest.raises(NotFound):
        require(principal(Role.OWNER), Action.ORDER_READ, Target(fleet=AWAY))


def test_a_bucket_allows_its_burst_and_then_its_rate():
    now = [0.0]
    limit = RateLimit(rate=2, burst=3, monotonic_s=lambda: now[0])
    for _ in range(3):
        limit.take("a")
    with pytest.raises(TooMany) as caught:
        limit.take("a")
    assert caught.value.detail["retry_after_s"] >= 1
    limit.take("b")
    now[0] = 0.5
    limit.take("a")
    with pytest.raises(TooMany):
        limit.take("a")


def test_a_limit_remembers_a_bounded_number_of_keys():
    limit = RateLimit(rate=1, burst=1, monotonic_s=lambda: 0.0)
    for number in range(MAX_BUCKETS + 10):
        limit.take(str(number))
    assert len(limit._buckets) == MAX_BUCKETS
