"""What a courier does: rides to the next stop of the route, waits, serves, goes on. No I/O, no own clock.

Comes before ``phone``, which measures where the rider is and sends what the rider does. Knows nothing of
sockets.
"""

import enum
import math
import random
import uuid
from collections.abc import Callable
from typing import Literal

import msgspec

from domain.courier import VEHICLE_CLASSES, Vehicle
from domain.geo import LonLat
from simulator.ways import Way, WayFinder
from ws.messages import Action, StopView

PATIENCE_MS = 40_000
"""How long a rider without work stands before riding to a better place."""


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """How a courier works. Ranges are seconds, drawn evenly.

    Attributes:
        decline_share: offers answered with no.
        ignore_share: offers never answered.
        reply_s: time to answer an offer.
        pickup_s: time at the counter once the goods are ready.
        dropoff_s: time from the street to the door and back.
        forget_arrived_share: arrivals not marked by hand, left to the server to notice.
    """

    decline_share: float = 0.03
    ignore_share: float = 0.02
    reply_s: tuple[float, float] = (2.0, 9.0)
    pickup_s: tuple[float, float] = (30.0, 110.0)
    dropoff_s: tuple[float, float] = (50.0, 160.0)
    forget_arrived_share: float = 0.5


class Doing(enum.Enum):
    """What the rider is busy with."""

    NOTHING = enum.auto()
    RIDING = enum.auto()
    AT_STOP = enum.auto()


