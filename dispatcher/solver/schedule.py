"""Times a sequence of visits and prices it: the one objective that every solver minimises.

Cost in minutes: what customers wait beyond their earliest possible pickup (weighted by priority), more
after a promise, the courier's busy time, the price of switching couriers, and fairness. ``INFEASIBLE`` when
a rule that binds is broken; work a courier has already only pays for lateness.
"""

import math
from collections.abc import Sequence

from dispatcher.model import TimedVisit
from dispatcher.solver.view import Rider, View
from domain.courier import Capacity
from domain.order import StopKind

INFEASIBLE = math.inf
LATE_PROMISED = 3.0
"""Minutes of cost per minute after the window of work that is promised already."""
ROUNDING = 1e-9
"""Litres that a sum may be off by."""

Times = list[tuple[float, float, float]]
"""Arrival, hand-over and leaving per visit, seconds."""


class Schedule:
    """Times and prices sequences of one view."""

    __slots__ = ("_view",)

    def __init__(self, view: View) -> None:
        self._view = view

    def times(self, rider: Rider, visits: Sequence[int]) -> Times:
        """Return when each visit happens if the courier does not dawdle."""
        view, times = self._view, Times()
        ride, jobs, repeat_s = view.legs.seconds, view.jobs, view.settings.repeat_service_s
        t, place, i = rider.start_s, rider.start, 0
        while i < len(visits):
            visit = visits[i]
            job, end = jobs[visit >> 1], visit & 1
            half_s, ready_s, n = job.half_s[end], job.earliest_s[end], 1
            if not end:
                while i + n < len(visits) and not visits[i + n] & 1:
                    other = jobs[visits[i + n] >> 1]
                    if other.spot != job.spot:
                        break
                    half_s, ready_s = max(half_s, other.half_s[0]), max(ready_s, other.earliest_s[0])
                    n += 1
            arrive = t + ride(place, visit, rider.vehicle)
            if i == 0 and rider.committed and rider.arrived_s is not None:
                arrive = rider.arrived_s
            handover = max(arrive + half_s, ready_s)
            t = handover + half_s + (n - 1) * repeat_s
            times.extend([(arrive, handover, t)] * n)
            place, i = visit, i + n
        return times

    def cost(self, r: int, visits: Sequence[int]) -> float:
        """Return the minutes a route costs, ``INFEASIBLE`` when it breaks a rule."""
        if not visits:
            return 0.0
        rider = self._view.riders[r]
        if not self._fits(r, visits):
            return INFEASIBLE
        times = self.times(rider, visits)
        total = self._busy_min(rider, visits, times) * self._minute_price(rider)
        for visit, moment in zip(visits, times, strict=True):
            price = self._visit_cost(r, visit, moment, times, visits)
            if price == INFEASIBLE:
                return INFEASIBLE
            total += price
        return total

    def timed(self, r: int, visits: Sequence[int]) -> tuple[TimedVisit, ...]:
        """Return a route as the outside sees it."""
        view = self._view
        rider, now_ms = view.riders[r], view.problem.now_ms
        return tuple(
            TimedVisit(
                order_id=view.jobs[visit >> 1].order.id,
                kind=StopKind.DROPOFF if visit & 1 else StopKind.PICKUP,
                arrive_at_ms=now_ms + round(arrive * 1000),
                handover_at_ms=now_ms + round(handover * 1000),
                leave_at_ms=now_ms + round(leave * 1000),
                committed=i < len(rider.committed),
            )
            for i, (visit, (arrive, handover, leave)) in enumerate(
                zip(visits, self.times(rider, visits), strict=True)
            )
        )

    def _minute_price(self, rider: Rider) -> float:
        return self._view.minute_price + rider.fairness_min / 60

    def _busy_min(self, rider: Rider, visits: Sequence[int], times: Times) -> float:
        """Return minutes of work; waiting at a shop with nothing on board is idle time (leave later)."""
        picked = {visit for visit in visits if not visit & 1}
        aboard = sum(1 for visit in visits if visit & 1 and visit - 1 not in picked)
        busy, left, last = 0.0, rider.start_s, None
        for visit, moment in zip(visits, times, strict=True):
            arrive, handover, leave = moment
            if moment != last:
                idle = handover - arrive - self._view.jobs[visit >> 1].half_s[visit & 1]
                busy += leave - left - (max(0.0, idle) if aboard == 0 else 0.0)
                left = leave
            aboard += -1 if visit & 1 else 1
            last = moment
        return max(0.0, busy) / 60

    def _visit_cost(
        self, r: int, visit: int, moment: tuple[float, float, float], times: Times, visits: Sequence[int]
    ) -> float:
        job, end = self._view.jobs[visit >> 1], visit & 1
        arrive, handover, leave = moment
        rider = self._view.riders[r]
        late_s = arrive - job.latest_s[end]
        if job.binds(r):
            over_s = handover if not end else leave
            covers = not end or self._view.settings.shift_end_covers_dropoff
            if late_s > 0 or (covers and over_s > rider.shift_end_s):
                return INFEASIBLE
            limit_s = job.order.on_board_max_s
            if end and limit_s is not None and handover - times[visits.index(visit - 1)][1] > limit_s:
                return INFEASIBLE
        total = LATE_PROMISED * max(0.0, late_s) / 60
        if not end:
            return total
        total += job.weight * (handover - job.reference_s) / 60
        total += job.weight * self._view.settings.late_price * max(0.0, handover - job.promised_s) / 60
        if job.owner is not None and job.owner != r:
            total += job.switch_min
        return total

    def _fits(self, r: int, visits: Sequence[int]) -> bool:
        jobs, settings = self._view.jobs, self._view.settings
        if not any(jobs[visit >> 1].binds(r) for visit in visits):
            return True
        limit = self._view.riders[r].state.capacity
        most = min(limit.orders, settings.bundle_max)
        if not settings.one_pickup_place and self._all_at_once(visits, most, limit):
            return True
        picked = {visit for visit in visits if not visit & 1}
        aboard = [visit >> 1 for visit in visits if visit & 1 and visit - 1 not in picked]
        for visit in visits:
            j = visit >> 1
            if visit & 1:
                aboard.remove(j)
                continue
            if (
                settings.one_pickup_place
                and jobs[j].binds(r)
                and any(jobs[other].spot != jobs[j].spot for other in aboard)
            ):
                return False
            aboard.append(j)
            load = [jobs[other].order for other in aboard]
            if (
                len(load) > most
                or sum(order.weight_g for order in load) > limit.weight_g
                or sum(order.volume_l for order in load) > limit.volume_l + ROUNDING
            ):
                return False
        return True

    def _all_at_once(self, visits: Sequence[int], most: int, limit: Capacity) -> bool:
        """Tell whether everything fits even together: the usual case, and cheap to see."""
        orders = [self._view.jobs[visit >> 1].order for visit in visits if visit & 1]
        return (
            len(orders) <= most
            and sum([order.weight_g for order in orders]) <= limit.weight_g
            and sum([order.volume_l for order in orders]) <= limit.volume_l + ROUNDING
        )
