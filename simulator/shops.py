"""Orders as shops place them at lunch: random, with a peak, through REST, never twice and never lost."""

import asyncio
import math
import random
import uuid
from collections.abc import Callable
from typing import Any

from domain.geo import LonLat
from simulator.api import Api, ApiError, rfc3339
from simulator.city import Address, City, Shop
from simulator.city.names import CUSTOMERS
from simulator.clock import ServerClock

PEAK_AFTER_S = 1500.0
PEAK_WIDTH_S = 900.0
FIRST_WAVE_RADIUS_M = 320.0
RADIUS_M = 1300.0


class LunchPeak:
    """Places orders until cancelled.

    Args:
        tokens: whose token a shop uses, by shop name; shops without one are entered by the office.
        orders_per_h: at the height of the peak; 60 % of it long before and after.
        placed: told of each order the server took.
    """

    def __init__(
        self,
        *,
        api: Api,
        city: City,
        clock: ServerClock,
        rng: random.Random,
        tokens: dict[str, str],
        orders_per_h: float,
        placed: Callable[[dict[str, Any]], None],
        report: Callable[[str], None],
    ) -> None:
        self._api = api
        self._city = city
        self._clock = clock
        self._rng = rng
        self._tokens = tokens
        self._orders_per_h = orders_per_h
        self._placed = placed
        self._report = report
        self._number = rng.randrange(100, 900)

    async def first_wave(self, count: int) -> None:
        """Place ``count`` short orders that are ready at once, so that there is something to see."""
        shops = [self._city.shops[k % len(self._city.shops)] for k in range(count)]
        async with asyncio.TaskGroup() as group:
            for shop in shops:
                near = self._address(shop.address.at, FIRST_WAVE_RADIUS_M)
                group.create_task(self._place(shop, near, ready_in_s=0.0))

    async def run(self) -> None:
        """Place orders at random times whose rate rises to the peak and falls again (a Poisson process)."""
        began_ms = self._clock.now_ms()
        async with asyncio.TaskGroup() as group:
            while True:
                passed_s = (self._clock.now_ms() - began_ms) / 1000
                bump = math.exp(-(((passed_s - PEAK_AFTER_S) / PEAK_WIDTH_S) ** 2) / 2)
                per_s = self._orders_per_h * (0.6 + 0.4 * bump) / 3600
                await asyncio.sleep(self._rng.expovariate(per_s) / self._clock.scale)
                shop = self._rng.choice(self._city.shops)
                radius_m = self._rng.triangular(250, RADIUS_M, 600)
                ready_in_s = self._rng.uniform(120, 900)
                group.create_task(self._place(shop, self._address(shop.address.at, radius_m), ready_in_s))

    def _address(self, near: LonLat, within_m: float) -> Address:
        return self._city.random_address(self._rng, near, within_m)

    async def _place(self, shop: Shop, customer: Address, ready_in_s: float) -> None:
        body = self._body(shop, customer, self._clock.now_ms() + int(ready_in_s * 1000))
        key = str(uuid.uuid4())
        try:
            order = await self._api.call("POST", "/orders", body, token=self._tokens.get(shop.name), key=key)
        except ApiError as error:
            self._report(f"order of {shop.name} refused: {error}")
            return
        self._placed(order)

    def _body(self, shop: Shop, customer: Address, ready_at_ms: int) -> dict[str, Any]:
        self._number += 1
        rng = self._rng
        cash = rng.random() < 0.35
        body: dict[str, Any] = {
            "pickup": {
                "lon": shop.address.at.lon,
                "lat": shop.address.at.lat,
                "name": shop.name,
                "address": shop.address.text,
                "ready_at": rfc3339(ready_at_ms),
                "service_s": 60,
            },
            "dropoff": {
                "lon": customer.at.lon,
                "lat": customer.at.lat,
                "name": rng.choice(CUSTOMERS),
                "address": customer.text,
                "phone": f"+52 55 5550 0{rng.randrange(100, 200)}",
                "notes": rng.choice(
                    ("Portón verde", "Tocar el timbre", "Dejar con vigilancia", "Planta baja", "")
                ),
                "service_s": 90,
            },
            "size": {"weight_g": rng.randrange(400, 2500), "volume_l": rng.randrange(3, 12)},
            "payment": {
                "method": "cash" if cash else "prepaid",
                "amount_cents": rng.randrange(90, 480) * 100,
                "currency": "MXN",
            },
            "ref": f"A-{self._number}",
        }
        if shop.name not in self._tokens:
            body["shop"] = shop.name
        return body
