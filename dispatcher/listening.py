"""What the tracker tells the desk: positions, presence, arrivals, zones. Never blocks, never raises.

Between the event bus and the parts that each event concerns; remembers who moved, so that arrivals are
computed anew for them in shares.
"""

from collections.abc import Sequence

from dispatcher.arrivals import Arrivals
from dispatcher.dispatching import Dispatching
from dispatcher.replanning import Replanner
from dispatcher.state import FleetState
from domain.events import Event, FenceCorrected, FenceCrossed, PositionChanged, PresenceChanged, ZoneChanged
from domain.ids import CourierId

RETIME_MIN = 25
"""Couriers whose arrivals one look computes at least, when they moved."""


class Listening:
    """Takes one fleet's events from the tracker and from who draws zones."""

    def __init__(
        self, state: FleetState, arrivals: Arrivals, dispatching: Dispatching, replanner: Replanner
    ) -> None:
        self._state = state
        self._arrivals = arrivals
        self._dispatching = dispatching
        self._replanner = replanner
        self._moved: dict[CourierId, None] = {}
        self._share = 0

    def listen(self, events: Sequence[Event]) -> None:
        """Take events in order; ask for a new plan where one is needed."""
        for event in events:
            if self._take(event):
                self._replanner.nudge()

    def everybody_moved(self) -> None:
        """Take note that time passed: every arrival is due to be looked at."""
        self._moved |= dict.fromkeys(self._state.board.couriers())

    def some_who_moved(self) -> set[CourierId]:
        """Return a share of the couriers who moved, so that one look stays short; all within four looks."""
        waiting = [courier for courier in self._moved if self._state.board.planned(courier)]
        count = max(RETIME_MIN, self._share)
        self._share = len(waiting) // 4
        self._moved = dict.fromkeys(waiting[count:])  # whoever waited longest comes first next time
        return set(waiting[:count])

    def _take(self, event: Event) -> bool:
        """Apply an event; returns whether a new plan is needed."""
        match event:
            case PositionChanged():
                return self._position(event)
            case PresenceChanged():
                return self._state.roster.seen(event.courier_id, event.presence, event.at_ms)
            case FenceCrossed():
                return self._arrivals.crossed(event)
            case FenceCorrected():
                return self._arrivals.corrected(event)
            case ZoneChanged():
                return self._zone(event)
            case _:
                return False

    def _position(self, event: PositionChanged) -> bool:
        courier_id, roster = event.position.courier_id, self._state.roster
        could_be_asked = roster.may_be_asked(courier_id)
        roster.moved(event.position, event.presence, event.at_ms)
        self._state.work.moved(courier_id, event.position.at)
        self._moved[courier_id] = None
        return roster.may_be_asked(courier_id) != could_be_asked

    def _zone(self, event: ZoneChanged) -> bool:
        self._state.hubs.put(event.zone_id, event.zone)
        if not self._state.no_go.put(event.zone_id, event.zone):
            return False
        self._state.etas.keep_out_of(self._state.no_go.areas())
        self._dispatching.retime()
        return True
