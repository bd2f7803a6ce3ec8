"""Small made-up days: a few shops in one street, riders beside them."""

from domain.courier import Vehicle
from domain.geo import LonLat, moved
from whatif.day import SimDay, SimOrder, SimRider
from whatif.figures import Figures, Wait

CENTER = LonLat(-99.17, 19.41)

FIGURES = Figures(
    orders=10, delivered=10, undelivered=0, click_to_door_min=30.0, click_to_door_p90_min=40.0, late_pct=10.0,
    ready_to_pickup_min=2.0, riding_min_per_order=8.0, km_per_order=2.0, rider_hours=20.0,
    orders_per_rider_hour=0.5, idle_pct=50.0, gini_paid=0.3, gini_km=0.3, max_min_paid=2.0,
    riders_without_work=0, changes_per_order=0.0, offers_expired=0, offers_declined=0, reasons={},
    waits=[Wait(46_800, 30.0)],
)  # fmt: skip


def an_order(number, placed_s=36_000, **fields):
    shop = moved(CENTER, 400.0 * (number % 3), 0)
    door = moved(CENTER, 300.0 * (number % 5), 900)
    return SimOrder(
        id=f"o_{number}",
        **{"pickup": shop, "dropoff": door, "placed_s": placed_s, "ready_s": placed_s + 600, **fields},
    )


def a_rider(number, shifts=((36_000, 50_400),), vehicle=Vehicle.BICYCLE):
    return SimRider(id=f"c_{number}", vehicle=vehicle, at=moved(CENTER, 100.0 * number, 50), shifts=shifts)


def a_day(orders=12, riders=3, gap_s=240):
    return SimDay(
        orders=tuple(an_order(i, 36_600 + gap_s * i) for i in range(orders)),
        riders=tuple(a_rider(i) for i in range(riders)),
    )
