"""Makes the changed day: more or fewer riders, more or fewer orders, and the settings of a variant.

Who is added, copied or left out is drawn by name, so that more of the same change contains less of it.
"""

from typing import Any

import msgspec

from dispatcher.model import PlannerSettings
from dispatcher.settings import DispatchSettings
from domain.courier import Vehicle
from domain.fleet_settings import FleetSettings
from domain.geo import moved
from whatif.chance import Dice
from whatif.day import SimDay, SimOrder, SimRider, Span
from whatif.variants import DemandChange, RidersChange, SettingChange, Variant, VariantError

COPY_SPREAD_S = 600
"""A copied order is placed about so long before or after the first, for a door ``COPY_SPREAD_M`` away."""
COPY_SPREAD_M = 300.0


def changed_day(day: SimDay, variant: Variant, dice: Dice) -> SimDay:
    """Return the day with the variant's riders and orders."""
    for number, change in enumerate(variant.changes):
        if isinstance(change, RidersChange):
            day = msgspec.structs.replace(day, riders=_riders(day, change, dice, number))
        elif isinstance(change, DemandChange):
            day = msgspec.structs.replace(day, orders=_orders(day, change, dice))
    if not day.orders:
        raise VariantError(f"{variant.name} leaves no order")
    return day


def changed_settings(variant: Variant) -> tuple[dict[str, Any], DispatchSettings]:
    """Return the fleet's own choices and the dispatcher's settings of a variant."""
    chosen: dict[str, Any] = {}
    dispatch, planner = DispatchSettings(), PlannerSettings()
    for change in variant.changes:
        if not isinstance(change, SettingChange):
            continue
        value = {change.name: change.value}
        if change.name in FleetSettings.__struct_fields__:
            chosen |= value
        elif change.name in DispatchSettings.__struct_fields__:
            dispatch = msgspec.structs.replace(dispatch, **value)
        else:
            planner = msgspec.structs.replace(planner, **value)
    return chosen, msgspec.structs.replace(dispatch, planner=planner)


def _riders(day: SimDay, change: RidersChange, dice: Dice, number: int) -> tuple[SimRider, ...]:
    if change.factor is not None:
        return _scaled_riders(day, change, dice)
    if change.count > 0:
        return (*day.riders, *(_added(day, change, dice, f"{number}.{i}") for i in range(change.count)))
    working = [rider for rider in day.riders if _fits(rider, change)]
    gone = sorted(working, key=lambda rider: dice.share("gone", rider.id))[: -change.count]
    if len(gone) < -change.count:
        raise VariantError(f"{change.text}: only {len(gone)} riders work then")
    names = {rider.id for rider in gone}
    left = [_without(rider, change.hours) if rider.id in names else rider for rider in day.riders]
    return tuple(rider for rider in left if rider.shifts)


def _scaled_riders(day: SimDay, change: RidersChange, dice: Dice) -> tuple[SimRider, ...]:
    mine = [rider for rider in day.riders if change.vehicle in (None, rider.vehicle)]
    others = tuple(rider for rider in day.riders if change.vehicle not in (None, rider.vehicle))
    if not mine:
        raise VariantError(f"{change.text}: no such rider works on this day")
    wanted = max(1, round(len(mine) * (change.factor or 1.0)))
    ranked = sorted(mine, key=lambda rider: dice.share("rank", rider.id))
    chosen = [ranked[i % len(ranked)] for i in range(wanted)]
    copies = tuple(
        rider if i < len(ranked) else msgspec.structs.replace(rider, id=f"{rider.id}x{i // len(ranked)}")
        for i, rider in enumerate(chosen)
    )
    return others + copies


def _added(day: SimDay, change: RidersChange, dice: Dice, name: str) -> SimRider:
    """Return a further rider, who begins where one of the orders of these hours is fetched."""
    hours = change.hours or _whole(day)
    orders = [order for order in day.orders if hours[0] <= order.placed_s < hours[1]] or list(day.orders)
    start = orders[int(dice.share("start", name) * len(orders))].pickup
    vehicle = change.vehicle or _usual_vehicle(day)
    return SimRider(id=f"c_new{name}", vehicle=vehicle, at=start, shifts=(hours,))


def _usual_vehicle(day: SimDay) -> Vehicle:
    vehicles = [rider.vehicle for rider in day.riders]
    return max(sorted(set(vehicles)), key=vehicles.count, default=Vehicle.BICYCLE)


def _whole(day: SimDay) -> Span:
    return day.begin_s(), max(max(order.placed_s, order.ready_s) for order in day.orders) + 3600


def _fits(rider: SimRider, change: RidersChange) -> bool:
    if change.vehicle not in (None, rider.vehicle):
        return False
    hours = change.hours
    return hours is None or any(on < hours[1] and off > hours[0] for on, off in rider.shifts)


def _without(rider: SimRider, hours: Span | None) -> SimRider:
    """Return a rider who does not work within hours."""
    if hours is None:
        return msgspec.structs.replace(rider, shifts=())
    parts = [
        part
        for on, off in rider.shifts
        for part in ((on, min(off, hours[0])), (max(on, hours[1]), off))
        if part[0] < part[1]
    ]
    return msgspec.structs.replace(rider, shifts=tuple(parts))


def _orders(day: SimDay, change: DemandChange, dice: Dice) -> tuple[SimOrder, ...]:
    hours = change.hours or (0, 10**9)
    mine = [order for order in day.orders if hours[0] <= order.placed_s < hours[1]]
    others = [order for order in day.orders if not hours[0] <= order.placed_s < hours[1]]
    ranked = sorted(mine, key=lambda order: dice.share("demand", order.id))
    wanted = round(len(mine) * change.factor)
    kept = ranked[:wanted]
    copies = [
        _copied(ranked[i % len(ranked)], i // len(ranked), hours, dice) for i in range(len(mine), wanted)
    ]
    return tuple(sorted([*others, *kept, *copies], key=lambda order: (order.placed_s, order.id)))


def _copied(order: SimOrder, copy: int, hours: Span, dice: Dice) -> SimOrder:
    """Return an order like another one: the same shop, near it in time and place."""
    name = f"{order.id}x{copy}"
    shift_s = round(COPY_SPREAD_S * dice.normal("later", name))
    shift_s = min(max(shift_s, hours[0] - order.placed_s, -order.placed_s), hours[1] - 1 - order.placed_s)
    east_m, north_m = (COPY_SPREAD_M * dice.normal(way, name) for way in ("east", "north"))
    return SimOrder(
        id=name,
        pickup=order.pickup,
        dropoff=moved(order.dropoff, east_m, north_m),
        placed_s=order.placed_s + shift_s,
        ready_s=order.ready_s + shift_s,
        due_s=None if order.due_s is None else order.due_s + shift_s,
    )
