"""Which courier is out of the question for which order, before any route is looked at."""

from dispatcher.model import Rule
from dispatcher.solver.view import View
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


def _cut_off(view: View, r: int, j: int) -> bool:
    """Tell whether no way leads to an order's ends; whoever reaches them reaches all others from there."""
    rider = view.riders[r]
    if rider.vehicle not in view.cut_off:
        return False
    ends = (2 * j, 2 * j + 1)
    return any(view.legs.seconds(rider.start, end, rider.vehicle) >= NO_WAY_S for end in ends)


def _fits_alone(limit: Capacity, weight_g: int, volume_l: float) -> bool:
    return limit.orders > 0 and weight_g <= limit.weight_g and volume_l <= limit.volume_l