class Rider:
    """One courier's body and will.

    Args:
        at: where the rider stands at first.
        find_way: gives the way between two places.
        find_rest: gives a place to wait for work; None stays where the last stop was.
    """

    def __init__(
        self,
        *,
        at: LonLat,
        vehicle: Vehicle,
        find_way: WayFinder,
        rng: random.Random,
        habits: Habits,
        find_rest: Callable[[], LonLat] | None = None,
    ) -> None:
        self.at = at
        self.habits = habits
        self.doing = Doing.NOTHING
        self.speed_mps = 0.0
        self.heading_deg: float | None = None
        self.done: set[str] = set()
        self._cruise_mps = VEHICLE_CLASSES[vehicle].cruise_mps
        self._find_way = find_way
        self._find_rest = find_rest
        self._rng = rng
        self._now_ms = 0
        self._stops: list[StopView] = []
        self._target: StopView | None = None
        self._way: Way | None = None
        self._ridden_m = 0.0
        self._leg = 0
        self._leg_mps = self._cruise_mps
        self._arrived_ms = 0
        self._leave_at_ms = 0
        self._service_ms = 0
        self._idle_since_ms = 0
        self._said: list[Action] = []

    @property
    def has_work(self) -> bool:
        """Whether a stop of the route is still to be done."""
        return self._next_stop() is not None

    def follow(self, stops: list[StopView], now_ms: int) -> None:
        """Take a new route; what is under way goes on when it is still first, or nearly finished."""
        self.advance(now_ms)
        self._stops = stops
        known = {stop.stop_id: stop for stop in stops}
        wanted = self._next_stop()
        target = self._target
        if target is not None and target.stop_id in known:
            self._target = known[target.stop_id]
            if self.doing is Doing.AT_STOP:
                self._plan_leaving(self._target)
            nearly_done = self.doing is Doing.AT_STOP and self._leave_at_ms - now_ms < 60_000
            if nearly_done or (wanted and wanted.stop_id == target.stop_id):
                return
        if wanted or target:
            self._go_to(wanted)

    def refuse_done(self, stop_id: str) -> None:
        """Hear that the server did not take what was done at a stop: it is still to be done."""
        self.done.discard(stop_id)
        wanted = self._next_stop()
        if self._target is None and wanted:
            self._go_to(wanted)

    def advance(self, to_ms: int) -> None:
        """Live on until ``to_ms``; times before the present are ignored."""
        if not self._now_ms:
            self._now_ms = self._idle_since_ms = to_ms
        while self._now_ms < to_ms:
            if self.doing is Doing.RIDING:
                self._ride(to_ms)
            elif self.doing is Doing.AT_STOP and self._leave_at_ms <= to_ms:
                self._finish(max(self._now_ms, self._leave_at_ms))
            else:
                self._now_ms = to_ms
                self._stroll()

    def take_actions(self) -> list[Action]:
        """Return what the rider marked since the last call."""
        said, self._said = self._said, []
        return said

    # --- riding -----------------------------------------------------------------------------------

    def _ride(self, to_ms: int) -> None:
        way = self._way
        if way is None:
            raise RuntimeError("riding without a way")
        # Pushes and eases a little, so that speeds are not machine-made.
        mps = self._leg_mps * (1 + 0.2 * math.sin(self._now_ms / 9000 + self._leg))
        need_ms = math.ceil((way.length_m - self._ridden_m) / mps * 1000)
        step_ms = min(to_ms - self._now_ms, need_ms)
        self._ridden_m += mps * step_ms / 1000
        self._now_ms += step_ms
        self.speed_mps = mps
        self.at, self._leg = way.at(self._ridden_m, self._leg)
        self.heading_deg = way.heading_deg(self._leg)
        if step_ms >= need_ms:
            self._arrive(self._target)

    def _arrive(self, stop: StopView | None) -> None:
        if stop is None:
            self._go_to(None)
            return
        self.doing = Doing.AT_STOP
        self.at = LonLat(stop.lon, stop.lat)
        self.speed_mps, self.heading_deg, self._way = 0.0, None, None
        low, high = self.habits.pickup_s if stop.kind == "pickup" else self.habits.dropoff_s
        self._service_ms = int(self._rng.uniform(low, high) * 1000)
        self._arrived_ms = self._now_ms
        self._plan_leaving(stop)
        if self._rng.random() >= self.habits.forget_arrived_share:
            self._say(stop, "arrived", self._now_ms)

    def _plan_leaving(self, stop: StopView) -> None:
        """Serve once the rider is there, the goods are ready and the window is open."""
        ready_ms = (stop.ready_at_ms or 0) if stop.kind == "pickup" else (stop.window.earliest_at_ms or 0)
        self._leave_at_ms = max(self._arrived_ms, ready_ms) + self._service_ms

    def _finish(self, at_ms: int) -> None:
        self._now_ms = at_ms
        stop = self._target
        if stop is None:
            raise RuntimeError("serving without a stop")
        self._say(stop, "picked_up" if stop.kind == "pickup" else "delivered", at_ms)
        self.done.add(stop.stop_id)
        self._go_to(self._next_stop())

    def _say(self, stop: StopView, what: Literal["arrived", "picked_up", "delivered"], at_ms: int) -> None:
        # Never from the seed: a second run on the same data must not repeat the first one's ids.
        self._said.append(Action(id=str(uuid.uuid4()), stop_id=stop.stop_id, action=what, at_ms=at_ms))

    # --- where next -------------------------------------------------------------------------------

    def _next_stop(self) -> StopView | None:
        return next((stop for stop in self._stops if stop.stop_id not in self.done), None)

    def _go_to(self, stop: StopView | None) -> None:
        self._target = stop
        self.speed_mps, self.heading_deg = 0.0, None
        if stop is None:
            self.doing, self._way = Doing.NOTHING, None
            self._idle_since_ms = self._now_ms
            return
        self._set_out(LonLat(stop.lon, stop.lat))

    def _stroll(self) -> None:
        """Without work for a while, ride to where work is likely."""
        patient = self._now_ms - self._idle_since_ms < PATIENCE_MS
        if self._find_rest and self.doing is Doing.NOTHING and not patient:
            self._set_out(self._find_rest())

    def _set_out(self, goal: LonLat) -> None:
        self._way = Way(self._find_way(self.at, goal))
        self._ridden_m, self._leg = 0.0, 0
        self._leg_mps = self._cruise_mps * self._rng.uniform(0.9, 1.12)
        self.doing = Doing.RIDING
