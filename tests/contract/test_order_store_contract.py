"""What every OrderStore does."""

import msgspec
import pytest

from domain.errors import Conflict, Invalid
from domain.ids import CourierId
from domain.order import OrderStatus
from domain.ports import OrderChange
from tests.contract.samples import FLEET, NOON_MS, OTHER, event, fleet, order, placed


def next_version(of, **changes):
    return msgspec.structs.replace(of, version=of.version + 1, **changes)


@pytest.fixture
async def orders(stores):
    await stores.people.put_fleet(fleet())
    await stores.people.put_fleet(fleet(OTHER))
    return stores.orders


async def test_a_saved_order_comes_back_whole_with_its_history(orders):
    await orders.save([placed(order())])

    assert await orders.find(FLEET, "o_1") == order()
    assert await orders.events(FLEET, "o_1") == [event(order())]
    assert await orders.find(OTHER, "o_1") is None
    assert await orders.events(OTHER, "o_1") == []


async def test_history_is_appended_in_order(orders):
    await orders.save([placed(order())])
    moved = next_version(order(), status=OrderStatus.ASSIGNED, courier_id=CourierId("c_ana"))
    both = (event(moved, "offer"), event(moved, "accept"))
    await orders.save([OrderChange(order=moved, events=both, expected_version=1)])

    assert await orders.find(FLEET, "o_1") == moved
    assert [e.trigger for e in await orders.events(FLEET, "o_1")] == ["place", "offer", "accept"]


async def test_a_change_to_an_old_version_is_refused(orders):
    await orders.save([placed(order())])
    await orders.save([placed(next_version(order()), expected_version=1)])

    with pytest.raises(Conflict) as refusal:
        await orders.save([placed(next_version(order(), priority=9), expected_version=1)])

    assert refusal.value.code == "stale_version"
    assert (await orders.find(FLEET, "o_1")).priority == 0


async def test_changes_are_saved_all_or_none(orders):
    await orders.save([placed(order("o_1"))])
    good = placed(order("o_2"), idempotency_key="k", request_sha256="d", action_id="a")
    stale = placed(next_version(order("o_1")), expected_version=7)

    with pytest.raises(Conflict):
        await orders.save([good, stale])

    assert await orders.find(FLEET, "o_2") is None
    assert await orders.events(FLEET, "o_2") == []
    assert await orders.find_idempotent(FLEET, "", "k") is None
    assert await orders.find_action(FLEET, "a") is None


async def test_an_order_is_inserted_once(orders):
    await orders.save([placed(order())])

    with pytest.raises(Conflict, match="changed meanwhile"):
        await orders.save([placed(order(priority=3))])


async def test_a_save_repeated_because_its_reply_was_lost_changes_nothing(orders):
    new = placed(order("o_1"), idempotency_key="k", request_sha256="d", action_id="a")
    moved = placed(next_version(order("o_1")), expected_version=1)
    await orders.save([new, moved])

    await orders.save([new, moved])

    assert (await orders.find(FLEET, "o_1")).version == 2
    assert len(await orders.events(FLEET, "o_1")) == 2


async def test_an_idempotency_key_makes_one_order(orders):
    first = placed(order("o_1", shop_id="shop"), idempotency_key="k", request_sha256="same")
    await orders.save([first])

    with pytest.raises(Conflict) as again:
        await orders.save([placed(order("o_2", shop_id="shop"), idempotency_key="k", request_sha256="same")])
    with pytest.raises(Conflict) as other:
        await orders.save([placed(order("o_3", shop_id="shop"), idempotency_key="k", request_sha256="new")])

    assert (again.value.code, again.value.detail["order_id"]) == ("order_already_placed", "o_1")
    assert other.value.code == "idempotency_key_reused"
    assert await orders.find_idempotent(FLEET, "shop", "k") == ("o_1", "same")
    assert await orders.find(FLEET, "o_2") is None


async def test_shops_and_fleets_have_their_own_idempotency_keys(orders):
    await orders.save([placed(order("o_1", shop_id="a"), idempotency_key="k", request_sha256="x")])
    await orders.save([placed(order("o_2", shop_id="b"), idempotency_key="k", request_sha256="y")])
    await orders.save([placed(order("o_3", fleet=OTHER, shop_id="a"), idempotency_key="k")])

    assert await orders.find_idempotent(FLEET, "b", "k") == ("o_2", "y")
    assert await orders.find_idempotent(OTHER, "a", "k") == ("o_3", "")


