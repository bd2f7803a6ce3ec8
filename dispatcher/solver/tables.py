"""A view as arrays, so that thousands of routes are priced in one go (see ``pricing``).

One row per visit; the row past the last stands for "no visit" and costs nothing. Seconds from now.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dispatcher.solver.view import FAR_S, Job, View
from domain.courier import Vehicle

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.intp]


@dataclass(slots=True)
class VisitTable:
    """What pricing needs to know of each visit.

    Attributes:
        spot: the pickup place's number, -1 at drop-offs.
        load: orders, grams and litres that the visit adds, three rows.
        locked_to, promised_to: see ``Job``; -1 for nobody.
        weight, promised_s, reference_s, on_board_max_s: at drop-offs; weight 0 at pickups.
    """

    half_s: Floats
    earliest_s: Floats
    latest_s: Floats
    spot: Numbers
    load: Floats
    weight: Floats
    promised_s: Floats
    reference_s: Floats
    on_board_max_s: Floats
    owner: Numbers
    switch_min: Floats
    locked_to: Numbers
    promised_to: Numbers


@dataclass(slots=True)
class RiderTable:
    """What pricing needs to know of each courier; ``room`` has a row per kind of load."""

    start: Numbers
    start_s: Floats
    arrived_s: Floats
    shift_end_s: Floats
    minute_price: Floats
    committed: Numbers
    room: Floats
    vehicle: Numbers
    available: Flags


@dataclass(slots=True)
class Tables:
    """Both, and the vehicles that ``RiderTable.vehicle`` numbers."""

    visits: VisitTable
    riders: RiderTable
    vehicles: list[Vehicle]


def tables_of(view: View) -> Tables:
    """Return a view's arrays."""
    vehicles = sorted({rider.vehicle for rider in view.riders})
    return Tables(visits=_visits(view), riders=_riders(view, vehicles), vehicles=vehicles)


def _visits(view: View) -> VisitTable:
    jobs = view.jobs
    drop = np.zeros(2 * len(jobs) + 1, dtype=np.bool_)
    drop[1:-1:2] = True

    def at_drop(value: Callable[[Job], float], elsewhere: float) -> Floats:
        found = np.full(2 * len(jobs) + 1, elsewhere)
        found[1:-1:2] = [value(job) for job in jobs]
        return found

    def at_both(value: Callable[[Job], int | float | None]) -> list[int | float]:
        each = [-1 if (found := value(job)) is None else found for job in jobs]
        return [*(found for found in each for _ in (0, 1)), -1]

    sign = np.where(drop, -1.0, 1.0)
    sign[-1] = 0.0
    amounts = [[1.0] * len(jobs), [j.order.weight_g for j in jobs], [j.order.volume_l for j in jobs]]
    load = np.array([[*np.repeat(np.asarray(amount, dtype=np.float64), 2), 0.0] for amount in amounts])
    spot = np.full(len(drop), -1, dtype=np.intp)
    spot[:-1:2] = [job.spot for job in jobs]
    return VisitTable(
        half_s=np.array([*(s for job in jobs for s in job.half_s), 0.0]),
        earliest_s=np.array([*(s for job in jobs for s in job.earliest_s), -FAR_S]),
        latest_s=np.array([*(s for job in jobs for s in job.latest_s), FAR_S]),
        spot=spot,
        load=load * sign,
        weight=at_drop(lambda job: job.weight, 0.0),
        promised_s=at_drop(lambda job: job.promised_s, FAR_S),
        reference_s=at_drop(lambda job: job.reference_s, 0.0),
        on_board_max_s=at_drop(
            lambda job: FAR_S if job.order.on_board_max_s is None else job.order.on_board_max_s, FAR_S
        ),
        owner=np.array(at_both(lambda job: job.owner), dtype=np.intp),
        switch_min=at_drop(lambda job: job.switch_min, 0.0),
        locked_to=np.array(at_both(lambda job: job.locked_to), dtype=np.intp),
        promised_to=np.array(at_both(lambda job: job.owner if job.promised else None), dtype=np.intp),
    )


def _riders(view: View, vehicles: list[Vehicle]) -> RiderTable:
    riders = view.riders
    limits = [rider.state.capacity for rider in riders]
    most = [min(limit.orders, view.settings.bundle_max) for limit in limits]
    arrived = [
        np.nan if rider.arrived_s is None or not rider.committed else rider.arrived_s for rider in riders
    ]
    return RiderTable(
        start=np.array([rider.start for rider in riders], dtype=np.intp),
        start_s=np.array([rider.start_s for rider in riders], dtype=np.float64),
        arrived_s=np.array(arrived, dtype=np.float64),
        shift_end_s=np.array([rider.shift_end_s for rider in riders], dtype=np.float64),
        minute_price=np.array([view.minute_price + rider.fairness_min / 60 for rider in riders]),
        committed=np.array([len(rider.committed) for rider in riders], dtype=np.intp),
        room=np.array(
            [most, [limit.weight_g for limit in limits], [limit.volume_l for limit in limits]],
            dtype=np.float64,
        ),
        vehicle=np.array([vehicles.index(rider.vehicle) for rider in riders], dtype=np.intp),
        available=np.array([rider.state.available for rider in riders], dtype=np.bool_),
    )
