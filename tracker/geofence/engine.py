"""All fences that one fix can concern: the few near zones, the courier's own stops, and what is under way.

Pure with regard to the courier: ``look`` takes the states before and returns the states after. The only
memory is the neighbourhood, which changes what is looked up but never what comes out.
"""

from collections.abc import Mapping

from domain.ids import CourierId
from domain.zone import FenceEventKind
from tracker.geofence.catalogue import Neighbourhood, ZoneCatalogue
from tracker.geofence.fence import Fence
from tracker.geofence.shapes import apart_m
from tracker.geofence.transitions import Evidence, FenceState, Phase, Transition, blind, step
from tracker.settings import FenceSettings

States = Mapping[str, FenceState]
"""State by fence key, for the fences that are not OUT; never changed in place."""

Changes = list[tuple[str, FenceState | None]]
"""New states by fence key, None for OUT."""

NO_STATES: States = {}
_SURELY_INSIDE_M = -1.0


class FenceEngine:
    """The fences of one fleet. One writer: the fleet's pipeline."""

    def __init__(self, settings: FenceSettings, zones: ZoneCatalogue) -> None:
        self._settings = settings
        self.zones = zones
        self.stops: dict[CourierId, dict[str, Fence]] = {}

    def look(
        self,
        courier_id: CourierId,
        around: Neighbourhood | None,
        states: States,
        before: Evidence | None,
        now: Evidence,
    ) -> tuple[States, tuple[Transition, ...], Neighbourhood]:
        """Return the states after a piece of evidence, what happened, and the neighbourhood to keep.

        Args:
            courier_id: whose evidence.
            around: what an earlier call returned for this courier.
            states: of this courier before.
            before: the evidence before in event time; None when there was none, or the last fix was no
                evidence.
            now: the evidence.
        """
        around, fences = self._concerned(around, states, before, now)
        stops = self.stops.get(courier_id)
        if not fences and not stops and not states:
            return states, (), around
        way_m = 0.0 if before is None else apart_m(before.lon, before.lat, now.lon, now.lat)
        changes: Changes = []
        happened: list[Transition] = []
        for fence in fences:
            self._test(fence, states.get(fence.key), before, now, way_m, changes, happened)
        if stops:
            for fence in stops.values():
                self._test(fence, states.get(fence.key), before, now, way_m, changes, happened)
        for key, state in states.items():
            quiet = state.phase is Phase.IN and key in around.holding
            if not (stops and key in stops) and all(fence.key != key for fence in fences):
                self._carry_on(key, state, quiet, now, changes, happened)
        return (_changed(states, changes) if changes else states), tuple(happened), around

    def blind(self, states: States) -> States:
        """Return the states after a fix that is no evidence."""
        return {key: blind(state) for key, state in states.items()} if states else states

    def _concerned(
        self, around: Neighbourhood | None, states: States, before: Evidence | None, now: Evidence
    ) -> tuple[Neighbourhood, list[Fence]]:
        """Return the zones whose edge may have been crossed, and those that hold a courier still outside."""
        zones = self.zones
        if around is None or around.version != zones.version or not around.holds(now.lon, now.lat):
            around = zones.around(now.lon, now.lat, around)
            fences = [item.fence for item in around.holding.values()]
            if before is not None:
                known = {fence.key for fence in fences}
                along = zones.between(before.lon, before.lat, now.lon, now.lat)
                fences.extend(fence for fence in along if fence.key not in known)
            return around, fences
        fences = []
        if before is not None and not around.is_at(before.lon, before.lat):
            if not around.holds(before.lon, before.lat):
                return around, self._all_along(around, before, now)
            fences = around.go(before.lon, before.lat)
        fences.extend(fence for fence in around.go(now.lon, now.lat) if fence not in fences)
        for key, item in around.holding.items():
            if key not in states and item.fence not in fences:
                fences.append(item.fence)
        return around, fences

    def _all_along(self, around: Neighbourhood, before: Evidence, now: Evidence) -> list[Fence]:
        around.go(now.lon, now.lat)
        fences = {item.fence.key: item.fence for item in around.near.values()}
        for fence in self.zones.between(before.lon, before.lat, now.lon, now.lat):
            fences[fence.key] = fence
        return list(fences.values())

    def _test(
        self,
        fence: Fence,
        state: FenceState | None,
        before: Evidence | None,
        now: Evidence,
        way_m: float,
        changes: Changes,
        happened: list[Transition],
    ) -> None:
        distance = fence.shape.signed_distance_m(now.lon, now.lat)
        if state is not None and state.since_ms < fence.anew_ms <= now.at_ms:
            state = None
            changes.append((fence.key, None))
        if state is None and distance > way_m:
            return
        following, transition = step(fence, state, now, distance, self._settings)
        if following is not state:
            changes.append((fence.key, following))
        if transition is not None:
            happened.append(transition)
        elif state is None and before is not None and distance > 0.0 and self._crosses(fence, before, now):
            happened.append(Transition(fence, FenceEventKind.CROSSED, now.at_ms, now.at_ms))

    def _crosses(self, fence: Fence, before: Evidence, now: Evidence) -> bool:
        if not fence.from_ms <= before.at_ms or now.at_ms > fence.until_ms:
            return False
        if now.at_ms - before.at_ms > self._settings.reorder_s * 1000.0:
            return False
        if apart_m(before.lon, before.lat, now.lon, now.lat) <= before.uncertainty_m + now.uncertainty_m:
            return False
        if fence.shape.signed_distance_m(before.lon, before.lat) <= 0.0:
            return False
        depth = fence.shape.depth_m(before.lon, before.lat, now.lon, now.lat)
        return depth > max(before.uncertainty_m, now.uncertainty_m)

    def _carry_on(
        self,
        key: str,
        state: FenceState,
        surely_inside: bool,
        now: Evidence,
        changes: Changes,
        happened: list[Transition],
    ) -> None:
        """Move on a state whose fence's edge is farther away than the courier moved, or is gone."""
        fence = self.zones.find(key)
        if fence is None:
            changes.append((key, None))
            return
        if surely_inside and (fence.dwell_s is None or state.dwelled):
            return
        distance = _SURELY_INSIDE_M if surely_inside else fence.shape.signed_distance_m(now.lon, now.lat)
        following, transition = step(fence, state, now, distance, self._settings)
        if following is not state:
            changes.append((key, following))
        if transition is not None:
            happened.append(transition)


def _changed(states: States, changes: Changes) -> States:
    after = dict(states)
    for key, state in changes:
        if state is None:
            after.pop(key, None)
        else:
            after[key] = state
    return after