async def test_open_orders_are_those_not_final_oldest_first(orders):
    await orders.save(
        [
            placed(order("o_new", placed_at_ms=NOON_MS + 2)),
            placed(order("o_done", status=OrderStatus.DELIVERED)),
            placed(order("o_old", status=OrderStatus.PICKED_UP)),
            placed(order("o_else", fleet=OTHER)),
        ]
    )

    assert [o.id for o in await orders.open_orders(FLEET)] == ["o_old", "o_new"]


async def test_pages_are_newest_first_and_complete(orders):
    await orders.save([placed(order(f"o_{n}", placed_at_ms=NOON_MS + n // 2)) for n in range(7)])

    seen, cursor = [], None
    while True:
        page, cursor = await orders.page(FLEET, cursor=cursor, limit=3)
        seen += [o.id for o in page]
        if cursor is None:
            break

    assert seen == [f"o_{n}" for n in reversed(range(7))]


async def test_pages_are_filtered_by_status_age_and_shop(orders):
    await orders.save(
        [
            placed(order("o_1", shop_id="a")),
            placed(order("o_2", shop_id="a", status=OrderStatus.DELIVERED)),
            placed(order("o_3", shop_id="b", placed_at_ms=NOON_MS + 10)),
        ]
    )

    assert [o.id for o in (await orders.page(FLEET, shop_id="a"))[0]] == ["o_2", "o_1"]
    assert [o.id for o in (await orders.page(FLEET, status=["placed"]))[0]] == ["o_3", "o_1"]
    assert [o.id for o in (await orders.page(FLEET, since_ms=NOON_MS + 5))[0]] == ["o_3"]


@pytest.mark.parametrize("cursor", ["!!", "YWJj", "é"])
async def test_a_cursor_we_did_not_make_is_refused(orders, cursor):
    with pytest.raises(Invalid, match="cursor"):
        await orders.page(FLEET, cursor=cursor)


async def test_a_couriers_action_is_remembered_with_its_result(orders):
    assert await orders.find_action(FLEET, "uuid-1") is None

    await orders.put_action(FLEET, "uuid-1", CourierId("c_ana"), NOON_MS, {"result": "refused", "code": "x"})

    assert await orders.find_action(FLEET, "uuid-1") == {"result": "refused", "code": "x"}
    assert await orders.find_action(OTHER, "uuid-1") is None


async def test_an_action_changes_an_order_once(orders):
    await orders.save([placed(order())])
    await orders.save([placed(next_version(order()), expected_version=1, action_id="uuid-1")])
    again = msgspec.structs.replace(order(), version=3)

    with pytest.raises(Conflict) as refusal:
        await orders.save([placed(again, expected_version=2, action_id="uuid-1")])

    assert refusal.value.code == "action_repeated"
    assert await orders.find_action(FLEET, "uuid-1") == {"result": "ok"}
    assert (await orders.find(FLEET, "o_1")).version == 2


def at(of, trigger, at_ms):
    return msgspec.structs.replace(event(of, trigger), at_ms=at_ms)


async def test_a_days_orders_come_with_what_happened_until_its_end(orders):
    day_ms = 86_400_000
    early = at(order("o_1"), "place", NOON_MS - day_ms)
    await orders.save([OrderChange(order=order("o_1"), events=(early,), expected_version=None)])
    moved = next_version(order("o_1"), status=OrderStatus.ASSIGNED)
    today, tomorrow = at(moved, "assign", NOON_MS), at(moved, "unassign", NOON_MS + day_ms)
    await orders.save([OrderChange(order=moved, events=(today, tomorrow), expected_version=1)])
    await orders.save([placed(order("o_2")), placed(order("o_3"))])
    old = at(order("o_4"), "place", NOON_MS - 1)
    await orders.save([OrderChange(order=order("o_4"), events=(old,), expected_version=None)])

    first = await orders.histories(FLEET, NOON_MS, NOON_MS + day_ms, limit=2)
    rest = await orders.histories(FLEET, NOON_MS, NOON_MS + day_ms, after=first[-1][0].id, limit=2)

    assert first == [(moved, [early, today]), (order("o_2"), [event(order("o_2"))])]
    assert [found.id for found, _ in rest] == ["o_3"]
    assert await orders.histories(OTHER, 0, 2 * NOON_MS) == []
