"""All fences that one fix can concern: the few near zones, the courier's own stops, and what is under way.

Pure with regard to the courier: ``look`` takes the states before and returns the states after. The only
memory is the neighbourhood, which changes what is looked up but never what comes out.
"""

from collections.abc import Iterable, Mapping

from domain.ids import CourierId
from domain.zone import FenceEventKind
from tracker.geofence.catalogue import Neighbourhood, ZoneCatalogue
from tracker.geofence.fence import Fence
from tracker.geofence.transitions import Evidence, FenceState, Phase, Transition, apart_m, blind, step
from tracker.settings import FenceSettings

States = Mapping[str, FenceState]
"""State by fence key, for the fences that are not OUT; never changed in place."""

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
        after = dict(states)
        happened: list[Transition] = []
        seen = set()
        for fence in (*fences, *(stops.values() if stops else ())):
            seen.add(fence.key)
            self._test(fence, states.get(fence.key), before, now, after, happened)
        for key in states:
            if key not in seen:
                self._carry_on(key, states[key], around, now, after, happened)
        return (after if after != states else states), tuple(happened), around

    def blind(self, states: States) -> States:
        """Return the states after a fix that is no evidence."""
        return {key: blind(state) for key, state in states.items()} if states else states

    def _concerned(
        self, around: Neighbourhood | None, states: States, before: Evidence | None, now: Evidence
    ) -> tuple[Neighbourhood, Iterable[Fence]]:
        if around is None or around.version != self.zones.version:
            around = self.zones.around(now.lon, now.lat, around)
            moved = 0.0
        else:
            moved = around.moved_m(now.lon, now.lat)
            if moved > around.reach_m * 0.6:
                around = self.zones.around(now.lon, now.lat, around)
                moved = 0.0
        if before is not None:
            moved_before = around.moved_m(before.lon, before.lat)
            if moved_before > around.reach_m:
                return around, self._all_along(around, before, now)
            moved = max(moved, moved_before)
        fences = []
        for item in around.near:
            if item.gap_m > moved:
                break
            fences.append(item.fence)
        fences.extend(
            item.fence for item in around.containing if item.gap_m > moved and item.fence.key not in states
        )
        return around, fences

    def _all_along(self, around: Neighbourhood, before: Evidence, now: Evidence) -> Iterable[Fence]:
        fences = {item.fence.key: item.fence for item in around.near}
        for fence in self.zones.between(before.lon, before.lat, now.lon, now.lat):
            fences[fence.key] = fence
        return fences.values()

    def _test(
        self,
        fence: Fence,
        state: FenceState | None,
        before: Evidence | None,
        now: Evidence,
        after: dict[str, FenceState],
        happened: list[Transition],
    ) -> None:
        distance = fence.shape.signed_distance_m(now.lon, now.lat)
        following, transition = step(fence, state, now, distance, self._settings)
        if following is None:
            after.pop(fence.key, None)
        else:
            after[fence.key] = following
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
        around: Neighbourhood,
        now: Evidence,
        after: dict[str, FenceState],
        happened: list[Transition],
    ) -> None:
        """Move on a state whose fence's edge is farther away than the courier moved, or is gone."""
        fence = self.zones.find(key)
        if fence is None:
            del after[key]
            return
        item = around.sides.get(key)
        surely_inside = item is not None and item.inside
        if surely_inside and state.phase is Phase.IN and (fence.dwell_s is None or state.dwelled):
            return
        distance = _SURELY_INSIDE_M if surely_inside else fence.shape.signed_distance_m(now.lon, now.lat)
        following, transition = step(fence, state, now, distance, self._settings)
        if following is None:
            del after[key]
        else:
            after[key] = following
        if transition is not None:
            happened.append(transition)
