"""A day that is over, written into a server's record: riders who rode it and what became of its orders."""

import asyncio
import datetime as dt
import math
import threading
import zoneinfo

from domain.courier import Shift
from domain.geo import LonLat, moved
from domain.ids import CourierId, DeviceId, FleetId, OrderId
from domain.order import Order, OrderEvent, OrderPlace, OrderStatus
from domain.ports import OrderChange
from domain.position import TrackPoint
from storage.sql.stores import open_stores
from tests.e2e.waiting import HOME

ZONE = zoneinfo.ZoneInfo("America/Mexico_City")
HOURS = 8
STARTS_H = 10
EVERY_S = 5
STORY = (
    ("place", OrderStatus.PLACED, 0),
    ("offer", OrderStatus.OFFERED, 60),
    ("accept", OrderStatus.ASSIGNED, 90),
    ("arrive_pickup", OrderStatus.AT_PICKUP, 600),
    ("pick_up", OrderStatus.PICKED_UP, 760),
    ("arrive_dropoff", OrderStatus.AT_DROPOFF, 1500),
    ("deliver", OrderStatus.DELIVERED, 1620),
)


def yesterday() -> dt.date:
    """Return the day before this one in the fleet's time zone."""
    return dt.datetime.now(ZONE).date() - dt.timedelta(days=1)


def write_past_day(database: str, fleet: str, couriers: list[str], orders: int) -> None:
    """Write eight hours of yesterday, in a thread of its own: the browser holds this one's loop."""
    starts = dt.datetime.combine(yesterday(), dt.time(STARTS_H), tzinfo=ZONE)
    start_ms = round(starts.timestamp() * 1000)
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(_write(database, FleetId(fleet), [CourierId(c) for c in couriers], orders, start_ms))
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            failed.append(error)

    writer = threading.Thread(target=run)
    writer.start()
    writer.join()
    if failed:
        raise failed[0]


async def _write(
    database: str, fleet: FleetId, couriers: list[CourierId], orders: int, start_ms: int
) -> None:
    stores = await open_stores(database)
    cursor = await stores.tracks.cursor(fleet)
    for n, courier in enumerate(couriers):
        await stores.tracks.archive(fleet, _ride(courier, n, start_ms), cursor)
        shift = Shift(courier_id=courier, started_at_ms=start_ms, ended_at_ms=start_ms + HOURS * 3_600_000)
        await stores.people.open_shift(fleet, shift)
    span_ms = (HOURS - 1) * 3_600_000
    changes = [
        _order(fleet, n, couriers[n % len(couriers)], start_ms + n * span_ms // orders) for n in range(orders)
    ]
    await stores.orders.save(changes)
    await stores.close()


def _ride(courier: CourierId, n: int, start_ms: int) -> list[TrackPoint]:
    """Return rounds of ever other shapes with waits between, as a rider's day is."""
    points = []
    angle, radius = n * 0.7, 400 + 45 * n
    for step in range(HOURS * 3600 // EVERY_S):
        if (step + 31 * n) % 150 < 100:
            angle += 4.0 * EVERY_S / radius
        place = moved(
            LonLat(*HOME),
            radius * math.cos(angle) + 80 * math.sin(5 * angle),
            radius * math.sin(angle) * 0.8,
        )
        at_ms = start_ms + step * EVERY_S * 1000
        points.append(
            TrackPoint(
                *(courier, DeviceId("phone"), step + 1, 0, at_ms, at_ms),
                *(place.lon, place.lat, 6.0, 4.0, None, None, True),
            )
        )
    return points


def _order(fleet: FleetId, n: int, courier: CourierId, placed_ms: int) -> OrderChange:
    pickup = moved(LonLat(*HOME), 900 * math.cos(n), 900 * math.sin(n))
    dropoff = moved(LonLat(*HOME), 1800 * math.cos(2.4 * n), 1500 * math.sin(2.4 * n))
    order_id = OrderId(f"o_past_{n:04}")
    events = tuple(
        OrderEvent(
            order_id=order_id,
            version=version + 1,
            trigger=trigger,
            status=status,
            at_ms=placed_ms + after_s * 1000,
            recorded_at_ms=placed_ms + after_s * 1000,
            actor=f"courier:{courier}",
            courier_id=courier if version else None,
        )
        for version, (trigger, status, after_s) in enumerate(STORY)
    )
    order = Order(
        id=order_id,
        fleet=fleet,
        status=OrderStatus.DELIVERED,
        pickup=OrderPlace(at=pickup, name="Tortas Don Beto"),
        dropoff=OrderPlace(at=dropoff, address=f"Colima {n}"),
        placed_at_ms=placed_ms,
        ref=f"D-{n:03}",
        courier_id=courier,
        reached_at_ms={status: placed_ms + after_s * 1000 for _, status, after_s in STORY},
        version=len(STORY),
    )
    return OrderChange(order=order, events=events)
