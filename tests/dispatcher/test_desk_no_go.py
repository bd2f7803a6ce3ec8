"""Operators draw where nobody rides: orders inside wait and say so, ways lead around, edits count at once."""

from domain.courier import Vehicle
from domain.events import ZoneChanged
from domain.geo import moved
from domain.ids import ZoneId
from domain.zone import Area, Circle, Zone, ZoneKind
from tests.dispatcher.desk_world import CENTER, FLEET


def circle(east_m, radius_m=250.0, **fields):
    return Zone(
        id=ZoneId("z_1"),
        fleet=FLEET.id,
        name="Vía del tren",
        shape=Circle(center=moved(CENTER, east_m, 0.0), radius_m=radius_m),
        kind=ZoneKind.NO_GO,
        **fields,
    )


async def draw(world, zone, zone_id="z_1"):
    now_ms = world.clock.now_ms()
    world.desk.listen(
        [ZoneChanged(fleet=FLEET.id, at_ms=now_ms, zone_id=zone.id if zone else ZoneId(zone_id), zone=zone)]
    )
    await world.settle()


async def test_a_delivery_inside_a_no_go_zone_waits_and_names_the_zone_until_the_zone_is_gone(world):
    ana = await world.courier("ana", 0)
    await draw(world, circle(900))
    order_id = await world.place(pickup=(300.0, 0.0), dropoff=(900.0, 0.0))
    assert world.order(order_id).unassigned_reason == "no_go_zone"
    spanish = await world.desk.explanation(order_id, "es-MX")
    assert spanish["text"].startswith("La entrega está dentro de la zona «Vía del tren», donde no se entra.")
    english = await world.desk.explanation(order_id, "en")
    assert english["text"].startswith("The drop-off is inside the zone “Vía del tren”, where nobody goes in.")
    assert [out["rule"] for out in english["excluded"]] == ["no_go"]
    await draw(world, None)
    assert [offer.order_ids for offer in world.desk.offers(ana)] == [(order_id,)]


async def test_a_zone_for_some_vehicles_keeps_only_those_out(world):
    await world.courier("ana", 0)
    await draw(world, circle(900, vehicles=frozenset({Vehicle.BICYCLE})))
    order_id = await world.place()
    assert world.order(order_id).unassigned_reason == "no_go_zone"
    assert "donde no se entra en bici." in (await world.desk.explanation(order_id, "es"))["text"]
    beto = await world.courier("beto", 2000)
    await world.desk.put_courier(
        type(world.desk.couriers()[beto])(id=beto, fleet=FLEET.id, name="Beto", vehicle=Vehicle.WALKING)
    )
    await world.settle()
    assert [offer.order_ids for offer in world.desk.offers(beto)] == [(order_id,)]


async def test_a_zone_on_the_way_makes_arrivals_later_at_once_and_takes_no_order_away(world):
    ana = await world.courier("ana", 0)
    order_id = await world.accepted(ana, pickup=(0.0, 0.0), dropoff=(1200.0, 0.0))
    before_ms = world.desk.etas(order_id).dropoff.p50_at_ms
    await draw(world, circle(600, 300.0))
    assert world.desk.etas(order_id).dropoff.p50_at_ms > before_ms + 30_000
    await draw(world, circle(1200))
    assert world.order(order_id).courier_id == ana
    assert world.stops(ana) == [f"{order_id}.pickup", f"{order_id}.dropoff"]


async def test_the_courier_on_the_right_side_of_the_tracks_is_asked(world):
    near, far = await world.courier("ana", 0, 0), await world.courier("beto", 1500, 0)
    wall = [
        moved(CENTER, east, north) for east, north in ((300, -4000), (340, -4000), (340, 4000), (300, 4000))
    ]
    ring = tuple((at.lon, at.lat) for at in (*wall, wall[0]))
    zone = Zone(
        id=ZoneId("z_2"),
        fleet=FLEET.id,
        name="Periférico",
        shape=Area(polygons=((ring,),)),
        kind=ZoneKind.NO_GO,
    )
    await draw(world, zone)
    order_id = await world.place(pickup=(600.0, 0.0), dropoff=(900.0, 0.0))
    assert [offer.order_ids for offer in world.desk.offers(far)] == [(order_id,)]
    assert world.desk.offers(near) == []


async def test_zones_are_known_after_a_restart(world):
    await world.stores.zones.put_zone(circle(900))
    await world.kill()
    await world.start()
    await world.courier("ana", 0)
    order_id = await world.place()
    assert world.order(order_id).unassigned_reason == "no_go_zone"
