"""Plays one day: shifts and orders at their times, phones in between, until every order is final."""

import asyncio
import random
import time
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from domain.courier import Vehicle
from simulator.api import Api, ApiError, rfc3339
from simulator.clock import ServerClock
from simulator.crowd import Crowd
from simulator.day_files import DAY_S, DayCourier, DayOrder
from simulator.phone import FixPlan, Phone
from simulator.ping_queue import Tally
from simulator.prometheus import Scrape
from simulator.replay_report import Evidence, Figures, OrderFacts, figure
from simulator.rider import Habits, Rider
from simulator.watcher import Watcher
from simulator.ways import zigzag

LEAD_S = 900
"""The day begins this long before its first order."""
GRACE_S = 5400
"""It ends this long after the last order was due, whatever is still open."""
HOME_S = 600
"""Or this long after the last courier went home, when what is open will stay so."""
START_WALL_S = 4.0
LAST_WORDS_WALL_S = 3.0
SAY_EVERY_WALL_S = 15.0
FINAL = frozenset({"delivered", "cancelled", "failed"})
_PLAN = FixPlan(riding_s=5.0, serving_s=10.0, idle_s=60.0)
_HABITS = Habits()


class ReplayDay:
    """One day on one server. ``play`` once."""

    def __init__(
        self,
        *,
        api: Api,
        clock: ServerClock,
        token: str,
        orders: list[DayOrder],
        couriers: list[DayCourier],
        rng: random.Random,
        say: Callable[[str], None],
    ) -> None:
        self._api = api
        self._clock = clock
        self._token = token
        self._orders = orders
        self._rng = rng
        self._say = say
        self._tally = Tally()
        self._crowd = Crowd(api.url, clock, rng, say)
        self._begin_s = max(0, orders[0].placed_s - LEAD_S)
        self._end_s = max(max(o.expected_s, o.ready_s) for o in orders) + GRACE_S
        self._last_off_s = max(c.off_s for c in couriers)
        self._couriers = [c for c in couriers if c.off_s > self._begin_s and c.on_s < self._end_s]
        self._run = uuid.UUID(int=rng.getrandbits(128)).hex[:8] + f"-{int(time.time())}"
        self._zero_ms = 0
        self._tokens: dict[str, tuple[str, str]] = {}
        self._facts: dict[str, OrderFacts] = {}
        self._refused: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(12)

    async def play(self) -> Figures:
        """Play the day and return its figures."""
        began_wall_s = time.monotonic()
        before = Scrape(await self._api.text("/metrics"))
        me = await self._api.call("GET", "/me")
        fleet = str(me["fleet"]["slug"])
        await self._enrol()
        watcher = Watcher(self._api.url, self._token, fleet, self._say)
        self._zero_ms = (
            self._clock.now_ms() + int(START_WALL_S * self._clock.scale * 1000) - self._begin_s * 1000
        )
        async with asyncio.TaskGroup() as group:
            self._start(group, watcher.run())
            ticker = self._start(group, self._crowd.tick_forever())
            self._start(group, self._work_shifts(group))
            placing = self._start(group, self._place_orders(group))
            await self._wait(watcher, placing)
            ended = placing.done()
            after = Scrape(await self._api.text("/metrics"))
            ticker.cancel()
            await self._crowd.acknowledged(LAST_WORDS_WALL_S)
            self._crowd.close()
            for task in list(self._tasks):
                task.cancel()
        await self._read_back()
        evidence = Evidence(
            facts=list(self._facts.values()),
            refused=len(self._refused),
            expected=len(self._orders),
            tally=self._tally,
            offers=dict(watcher.offers),
            arrivals=dict(watcher.arrivals),
            exits=dict(watcher.exits),
            late_arrivals=watcher.late_arrivals,
            viewer_gaps=watcher.gaps,
            ended=ended,
            wall_s=time.monotonic() - began_wall_s,
            fleet=fleet,
        )
        return figure(evidence, before, after)

    def _start(self, group: asyncio.TaskGroup, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # --- people -----------------------------------------------------------------------------------

    async def _enrol(self) -> None:
        """Add the day's couriers and a token for each one's phone, before the day begins."""
        self._say(f"enrolling {len(self._couriers)} couriers ...")

        async def one(courier: DayCourier) -> None:
            async with self._gate:
                body = {"name": f"Courier {courier.id}", "vehicle": courier.vehicle.value}
                made = await self._api.call("POST", "/couriers", body)
                token = await self._api.call("POST", f"/couriers/{made['id']}/token", {"label": "replay"})
                self._tokens[courier.id] = (made["id"], token["token"])

        async with asyncio.TaskGroup() as group:
            for courier in self._couriers:
                group.create_task(one(courier))

    async def _work_shifts(self, group: asyncio.TaskGroup) -> None:
        for courier in sorted(self._couriers, key=lambda c: c.on_s):
            await self._sleep_until(max(courier.on_s, self._begin_s))
            self._start(group, self._work_shift(courier, group))
            if courier.on_s <= self._begin_s:
                await asyncio.sleep(0.02)

    async def _work_shift(self, courier: DayCourier, group: asyncio.TaskGroup) -> None:
        """Start the shift, ride until its end, finish what is on hand, go off."""
        courier_id, token = self._tokens[courier.id]
        body = {"state": "on", "ends_at": rfc3339(self._at_ms(courier.off_s))}
        try:
            async with self._gate:
                await self._api.call("POST", f"/couriers/{courier_id}/shift", body)
        except ApiError as error:
            self._say(f"shift of courier {courier.id} refused: {error}")
            return
        phone = self._phone(courier, token)
        self._crowd.join(phone, group, binary=int(courier_id[-1], 16) % 2 == 0)
        await self._sleep_until(courier.off_s)
        phone.wanted_shift = "off"
        while phone.shift != "off":  # noqa: ASYNC110 - phones are plain values that the ticker steps
            await asyncio.sleep(0.5)
        self._crowd.leave(phone)

    def _phone(self, courier: DayCourier, token: str) -> Phone:
        rng = random.Random(self._rng.getrandbits(64))
        rider = Rider(
            at=courier.at, vehicle=Vehicle(courier.vehicle), find_way=zigzag, rng=rng, habits=_HABITS
        )
        phone = Phone(token=token, device="replay", rider=rider, plan=_PLAN, rng=rng, tally=self._tally)
        phone.wanted_shift = None
        return phone

    # --- orders -----------------------------------------------------------------------------------

    async def _place_orders(self, group: asyncio.TaskGroup) -> None:
        for order in self._orders:
            await self._sleep_until(order.placed_s)
            self._start(group, self._place(order))

    async def _place(self, order: DayOrder) -> None:
        body: dict[str, Any] = {
            "pickup": {
                "lon": order.pickup.lon,
                "lat": order.pickup.lat,
                "ready_at": rfc3339(self._at_ms(order.ready_s)),
            },
            "dropoff": {"lon": order.dropoff.lon, "lat": order.dropoff.lat},
            "ref": order.id,
        }
        try:
            made = await self._api.call("POST", "/orders", body, key=f"{self._run}-{order.id}")
        except ApiError as error:
            self._refused.append(order.id)
            self._say(f"order {order.id} refused: {error}")
            return
        self._facts[made["id"]] = OrderFacts(
            id=made["id"],
            due_at_ms=self._at_ms(order.expected_s),
            wanted_at_ms=self._at_ms(order.placed_s),
            ready_at_ms=self._at_ms(order.ready_s),
        )

    async def _read_back(self) -> None:
        """Ask the server for every order, page by page: what it says in the end is what counts."""
        cursor = ""
        while True:
            page = await self._api.call("GET", f"/orders?limit=500{cursor}")
            for order in page["orders"]:
                if order["id"] in self._facts:
                    self._facts[order["id"]] = msgspec.structs.replace(
                        self._facts[order["id"]],
                        status=order["status"],
                        placed_at=order["placed_at"],
                        reached_at=order["reached_at"],
                        unassigned_reason=order["unassigned_reason"],
                    )
            if not page["next"]:
                return
            cursor = f"&cursor={page['next']}"

    # --- time -------------------------------------------------------------------------------------

    def _at_ms(self, day_s: int) -> int:
        return self._zero_ms + day_s * 1000

    async def _sleep_until(self, day_s: int) -> None:
        while (left_ms := self._at_ms(day_s) - self._clock.now_ms()) > 0:  # noqa: ASYNC110 - a time, no event
            await asyncio.sleep(left_ms / 1000 / self._clock.scale)

    async def _wait(self, watcher: Watcher, placing: asyncio.Task[None]) -> None:
        """Return once every order is final, or the day and its grace are over."""
        said_s = 0.0
        over = False
        while not over:
            await asyncio.sleep(0.5)
            final = sum(watcher.status.get(order) in FINAL for order in self._facts)
            now_s = (self._clock.now_ms() - self._zero_ms) // 1000
            if time.monotonic() - said_s > SAY_EVERY_WALL_S:
                said_s = time.monotonic()
                self._say(self._progress(now_s, final))
            if placing.done() and final == len(self._facts) == len(self._orders) - len(self._refused):
                return
            home = now_s > self._last_off_s + HOME_S and not self._crowd.phones
            over = now_s > self._end_s or (home and placing.done())

    def _progress(self, now_s: int, final: int) -> str:
        clock = f"{now_s % DAY_S // 3600:02d}:{now_s // 60 % 60:02d}"
        online = sum(phone.online for phone in self._crowd.phones)
        return (
            f"{clock}  couriers online {online}/{len(self._crowd.phones)}  orders placed {len(self._facts)}"
            f"  final {final}  fixes acknowledged {self._tally.fixes_acked}"
        )
