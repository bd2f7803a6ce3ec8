"""What happens because time passes: a look every second, a plan every tick, the record now and then.

It decides nothing itself; ``watch`` knows what is due, ``replanning`` plans.
"""

import contextlib
from collections.abc import Awaitable, Callable

from dispatcher.dispatching import Dispatching
from dispatcher.learning import Learning
from dispatcher.listening import Listening
from dispatcher.replanning import Replanner
from dispatcher.state import FleetState
from dispatcher.watch import Watch
from domain.errors import Unavailable
from domain.ids import OrderId

WATCH_S = 1.0
"""Server seconds between two looks at the clock, but never more often than four times a wall second."""


class Clockwork:
    """Runs one fleet's clock-driven duties.

    Args:
        state: the fleet.
        watch: what is due.
        listening: who moved.
        dispatching: computes arrivals.
        learning: takes samples and reads the past.
        replanner: asked for a plan when one is due.
        refresh: takes over what others wrote to the record.
        ended: told of orders that ended a while ago.
        tell: sends off what happened.
    """

    def __init__(
        self,
        state: FleetState,
        watch: Watch,
        listening: Listening,
        dispatching: Dispatching,
        learning: Learning,
        replanner: Replanner,
        *,
        refresh: Callable[[], Awaitable[None]],
        ended: Callable[[OrderId], None],
        tell: Callable[[], None],
    ) -> None:
        self._state = state
        self._watch = watch
        self._listening = listening
        self._dispatching = dispatching
        self._learning = learning
        self._replanner = replanner
        self._refresh = refresh
        self._ended = ended
        self._tell = tell

    async def run(self) -> None:
        """Look at the clock until cancelled."""
        clock = self._state.clock
        planned_at_ms = self._state.now_ms()
        while True:
            await clock.sleep(max(WATCH_S, 0.25 * clock.scale))
            self._look()
            tick_s = max(self._state.settings.tick_s, 0.5 * clock.scale)
            if self._state.now_ms() - planned_at_ms >= tick_s * 1000:
                planned_at_ms = self._state.now_ms()
                await self._tick()

    async def _tick(self) -> None:
        self._listening.everybody_moved()
        # While the record is away, what it would tell waits; planning does not.
        with contextlib.suppress(Unavailable):
            await self._refresh()
            await self._learning.relearn()
        self._replanner.nudge()

    def _look(self) -> None:
        if self._watch.check():
            self._replanner.nudge()
        for order_id in self._watch.forget_old():
            self._ended(order_id)
        self._dispatching.retime(self._listening.some_who_moved())
        self._learning.sample()
        self._tell()
