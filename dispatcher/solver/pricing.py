"""Prices many routes at once: ``Schedule.cost`` as arrays, the same objective and the same rules.

A *base* is a courier with a set of visits; a *row* is one order of the visits of a base. Rows of one base
share its riding times, so a way is computed once however many orders of visits are tried. A test holds this
against ``Schedule`` on random problems.
"""

from dataclasses import dataclass

import numpy as np

from dispatcher.solver.schedule import INFEASIBLE, LATE_PROMISED, ROUNDING
from dispatcher.solver.tables import Flags, Floats, Numbers, Tables
from dispatcher.solver.view import FAR_S, View
from dispatcher.travel_times.legs import Legs, PairsLegs
from domain.courier import Vehicle


@dataclass(slots=True)
class Rows:
    """What is to be priced.

    Attributes:
        rider: of each base.
        visits: of each base, -1 where there is none; the last column is -1 in all.
        base: of each row.
        order: columns of ``visits``, one row per place in the route, one column per row to price;
            the last column of ``visits`` where the route is over.
    """

    rider: Numbers
    visits: Numbers
    base: Numbers
    order: Numbers


class Pricing:
    """Prices routes of one view."""

    def __init__(self, view: View, tables: Tables) -> None:
        self._view, self._tables = view, tables

    def costs(self, rows: Rows) -> Floats:
        """Return each row's cost in minutes, ``INFEASIBLE`` when it breaks a rule."""
        return _Batch(self._view, self._tables, rows).costs()


