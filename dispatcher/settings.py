"""What a co-op may choose about dispatch, with the defaults. Durations are seconds of the server's clock."""

import msgspec

from dispatcher.model import PlannerSettings
from domain.fleet_settings import (
    Calm,
    Fairness,
    FencePolicy,
    FleetSettings,
    OfferMode,
    chosen_of,
    settings_of,
)
from domain.people import Fleet

FAIRNESS = {Fairness.OFF: 0.0, Fairness.LIGHT: 5.0, Fairness.MEDIUM: 10.0, Fairness.STRONG: 20.0}
"""``PlannerSettings.fairness`` for each of the words."""
CALM = {Calm.LOW: 0.5, Calm.USUAL: 1.0, Calm.HIGH: 2.0}
"""By how much the prices of giving an order to another courier are multiplied."""


class DispatchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one fleet's dispatcher.

    Attributes:
        offer_expiry_s: how long a courier may think about an offer.
        offer_lead_s: an offer goes out this long before its courier has to set out.
        offer_broadcast: 1 asks one courier at a time; more asks that many at once, the first yes wins.
        offer_automatic: nobody is asked; what the plan gives is assigned.
        schedule_lead_s: an order whose pickup is further away than this waits as ``scheduled``.
        tick_s: replanning happens at least this often, and never faster than twice a wall second.
        break_releases: a break gives up what is not picked up yet, as the end of a shift does.
        offline_release_s: an offline courier keeps what is not picked up yet for this long (times the time
            scale).
        eta_event_s: a stop's expected arrival must move by more than this before everybody is told.
        unassigned_alert_s: an order nobody carries for this long raises ``order_unassigned_long``.
        promise_s: an order without a window is late when it arrives more than this after it was placed or
            ready.
        late_grace_s: an order is called late once its expected arrival is this far past the promise.
        improve_s: how long one improvement may take, wall seconds.
        commit_s: a courier's next stop is frozen once it is this near.
        service_s: how long a courier usually spends at a stop, where the order does not say.
        arrive_pickup: what entering the pickup's fence does.
        leave_pickup: what leaving the pickup's fence with the goods not yet marked as picked up does.
        arrive_dropoff: what entering the drop-off's fence does.
        leave_dropoff: what leaving the drop-off's fence does to an order not yet marked as delivered.
        ready_quantile: the plan counts on goods being ready this share of the times, by each shop's past.
        nudges: couriers with nothing to do are told where the next orders are likely; never an order.
        move_accepted: a much better plan may take back what a courier accepted and has not set out for.
        calm: multiplies what changing a courier's next stop costs.
        planner: what the planner optimises for.
    """

    offer_expiry_s: float = 60.0
    offer_lead_s: float = 300.0
    offer_broadcast: int = 1
    offer_automatic: bool = False
    schedule_lead_s: float = 2_700.0
    tick_s: float = 10.0
    break_releases: bool = True
    offline_release_s: float = 300.0
    eta_event_s: float = 20.0
    unassigned_alert_s: float = 600.0
    promise_s: float = 2_700.0
    late_grace_s: float = 300.0
    improve_s: float = 0.8
    commit_s: float = 180.0
    service_s: float = 120.0
    arrive_pickup: FencePolicy = FencePolicy.AUTOMATIC
    leave_pickup: FencePolicy = FencePolicy.SUGGEST
    arrive_dropoff: FencePolicy = FencePolicy.AUTOMATIC
    leave_dropoff: FencePolicy = FencePolicy.SUGGEST
    ready_quantile: float = 0.6
    nudges: bool = False
    move_accepted: bool = False
    calm: float = 1.0
    planner: PlannerSettings = PlannerSettings()

    def of_fleet(self, fleet: Fleet) -> "DispatchSettings":
        """Return these settings with what the fleet chose itself.

        Raises:
            msgspec.ValidationError: a value of the fleet has the wrong type.
        """
        chosen, told = set(chosen_of(fleet)), settings_of(fleet)
        known = set(self.__struct_fields__) - {"calm", "planner"}
        same = {name: getattr(told, name) for name in chosen & known}
        if chosen & {"offers", "broadcast_size"}:
            same["offer_broadcast"] = told.broadcast_size if told.offers == OfferMode.BROADCAST else 1
            same["offer_automatic"] = told.offers == OfferMode.AUTOMATIC
        if "calm" in chosen:
            same["calm"] = CALM[told.calm]
        return msgspec.structs.replace(self, **same, planner=_planner(self.planner, told, chosen))


def _planner(usual: PlannerSettings, told: FleetSettings, chosen: set[str]) -> PlannerSettings:
    if "fairness" in chosen:
        usual = msgspec.structs.replace(usual, fairness=FAIRNESS[told.fairness])
    if "calm" not in chosen:
        return usual
    factor = CALM[told.calm]
    return msgspec.structs.replace(
        usual,
        switch_planned=usual.switch_planned * factor,
        switch_offered=usual.switch_offered * factor,
        switch_accepted=usual.switch_accepted * factor,
    )
