"""What every PeopleStore does."""

import msgspec
import pytest

from domain.courier import Capacity, Shift, ShiftState, Vehicle
from domain.errors import Conflict, PreconditionFailed
from domain.ids import CourierId, TokenId, UserId
from domain.people import FleetChange, Role, User
from tests.contract.samples import FLEET, NOON_MS, OTHER, courier, fleet, token

ANA = CourierId("c_ana")
OWNER = User(
    id=UserId("u_1"), fleet=FLEET, login="ana@example.org", name="Ana", role=Role.OWNER, password_hash="x"
)


@pytest.fixture
async def people(stores):
    await stores.people.put_fleet(fleet())
    await stores.people.put_fleet(fleet(OTHER))
    return stores.people


async def test_a_fleet_is_found_by_its_slug(people):
    assert await people.find_fleet(FLEET) == fleet()
    assert await people.find_fleet("nowhere") is None
    assert [f.id for f in await people.fleets()] == [FLEET, OTHER]


async def test_a_fleets_settings_are_replaced(people):
    changed = msgspec.structs.replace(fleet(), settings={"offer_s": 45, "auto": True, "note": None, "w": 0.1})

    await people.put_fleet(changed)

    assert await people.find_fleet(FLEET) == changed


async def test_a_user_is_found_by_login_and_replaced(people):
    await people.put_user(OWNER)
    renamed = msgspec.structs.replace(OWNER, name="Ana María")
    await people.put_user(renamed)

    assert await people.find_user("ana@example.org") == renamed
    assert await people.find_user("beto@example.org") is None


async def test_a_login_belongs_to_one_user(people):
    await people.put_user(OWNER)

    with pytest.raises(Conflict, match="already signs in"):
        await people.put_user(msgspec.structs.replace(OWNER, id=UserId("u_2")))


async def test_a_courier_keeps_everything(people):
    full = courier(
        vehicle=Vehicle.CARGO_BIKE,
        capacity=Capacity(weight_g=1, volume_l=0.5, orders=3),
        skills=frozenset({"cargo", "cold"}),
        shift=ShiftState.ON,
        shift_started_at_ms=NOON_MS,
    )
    await people.put_courier(full)

    assert await people.find_courier(FLEET, ANA) == full
    assert await people.couriers(FLEET) == [full]


async def test_another_fleets_courier_is_not_found(people):
    await people.put_courier(courier())

    assert await people.find_courier(OTHER, ANA) is None
    assert await people.couriers(OTHER) == []


async def test_an_edit_of_an_old_version_is_refused(people):
    await people.put_courier(courier())
    await people.put_courier(courier(name="Ana B", version=2), expected_version=1)

    with pytest.raises(PreconditionFailed):
        await people.put_courier(courier(name="Ana C", version=2), expected_version=1)

    assert (await people.find_courier(FLEET, ANA)).name == "Ana B"


async def test_a_shift_is_opened_and_closed_once(people):
    await people.open_shift(FLEET, Shift(courier_id=ANA, started_at_ms=1000))
    await people.close_shift(FLEET, ANA, 2000)
    await people.open_shift(FLEET, Shift(courier_id=ANA, started_at_ms=3000))

    assert await people.shifts(FLEET, ANA, 0) == [
        Shift(courier_id=ANA, started_at_ms=1000, ended_at_ms=2000),
        Shift(courier_id=ANA, started_at_ms=3000),
    ]
    assert [s.started_at_ms for s in await people.shifts(FLEET, ANA, 2001)] == [3000]
    assert await people.shifts(OTHER, ANA, 0) == []


async def test_a_token_is_found_by_its_digest(people):
    await people.put_token(token(courier_id=ANA))

    assert await people.find_token("digest of t_1") == token(courier_id=ANA)
    assert await people.find_token("digest of t_2") is None


async def test_a_token_is_revoked_once_and_by_its_own_fleet_only(people):
    await people.put_token(token())

    assert not await people.revoke_token(OTHER, TokenId("t_1"), NOON_MS)
    assert await people.revoke_token(FLEET, TokenId("t_1"), NOON_MS)
    assert not await people.revoke_token(FLEET, TokenId("t_1"), NOON_MS + 1)
    assert (await people.find_token("digest of t_1")).revoked_at_ms == NOON_MS


async def test_last_use_of_tokens_never_moves_back(people):
    await people.put_token(token("t_1"))
    await people.put_token(token("t_2", created_at_ms=NOON_MS + 1))

    await people.touch_tokens({TokenId("t_1"): 500, TokenId("t_2"): 700, TokenId("t_gone"): 1})
    await people.touch_tokens({TokenId("t_1"): 400})
    await people.touch_tokens({})

    assert [t.last_used_at_ms for t in await people.tokens(FLEET)] == [500, 700]


async def test_who_changed_a_fleets_settings_is_kept_newest_first(people):
    first = FleetChange(at_ms=NOON_MS, actor="user:u_1", changed={"currency": (None, "EUR")})
    second = FleetChange(at_ms=NOON_MS + 1, actor="cli", changed={"offer_broadcast": (1, 3)})
    await people.put_fleet(fleet())
    await people.put_fleet(msgspec.structs.replace(fleet(), settings={"currency": "EUR"}), first)
    await people.put_fleet(fleet(), second)

    assert await people.fleet_changes(FLEET) == [second, first]
    assert await people.fleet_changes(FLEET, limit=1) == [second]
    assert await people.fleet_changes(OTHER) == []
    assert (await people.find_fleet(FLEET)).settings == {}