class _Batch:
    """The work of one call. ``_at(values)`` spreads values per base and visit over the rows."""

    def __init__(self, view: View, tables: Tables, rows: Rows) -> None:
        self._view, self._rows = view, rows
        self._visits, self._riders, self._vehicles = tables.visits, tables.riders, tables.vehicles
        self._v, self._r = rows.visits, rows.rider[:, None]
        self._flat = rows.base * rows.visits.shape[1] + rows.order
        self._drop = (self._v & 1 == 1) & (self._v >= 0)
        self._pick = (self._v & 1 == 0) & (self._v >= 0)
        mine = (self._visits.locked_to[self._v] == self._r) | (self._visits.promised_to[self._v] == self._r)
        self._binds = ~mine & (self._v >= 0)

    def costs(self) -> Floats:
        joined = self._joined()
        arrive, handover, leave, own_half = self._times(joined)
        cost = self._visit_costs(arrive, handover)
        cost += self._busy_min(arrive, handover, leave, own_half, joined)
        broken = self._late(arrive, handover, leave) | self._overloaded() | self._too_long_aboard(handover)
        cost[broken] = INFEASIBLE
        return cost

    def _at(self, per_visit: Floats) -> Floats:
        return np.asarray(np.take(per_visit.ravel(), self._flat))

    def _joined(self) -> Flags | None:
        """Return where a pickup continues the call before it; None when that is nowhere."""
        spot = np.take(self._visits.spot[self._v].ravel(), self._flat)
        joined = np.zeros(spot.shape, dtype=np.bool_)
        joined[1:] = (spot[1:] == spot[:-1]) & (spot[1:] >= 0)
        return joined if joined.any() else None

    def _times(self, joined: Flags | None) -> tuple[Floats, Floats, Floats, Floats]:
        rider, riders = self._rows.rider[self._rows.base], self._riders
        half, ready = self._at(self._visits.half_s[self._v]), self._at(self._visits.earliest_s[self._v])
        own_half, more = half, np.zeros(half.shape)
        if joined is not None:
            own_half = half.copy()
            for i in range(len(half) - 2, -1, -1):
                on = joined[i + 1]
                half[i] = np.where(on, np.maximum(half[i], half[i + 1]), half[i])
                ready[i] = np.where(on, np.maximum(ready[i], ready[i + 1]), ready[i])
                more[i] = np.where(on, more[i + 1] + self._view.settings.repeat_service_s, 0.0)
        after, ride = half + more, self._ride_s()
        arrive, handover, leave = np.empty(half.shape), np.empty(half.shape), np.empty(half.shape)
        t = riders.start_s[rider]
        for i in range(len(half)):
            arrive[i] = t + ride[i]
            if i == 0:
                here = riders.arrived_s[rider]
                arrive[0] = np.where(np.isnan(here), arrive[0], here)
            handover[i] = np.maximum(arrive[i] + half[i], ready[i])
            leave[i] = handover[i] + after[i]
            if joined is not None and i:
                for of in (arrive, handover, leave):
                    of[i] = np.where(joined[i], of[i - 1], of[i])
            t = leave[i]
        return arrive, handover, leave, own_half

    def _ride_s(self) -> Floats:
        """Return the riding time to each visit, 0 past the end."""
        start = self._riders.start[self._rows.rider]
        places = np.column_stack((start, np.where(self._v < 0, start[:, None], self._v)))
        size = places.shape[1]
        between = np.empty((len(places), size, size))
        vehicle = self._riders.vehicle[self._rows.rider]
        for number, kind in enumerate(self._vehicles):
            mine = np.flatnonzero(vehicle == number)
            if len(mine):
                between[mine] = _ways_s(self._view.legs, places[mine], kind)
        nowhere = np.zeros((len(places), size), dtype=np.bool_)
        nowhere[:, 1:] = self._v < 0
        between[np.broadcast_to(nowhere[:, None, :], between.shape)] = 0.0
        to = self._rows.order + 1
        before = np.zeros(to.shape, dtype=np.intp)
        before[1:] = to[:-1]
        return np.asarray(np.take(between.ravel(), (self._rows.base * size + before) * size + to))

    def _visit_costs(self, arrive: Floats, handover: Floats) -> Floats:
        """Return what the customers' waiting costs, with the price of switching couriers."""
        visits, settings = self._visits, self._view.settings
        weight = visits.weight[self._v]
        moved = (visits.owner[self._v] != self._r) & (visits.owner[self._v] >= 0)
        fixed = (np.where(moved, visits.switch_min[self._v], 0.0)).sum(axis=1)
        fixed -= (weight * visits.reference_s[self._v] / 60).sum(axis=1)
        cost = fixed[self._rows.base] + (self._at(weight / 60) * handover).sum(axis=0)
        promised = visits.promised_s[self._v]
        if (promised < FAR_S).any():
            late = np.maximum(0.0, handover - self._at(promised))
            cost += (self._at(weight * settings.late_price / 60) * late).sum(axis=0)
        soft = np.where(self._binds | (self._v < 0), FAR_S, visits.latest_s[self._v])
        if (soft < FAR_S).any():
            cost += LATE_PROMISED / 60 * np.maximum(0.0, arrive - self._at(soft)).sum(axis=0)
        return np.asarray(cost)

    def _busy_min(
        self, arrive: Floats, handover: Floats, leave: Floats, own_half: Floats, joined: Flags | None
    ) -> Floats:
        rider = self._rows.rider[self._rows.base]
        idle = np.maximum(0.0, handover - arrive - own_half)
        idle[self._aboard_before(0) > 0] = 0.0
        if joined is not None:
            idle[joined] = 0.0
        busy = np.maximum(0.0, leave[-1] - self._riders.start_s[rider] - idle.sum(axis=0))
        return np.asarray(busy / 60 * self._riders.minute_price[rider])

    def _loads(self, kind: int) -> tuple[Floats, Floats]:
        """Return what each base has on board at the start, and what each of its visits adds."""
        adds = self._visits.load[kind][self._v]
        there = np.where(self._pick, self._v, -2)
        carried = self._drop & ~(self._v[:, :, None] - 1 == there[:, None, :]).any(axis=2)
        return -np.where(carried, adds, 0.0).sum(axis=1), adds

    def _aboard_before(self, kind: int) -> Floats:
        first, adds = self._loads(kind)
        return np.asarray(first[self._rows.base] + np.cumsum(self._at(adds), axis=0) - self._at(adds))

    def _late(self, arrive: Floats, handover: Floats, leave: Floats) -> Flags:
        """Return which rows break a window or a shift's end."""
        binds, drop, pick = self._binds, self._drop, self._pick
        shift_end = np.broadcast_to(self._riders.shift_end_s[self._r], self._v.shape)
        covers = drop if self._view.settings.shift_end_covers_dropoff else np.zeros_like(drop)
        limits = (
            (arrive, np.where(binds, self._visits.latest_s[self._v], FAR_S)),
            (handover, np.where(binds & pick, shift_end, FAR_S)),
            (leave, np.where(binds & covers, shift_end, FAR_S)),
        )
        broken = np.zeros(len(self._rows.base), dtype=np.bool_)
        for moment, limit in limits:
            if (limit < FAR_S).any():
                broken |= (moment > self._at(limit)).any(axis=0)
        return broken

    def _overloaded(self) -> Flags:
        ruled = self._binds.any(axis=1)
        broken = np.zeros(len(self._rows.base), dtype=np.bool_)
        picks = np.take(self._pick.ravel(), self._flat)
        for kind in range(len(self._riders.room)):
            first, adds = self._loads(kind)
            room = self._riders.room[kind][self._rows.rider] + ROUNDING
            at_most = first + np.where(adds > 0, adds, 0.0).sum(axis=1)
            if (ruled & (at_most > room)).any():
                load = first[self._rows.base] + np.cumsum(self._at(adds), axis=0)
                over = ((load > room[self._rows.base]) & picks).any(axis=0)
                broken |= over & ruled[self._rows.base]
        return broken | self._mixes() if self._view.settings.one_pickup_place else broken

    def _mixes(self) -> Flags:
        """Return which rows pick up at a second place with goods on board."""
        columns = np.arange(self._v.shape[1])
        spots = self._visits.spot[np.where(self._drop, self._v - 1, self._v)]
        there = np.where(self._pick, self._v, -2)
        aboard = (self._drop & ~(self._v[:, :, None] - 1 == there[:, None, :]).any(axis=2))[self._rows.base]
        own = spots[self._rows.base]
        broken = np.zeros(len(self._rows.base), dtype=np.bool_)
        for column in self._rows.order:
            visit = self._v[self._rows.base, column]
            pick = self._pick[self._rows.base, column]
            other = (aboard & (own != self._visits.spot[visit][:, None])).any(axis=1)
            broken |= pick & other & self._binds[self._rows.base, column]
            drop_of = np.where(pick, visit + 1, -2)[:, None] == self._v[self._rows.base]
            aboard = (aboard | drop_of) & (columns[None, :] != column[:, None])
        return broken

    def _too_long_aboard(self, handover: Floats) -> Flags:
        limit = np.where(self._binds, self._visits.on_board_max_s[self._v], FAR_S)
        broken = np.zeros(len(self._rows.base), dtype=np.bool_)
        rows = np.arange(len(self._rows.base))
        for column in np.flatnonzero((limit < FAR_S).any(axis=0)):
            found = self._v == self._v[:, column][:, None] - 1
            picked = np.where(found.any(axis=1), found.argmax(axis=1), -1)[self._rows.base]
            here = (self._rows.order == column).argmax(axis=0)
            there = (self._rows.order == picked[None, :]).argmax(axis=0)
            aboard_s = handover[here, rows] - handover[there, rows]
            broken |= (picked >= 0) & (aboard_s > limit[:, column][self._rows.base])
        return broken


def _ways_s(legs: Legs, places: Numbers, vehicle: Vehicle) -> Floats:
    """Return riding seconds from each to each of several places, for many such sets of places."""
    if isinstance(legs, PairsLegs):
        return legs.pairs(places[:, :, None], places[:, None, :], vehicle)
    known, index = np.unique(places, return_inverse=True)
    index = index.reshape(places.shape)
    block = legs.block(known.tolist(), known.tolist(), vehicle)
    return np.asarray(block[index[:, :, None], index[:, None, :]])
