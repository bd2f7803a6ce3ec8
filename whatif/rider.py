"""One rider of a simulated day: works shifts, answers offers, rides to stops, waits, serves, tells the desk.

A task on the virtual loop. Sees only what a phone would be sent (offers, the route) and what its eyes see
(whether goods are ready). All luck is drawn by name, see ``chance``.
"""

import asyncio
import math

from dispatcher.desk import Desk
from domain.courier import Courier, ShiftState
from domain.errors import RelevoError
from domain.events import FenceCrossed, OfferMade, PositionChanged
from domain.geo import LonLat, distance_m
from domain.ids import CourierId, OrderId
from domain.order import StopKind
from domain.plan import Stop
from domain.ports import CourierAction, TravelTimes
from domain.position import Position, Presence
from domain.zone import FenceEventKind
from whatif.chance import Dice
from whatif.day import SimRider
from whatif.figures import Truth
from whatif.log import DayLog
from whatif.virtual_time import VirtualClock

PING_S = 30.0
"""Between two positions while riding."""
REPEAT_S = 25.0
"""What a further order at the same counter takes."""
SAME_PLACE_M = 30.0
SULK_S = 15.0
"""After the desk refused something, before trying again."""


class Rider:
    """See the module; ``live`` is the task."""

    def __init__(
        self,
        who: SimRider,
        *,
        desk: Desk,
        clock: VirtualClock,
        zero_ms: int,
        dice: Dice,
        travel: TravelTimes,
        truths: dict[OrderId, Truth],
        log: DayLog,
    ) -> None:
        self.id = CourierId(who.id)
        self._who = who
        self._desk = desk
        self._clock = clock
        self._zero_ms = zero_ms
        self._dice = dice
        self._travel = travel
        self._truths = truths
        self._log = log
        self._at = who.at
        self._pace = dice.lognormal((dice.nature.pace, dice.nature.rider_sd), "pace", who.id)
        self._wake = asyncio.Event()
        self._asked: dict[tuple[OrderId, ...], int] = {}
        self._leaving = True
        self._left_counter: LonLat | None = None

    async def live(self) -> None:
        """Work all shifts of the day."""
        fleet = self._desk.fleet.id
        await self._desk.put_courier(
            Courier(id=self.id, fleet=fleet, name=self._who.id, vehicle=self._who.vehicle)
        )
        for on_s, off_s in self._who.shifts:
            on_ms, off_ms = self._zero_ms + on_s * 1000, self._zero_ms + off_s * 1000
            if off_ms <= self._clock.now_ms():
                continue
            await self._clock.sleep_until(on_ms)
            await self._shift(off_ms)

    def look(self) -> None:
        """Hear that the route changed."""
        self._wake.set()

    async def consider(self, offer: OfferMade) -> None:
        """Think about an offer, then answer it or forget it."""
        nature, name = self._dice.nature, (self.id, *offer.order_ids, self._time_asked(offer))
        await self._clock.sleep(self._dice.lognormal(nature.reply_s, "reply", *name))
        luck = self._dice.share("offer", *name)
        if luck < nature.ignore_share and not self._leaving:
            return
        accept = not self._leaving and luck >= nature.ignore_share + nature.decline_share
        try:
            await self._desk.reply(
                self.id, offer.offer_id, accept=accept, reason=None if accept else "too_far"
            )
        except RelevoError:
            return  # withdrawn or run out meanwhile: that is what a phone would show

    def _time_asked(self, offer: OfferMade) -> int:
        """Return how often these orders were offered before: whoever missed one offer may see the next."""
        before = self._asked.get(offer.order_ids, 0)
        self._asked[offer.order_ids] = before + 1
        return before

    # --- a shift ----------------------------------------------------------------------------------

    async def _shift(self, off_ms: int) -> None:
        await self._desk.set_shift(self.id, ShiftState.ON, ends_at_ms=off_ms)
        self._leaving = False
        self._ping()
        shift = self._log.begin_shift(self.id, self._clock.now_ms())
        while True:
            self._wake.clear()
            stop = self._next_stop()
            if stop is not None:
                began_ms = self._clock.now_ms()
                await self._visit(stop)
                shift.busy_ms += self._clock.now_ms() - began_ms
                continue
            left_ms = off_ms - self._clock.now_ms()
            self._leaving = left_ms <= 0
            if self._leaving and not self._desk.offers(self.id):
                break
            await self._wait(left_ms / 1000 if left_ms > 0 else PING_S)
        shift.until_ms = self._clock.now_ms()
        await self._desk.set_shift(self.id, ShiftState.OFF)

    def _next_stop(self) -> Stop | None:
        stops = self._desk.route(self.id).stops
        return stops[0] if stops else None

    async def _wait(self, seconds: float) -> None:
        """Sleep until somebody wakes us, at most so long."""
        try:
            async with asyncio.timeout(seconds / self._clock.scale):
                await self._wake.wait()
        except TimeoutError:
            pass

    # --- a visit ----------------------------------------------------------------------------------

    async def _visit(self, stop: Stop) -> None:
        """Ride to a stop and serve it, unless the route changes before."""
        if not await self._ride(stop):
            return
        self._desk.listen([self._arrival(stop)])
        repeat = self._left_counter == stop.at and stop.kind == StopKind.PICKUP
        if not await self._stay(stop, self._done_at_ms(stop, repeat=repeat)):
            return
        await self._finish(stop)

    async def _ride(self, stop: Stop) -> bool:
        """Ride to a stop; False when the route led elsewhere before the end."""
        if distance_m(self._at, stop.at) <= 1.0:
            return True
        self._left_counter = None
        luck = math.exp(self._dice.nature.ride_sd * self._dice.normal("ride", stop.stop_id))
        planned_s = self._travel.matrix_s([self._at], [stop.at], self._who.vehicle)[0][0]
        length_s, start, begun_ms = planned_s * luck / self._pace, self._at, self._clock.now_ms()
        length_m = distance_m(start, stop.at)
        while True:
            ridden_s = (self._clock.now_ms() - begun_ms) / 1000
            share = min(1.0, ridden_s / length_s) if length_s > 0 else 1.0
            self._at = _between(start, stop.at, share)
            self._ping()
            ahead = self._next_stop()
            if share >= 1.0 or ahead is None or ahead.stop_id != stop.stop_id:
                break
            self._wake.clear()
            await self._wait(max(0.05, min(PING_S, length_s - ridden_s)))
        self._log.rode(self.id, share * length_m, share * length_s, finished=share >= 1.0)
        return share >= 1.0

    def _done_at_ms(self, stop: Stop, *, repeat: bool) -> int:
        nature, now_ms = self._dice.nature, self._clock.now_ms()
        if stop.kind == StopKind.DROPOFF:
            return now_ms + round(self._dice.lognormal(nature.door_s, "door", stop.order_id) * 1000)
        counter = (REPEAT_S, nature.counter_s[1]) if repeat else nature.counter_s
        begin_ms = max(now_ms, self._truths[stop.order_id].ready_at_ms)
        return begin_ms + round(self._dice.lognormal(counter, "counter", stop.order_id) * 1000)

    async def _stay(self, stop: Stop, until_ms: int) -> bool:
        """Serve; False when the stop was taken off the route meanwhile."""
        while (left_ms := until_ms - self._clock.now_ms()) > 0:
            if all(ahead.stop_id != stop.stop_id for ahead in self._desk.route(self.id).stops):
                return False
            self._wake.clear()
            await self._wait(left_ms / 1000)
        return True

    async def _finish(self, stop: Stop) -> None:
        pickup = stop.kind == StopKind.PICKUP
        self._left_counter = stop.at if pickup else None
        self._log.acts += 1
        result = await self._desk.act(
            CourierAction(
                id=f"a{self._log.acts}",
                fleet=self._desk.fleet.id,
                courier_id=self.id,
                stop_id=stop.stop_id,
                action="picked_up" if pickup else "delivered",
                at_ms=self._clock.now_ms(),
            )
        )
        if not result.ok:
            self._log.refused.append(f"{result.code}: {result.message}")
            await self._clock.sleep(SULK_S)

    # --- what the tracker would tell ---------------------------------------------------------------

    def _arrival(self, stop: Stop) -> FenceCrossed:
        return FenceCrossed(
            fleet=self._desk.fleet.id,
            at_ms=self._clock.now_ms(),
            id=f"{self.id}-{stop.stop_id}",
            courier_id=self.id,
            kind=FenceEventKind.ENTERED,
            visit=1,
            late=False,
            stop_id=stop.stop_id,
        )

    def _ping(self) -> None:
        now_ms = self._clock.now_ms()
        position = Position(
            courier_id=self.id,
            at=self._at,
            accuracy_m=6.0,
            speed_mps=None,
            heading_deg=None,
            fix_at_ms=now_ms,
            received_at_ms=now_ms,
        )
        fleet = self._desk.fleet.id
        self._desk.listen(
            [PositionChanged(fleet=fleet, at_ms=now_ms, position=position, presence=Presence.ONLINE)]
        )


def _between(start: LonLat, end: LonLat, share: float) -> LonLat:
    if share >= 1.0:
        return end
    return LonLat(start.lon + (end.lon - start.lon) * share, start.lat + (end.lat - start.lat) * share)
