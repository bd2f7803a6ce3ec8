"""Tells couriers with nothing to do where the next orders are likely: a suggestion, never an order.

Off unless the co-op wants it: riding somewhere on a hunch costs legs, and the hunch is only the fleet's own
last hours. Whoever was told is left alone for a while.
"""

from dispatcher import words
from dispatcher.model import Nudge, PlanningProblem, Solution
from dispatcher.planner import Planner
from dispatcher.state import FleetState

EVERY_MS = 60_000
AGAIN_AFTER_S = 900.0


class Nudging:
    """Makes the suggestions of one fleet."""

    def __init__(self, state: FleetState, planner: Planner) -> None:
        self._state = state
        self._planner = planner
        self._looked_at_ms = 0

    def look(self, problem: PlanningProblem, solution: Solution) -> None:
        """Suggest where to wait, once a minute at most; a plan that leaves orders waiting comes first."""
        now_ms = self._state.now_ms()
        if not self._state.settings.nudges or now_ms - self._looked_at_ms < EVERY_MS:
            return
        self._looked_at_ms = now_ms
        for nudge in self._planner.nudges(problem, solution):
            self._tell(nudge)

    def _tell(self, nudge: Nudge) -> None:
        state = self._state
        hub = state.hubs.at(nudge.to)
        place = hub.name if hub else state.demand.name(nudge.to)
        state.alert(
            "wait_suggestion",
            courier_id=nudge.courier_id,
            again_after_s=AGAIN_AFTER_S,
            detail={
                "lon": nudge.to.lon,
                "lat": nudge.to.lat,
                "ride_s": round(nudge.ride_s),
                "gain_min": nudge.gain_min,
                "place": place,
                **{
                    f"text_{language}": words.wait_there(language, place, nudge.ride_s / 60)
                    for language in words.LANGUAGES
                },
            },
        )
