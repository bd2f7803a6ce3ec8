"""A fleet leaves any store as lines and arrives in any other as it was."""

import pytest

from domain.courier import Shift
from domain.errors import Invalid, NotFound
from domain.geo import LonLat
from domain.ids import CourierId, UserId, ZoneId
from domain.people import Role, User
from domain.zone import Circle, Zone
from storage import exchange
from storage.exchange import export_fleet, import_fleet
from storage.memory import MemoryStores
from tests.contract.samples import FLEET, OTHER, courier, event, fleet, order, placed, point, token

ANA = CourierId("c_ana")
ZONE = Zone(id=ZoneId("z_1"), fleet=FLEET, name="Z", shape=Circle(center=LonLat(1.0, 2.0), radius_m=3.0))
OWNER = User(id=UserId("u_1"), fleet=FLEET, login="a@b", name="A", role=Role.OWNER, password_hash="$argon2")


async def fill(stores) -> None:
    await stores.people.put_fleet(fleet())
    await stores.people.put_fleet(fleet(OTHER))
    await stores.people.put_user(OWNER)
    await stores.people.put_courier(courier())
    await stores.people.open_shift(FLEET, Shift(courier_id=ANA, started_at_ms=5, ended_at_ms=9))
    await stores.people.put_token(token(courier_id=ANA))
    await stores.zones.put_zone(ZONE)
    await stores.orders.save([placed(order(f"o_{n}")) for n in range(7)])
    same_moment = [point(99, index, fix_at_ms=5000) for index in range(4)]
    await stores.tracks.archive(FLEET, [point(seq) for seq in range(20)] + same_moment, "7-0")


async def lines_of(stores, **options) -> list[bytes]:
    return [line async for line in export_fleet(stores, FLEET, **options)]


async def test_a_fleet_moves_from_any_store_into_another(stores, monkeypatch):
    monkeypatch.setattr(exchange, "TRACK_PAGE", 6)
    monkeypatch.setattr(exchange, "PAGE", 3)
    await fill(stores)
    target = MemoryStores()

    taken = await import_fleet(target, await lines_of(stores))

    counts = {"fleet": 1, "user": 1, "courier": 1, "shift": 1, "token": 1, "zone": 1, "order": 7, "point": 24}
    assert taken == counts
    assert await lines_of(target) == await lines_of(stores)
    assert await target.orders.events(FLEET, "o_3") == [event(order("o_3"))]
    assert await target.people.find_fleet(OTHER) is None


async def test_a_fleet_moves_into_any_store_and_again_without_doubling(stores):
    source = MemoryStores()
    await fill(source)
    lines = await lines_of(source)

    await import_fleet(stores, lines)
    await import_fleet(stores, lines)

    assert await lines_of(stores) == lines
    assert await stores.tracks.cursor(FLEET) == "0-0"


async def test_positions_stay_behind_on_request(stores):
    await fill(stores)

    assert not [line for line in await lines_of(stores, tracks=False) if b'"point"' in line]


async def test_an_unknown_fleet_cannot_be_exported(stores):
    with pytest.raises(NotFound):
        await lines_of(stores)


@pytest.mark.parametrize(
    "lines",
    [
        [b'{"kind":"fleet","value":{}}'],
        [b'{"kind":"format","value":"relevo.fleet.99"}'],
        [b'{"kind":"format","value":"relevo.fleet.1"}', b'{"kind":"fleet","value":{"id":3}}'],
        [b'{"kind":"format","value":"relevo.fleet.1"}', b'{"kind":"spell","value":1}'],
        [b"\xff\xfe"],
    ],
)
async def test_a_line_that_cannot_be_read_is_named(lines):
    with pytest.raises(Invalid, match=f"Line {len(lines)} "):
        await import_fleet(MemoryStores(), lines)
