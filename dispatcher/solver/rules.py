"""Which courier is out of the question for which order, before any route is looked at."""

import numpy as np

from dispatcher.model import Rule
from dispatcher.solver.tables import Flags, Numbers, Tables
from dispatcher.solver.view import Job, View
from dispatcher.travel_times.around import NO_WAY_S
from domain.courier import Capacity


def excluding_rule(view: View, r: int, j: int) -> Rule | None:
    """Return the rule that keeps rider ``r`` from job ``j``, None when none does."""
    job = view.jobs[j]
    if job.locked_to is not None:
        return None if job.locked_to == r else Rule.PINNED_TO_OTHER
    if job.order.pinned_to is not None:
        return Rule.PINNED_TO_OTHER  # to somebody who is not here
    return _binding_rule(view, r, j) if job.binds(r) else None


def _binding_rule(view: View, r: int, j: int) -> Rule | None:
    rider, order = view.riders[r], view.jobs[j].order
    courier = rider.state
    checks = (
        (not courier.available, Rule.UNAVAILABLE),
        (courier.id in order.excluded, Rule.EXCLUDED),
        (not order.requires <= courier.skills, Rule.SKILLS),
        (not _fits_alone(courier.capacity, order.weight_g, order.volume_l), Rule.CAPACITY),
        (rider.shift_end_s <= 0, Rule.SHIFT_END),
        (rider.start_s > view.settings.courier_horizon_s, Rule.BUSY_TOO_LONG),
        (courier.vehicle in order.no_go or _cut_off(view, r, j), Rule.NO_GO),
    )
    return next((rule for broken, rule in checks if broken), None)


class PlainRules:
    """``excluding_rule`` for many pairs at once, where only the rules that can be arrays are at stake.

    A job is plain when nobody has or may not have it in particular; a test holds the two against each other.
    """

    def __init__(self, view: View, tables: Tables) -> None:
        riders = tables.riders
        cut_off = np.array([rider.vehicle in view.cut_off for rider in view.riders], dtype=np.bool_)
        self._view, self._tables = view, tables
        self._open = riders.available & (riders.room[0] > 0) & (riders.shift_end_s > 0)
        self._open &= riders.start_s <= view.settings.courier_horizon_s
        self._reaches_all = ~cut_off
        self._plain = np.array([_is_plain(job) for job in view.jobs], dtype=np.bool_)

    def applies(self, jobs: Numbers, riders: Numbers) -> Flags:
        """Return for which pairs ``able`` speaks."""
        return np.asarray(self._plain[jobs] & self._reaches_all[riders])

    def able(self, jobs: Numbers, riders: Numbers) -> Flags:
        """Return which pairs no rule forbids."""
        load, room = self._tables.visits.load[1:, 2 * jobs], self._tables.riders.room[1:, riders]
        return np.asarray(self._open[riders] & (load <= room).all(axis=0))


def _is_plain(job: Job) -> bool:
    order = job.order
    bound = job.locked_to is not None or job.promised or order.pinned_to is not None
    return not (bound or order.excluded or order.requires or order.no_go)


def _cut_off(view: View, r: int, j: int) -> bool:
    """Tell whether no way leads to an order's ends; whoever reaches them reaches all others from there."""
    rider = view.riders[r]
    if rider.vehicle not in view.cut_off:
        return False
    ends = (2 * j, 2 * j + 1)
    return any(view.legs.seconds(rider.start, end, rider.vehicle) >= NO_WAY_S for end in ends)


def _fits_alone(limit: Capacity, weight_g: int, volume_l: float) -> bool:
    return limit.orders > 0 and weight_g <= limit.weight_g and volume_l <= limit.volume_l
