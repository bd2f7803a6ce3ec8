"""Prices every sensible (launch, trip[, next trip]) at once, as matrices, and keeps the best of them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dispatcher.solver.rules import excluding_rule
from dispatcher.solver.trips import Bundle, Launch
from dispatcher.solver.view import FAR_S, View
from domain.courier import Vehicle

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.intp]

PAIRS_MAX = 400_000
"""Chains looked at in one decision; past that only single trips are planned."""


@dataclass(slots=True)
class Column:
    """A launch with its trips; ``cost_min`` on top of the held routes."""

    launch: int
    bundles: tuple[int, ...]
    cost_min: float


class Columns:
    """Prices the trips of one vehicle class."""

    def __init__(
        self,
        view: View,
        launches: list[Launch],
        bundles: list[Bundle],
        vehicle: Vehicle,
    ) -> None:
        self._view, self._launches, self._bundles, self._vehicle = view, launches, bundles, vehicle
        riders = [view.riders[launch.rider] for launch in launches]
        self._shift_end_s = np.array([rider.shift_end_s for rider in riders])
        self._minute_price = np.array([view.minute_price + rider.fairness_min / 60 for rider in riders])
        self._extra = np.array([launch.extra_min for launch in launches])
        self._pickup = np.array([2 * b.jobs[0] for b in bundles], dtype=np.intp)
        self._end = np.array([b.end for b in bundles], dtype=np.intp)
        self._ready_s = np.array([b.ready_s for b in bundles])
        self._half_s = np.array([b.half_s for b in bundles])
        self._length_s = np.array([b.length_s for b in bundles])
        self._weight = np.array([b.weight for b in bundles])
        self._fixed_min = np.array([b.fixed_min for b in bundles])
        self._arrive_max_s = np.array([b.arrive_max_s for b in bundles])
        self._handover_max_s = np.array([b.handover_max_s for b in bundles])
        self._promises = self._promise_arrays()
        self._away = self._exclusions()

    def all(self, keep: int) -> list[Column]:
        """Return the ``keep`` best launches per bundle and per follow-on bundle."""
        places = np.array([launch.place for launch in self._launches], dtype=np.intp)
        free_s = np.array([launch.at_s for launch in self._launches])
        cost, handover_s = self._price(places, free_s, self._shift_end_s, self._minute_price)
        cost = cost + self._away + self._extra[:, None]
        rows, cols = _best(cost, keep)
        found = [
            Column(int(row), (int(col),), float(cost[row, col])) for row, col in zip(rows, cols, strict=True)
        ]
        if len(rows) * len(self._bundles) <= PAIRS_MAX:
            found += self._chains(rows, cols, cost[rows, cols], handover_s[rows, cols], keep)
        return found

    def _chains(
        self, rows: Numbers, cols: Numbers, cost: Floats, handover_s: Floats, keep: int
    ) -> list[Column]:
        free_s = handover_s + self._length_s[cols]
        onward, _ = self._price(self._end[cols], free_s, self._shift_end_s[rows], self._minute_price[rows])
        total = onward + self._away[rows] + cost[:, None]
        total[self._conflicts()[cols]] = np.inf
        total[free_s > self._view.settings.courier_horizon_s] = np.inf
        pairs, nexts = _best(total, keep)
        return [
            Column(int(rows[p]), (int(cols[p]), int(n)), float(total[p, n]))
            for p, n in zip(pairs, nexts, strict=True)
        ]

    def _price(
        self, places: Numbers, free_s: Floats, shift_end_s: Floats, minute_price: Floats
    ) -> tuple[Floats, Floats]:
        """Return cost and pickup hand-over per (start, bundle)."""
        ride_s = self._view.legs.block(places.tolist(), self._pickup.tolist(), self._vehicle)
        arrive_s = free_s[:, None] + ride_s
        handover_s = np.maximum(arrive_s + self._half_s, self._ready_s)
        cost = self._fixed_min + self._weight * handover_s / 60
        busy_s = ride_s + self._half_s + self._length_s
        if not self._view.settings.shift_end_covers_dropoff:
            # Nobody queues for minutes after the shift: far drop-offs are for the last trip.
            busy_s = busy_s - np.maximum(0.0, handover_s + self._length_s - shift_end_s[:, None])
        cost = cost + minute_price[:, None] * busy_s / 60
        for weight, promised_s in self._promises:
            cost = cost + weight * np.maximum(0.0, handover_s - promised_s)
        over_s = handover_s
        if self._view.settings.shift_end_covers_dropoff:
            over_s = handover_s + self._length_s
        broken = (arrive_s > self._arrive_max_s) | (handover_s > self._handover_max_s)
        cost[broken | (over_s > shift_end_s[:, None])] = np.inf
        return cost, handover_s

    def _promise_arrays(self) -> list[tuple[Floats, Floats]]:
        """Return, per place in a bundle, the price per second late and the latest hand-over at the shop."""
        found = []
        for k in range(max((len(b.jobs) for b in self._bundles), default=0)):
            weight, promised = np.zeros(len(self._bundles)), np.full(len(self._bundles), FAR_S)
            for i, bundle in enumerate(self._bundles):
                if k < len(bundle.jobs):
                    job = self._view.jobs[bundle.jobs[k]]
                    weight[i] = job.weight * self._view.settings.late_price / 60
                    promised[i] = job.promised_s - bundle.drops_s[k]
            if (promised < FAR_S / 2).any():
                found.append((weight, promised))
        return found

    def _exclusions(self) -> Floats:
        """Return what a rider must not take (infinite) and the price of switching, per (launch, bundle)."""
        view = self._view
        price = np.where(self._too_big(), np.inf, 0.0)
        rows_of: dict[int, list[int]] = {}
        for row, launch in enumerate(self._launches):
            rows_of.setdefault(launch.rider, []).append(row)
            if launch.grown_by:
                price[row, self._sharing(launch.grown_by)] = np.inf
        for col, bundle in enumerate(self._bundles):
            for job in (view.jobs[j] for j in bundle.jobs):
                if job.owner is not None:
                    price[:, col] += job.switch_min
                    price[rows_of.get(job.owner, []), col] -= job.switch_min
            if any(self._is_particular(j) for j in bundle.jobs):
                barred = [r for r in rows_of if any(excluding_rule(view, r, j) for j in bundle.jobs)]
                price[[row for r in barred for row in rows_of[r]], col] = np.inf
        return price

    def _is_particular(self, j: int) -> bool:
        """Tell whether some of the riders may not have an order, whatever else they do."""
        order = self._view.jobs[j].order
        barred = self._vehicle in order.no_go or self._vehicle in self._view.cut_off
        return bool(barred or order.requires or order.excluded)

    def _too_big(self) -> Flags:
        """Return which bundles exceed which launch's capacity."""
        limits = [self._view.riders[launch.rider].state.capacity for launch in self._launches]
        room = np.array([(limit.orders, limit.weight_g, limit.volume_l) for limit in limits], dtype=float)
        orders = [[self._view.jobs[j].order for j in bundle.jobs] for bundle in self._bundles]
        load = np.array(
            [(len(os), sum(o.weight_g for o in os), sum(o.volume_l for o in os)) for os in orders],
            dtype=float,
        )
        return np.asarray((load[None, :, :] > room[:, None, :]).any(axis=2))

    def _sharing(self, jobs: tuple[int, ...]) -> list[int]:
        return [col for col, bundle in enumerate(self._bundles) if set(bundle.jobs) & set(jobs)]

    def _conflicts(self) -> Flags:
        """Return which bundles share an order."""
        size = len(self._view.jobs)
        member = np.zeros((len(self._bundles), size), dtype=np.float32)
        for i, bundle in enumerate(self._bundles):
            member[i, list(bundle.jobs)] = 1
        return np.asarray(member @ member.T > 0)


def _best(cost: Floats, keep: int) -> tuple[Numbers, Numbers]:
    """Return rows and columns of the ``keep`` cheapest finite entries of each column."""
    if cost.size == 0:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    if cost.shape[0] <= keep:
        rows, cols = np.nonzero(np.isfinite(cost))
        return rows, cols
    top = np.argpartition(cost, keep, axis=0)[:keep]
    cols = np.broadcast_to(np.arange(cost.shape[1]), top.shape)
    finite = np.isfinite(np.take_along_axis(cost, top, axis=0))
    return top[finite], cols[finite]
