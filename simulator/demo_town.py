"""The demo's inhabitants: the co-op, its couriers, its shops, and the links a visitor may click."""

import asyncio
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from domain.courier import Vehicle
from domain.geo import LonLat
from simulator.admin import Admin
from simulator.api import Api, ApiError, read_clock
from simulator.city import City, build_city
from simulator.city.city import TIME_ZONE
from simulator.city.names import COURIERS
from simulator.clock import ServerClock
from simulator.crowd import Crowd
from simulator.phone import FixPlan, Phone
from simulator.ping_queue import Tally
from simulator.rider import Habits, Rider
from simulator.shops import LunchPeak

FLEET = "villa-ajolote"
VISITOR = "Tú (visita)"
FLEET_NAME = "Cooperativa Villa Ajolote"
SHOP_NUMBER = 0
ORDERS_PER_COURIER_H = 6.0
STATUS_EVERY_S = 10.0
NEW_CUSTOMER_EVERY = 6
_VEHICLES = (Vehicle.BICYCLE,) * 6 + (Vehicle.MOTORCYCLE,) * 3 + (Vehicle.CARGO_BIKE,)
_HABITS = Habits(reply_s=(1.5, 5.0), pickup_s=(6.0, 25.0), dropoff_s=(10.0, 35.0))
_OPEN_STATUSES = ("offered", "assigned", "at_pickup", "picked_up", "at_dropoff")


class DemoTown:
    """Everybody in the demo. ``live`` runs until cancelled."""

    def __init__(self, rng: random.Random, folder: Path, couriers: int, tell: Callable[[str], None]) -> None:
        self.city: City = build_city()
        self._rng = rng
        self._folder = folder
        self._count = couriers
        self._tell = tell
        self._admin = Admin(folder)
        self._tally = Tally()
        self._placed: list[dict[str, Any]] = []

    def write_basemap(self) -> Path:
        """Write the invented city where the server reads its base map."""
        path = self._folder / "basemap.json"
        path.write_text(json.dumps(self.city.basemap(), ensure_ascii=False), encoding="utf-8")
        return path

    async def live(self, url: str, open_page: Callable[[str], None] | None) -> None:
        """Seed what is missing, print the links, and let everybody work."""
        async with Api(url) as api:
            await self._admin.add_fleet(
                FLEET, FLEET_NAME, self.city.center.lon, self.city.center.lat, TIME_ZONE
            )
            shop = self.city.shops[SHOP_NUMBER]
            api.use(await self._admin.token(FLEET, "owner"))
            dispatcher = await self._token(api, {"role": "dispatcher"})
            shop_token = await self._token(api, {"role": "shop", "subject": shop.name})
            clock = await read_clock(api)
            await self._draw_zones(api)
            known = {c["name"]: c for c in (await api.call("GET", "/couriers"))["couriers"]}
            visitor = await self._courier_token(api, VISITOR, Vehicle.BICYCLE, known.get(VISITOR))
            crowd = Crowd(url, clock, self._rng, self._tell)
            peak = self._peak(api, clock, {shop.name: shop_token})
            async with asyncio.TaskGroup() as group:
                await self._hire(api, crowd, group, known)
                group.create_task(crowd.tick_forever())
                await peak.first_wave(max(2, self._count * 2 // 3))
                self._print_links(url, dispatcher, visitor, shop_token)
                if open_page:
                    open_page(f"{url}/dispatch#token={dispatcher}")
                group.create_task(peak.run())
                group.create_task(self._show_status(api, crowd))

    def _peak(self, api: Api, clock: ServerClock, tokens: dict[str, str]) -> LunchPeak:
        return LunchPeak(
            api=api,
            city=self.city,
            clock=clock,
            rng=self._rng,
            tokens=tokens,
            orders_per_h=self._count * ORDERS_PER_COURIER_H,
            placed=self._placed.append,
            report=self._tell,
        )

    async def _hire(
        self, api: Api, crowd: Crowd, group: asyncio.TaskGroup, known: dict[str, dict[str, Any]]
    ) -> None:
        """Enrol the couriers; who is already in the fleet (a kept data folder) is taken as is."""
        limit = asyncio.Semaphore(8)

        async def enrol(number: int) -> None:
            name = COURIERS[number % len(COURIERS)] + (
                f" {number // len(COURIERS) + 1}" if number >= len(COURIERS) else ""
            )
            vehicle = _VEHICLES[number % len(_VEHICLES)]
            async with limit:
                old = known.get(name)
                token = await self._courier_token(api, name, vehicle, old)
            place = old["position"] if old and old["position"] else None
            at = LonLat(place["lon"], place["lat"]) if place else self._shop_door(number)
            crowd.join(self._phone(token, at, vehicle, number), group, binary=number % 2 == 1)

        async with asyncio.TaskGroup() as enrolments:
            for number in range(self._count):
                enrolments.create_task(enrol(number))

    def _phone(self, token: str, at: LonLat, vehicle: Vehicle, number: int) -> Phone:
        rng = random.Random(self._rng.getrandbits(64))
        rider = Rider(
            at=at,
            vehicle=vehicle,
            find_way=self.city.path,
            rng=rng,
            habits=_HABITS,
            find_rest=lambda: self._shop_door(rng.randrange(len(self.city.shops))),
        )
        return Phone(
            token=token,
            device=f"demo-phone-{number}",
            rider=rider,
            plan=FixPlan(riding_s=1.0, serving_s=3.0, idle_s=10.0),
            rng=rng,
            tally=self._tally,
        )

    def _shop_door(self, number: int) -> LonLat:
        return self.city.shops[number % len(self.city.shops)].address.at

    async def _token(self, api: Api, wanted: dict[str, str]) -> str:
        return str((await api.call("POST", "/tokens", {**wanted, "label": "demo"}))["token"])

    async def _courier_token(
        self, api: Api, name: str, vehicle: Vehicle, courier: dict[str, Any] | None
    ) -> str:
        if courier is None:
            courier = await api.call("POST", "/couriers", {"name": name, "vehicle": vehicle.value})
        courier_id = courier["id"]
        return str((await api.call("POST", f"/couriers/{courier_id}/token", {"label": "demo"}))["token"])

    async def _draw_zones(self, api: Api) -> None:
        if (await api.call("GET", "/zones"))["zones"]:
            return
        for name, kind, radius_m in (("Centro", "pricing", 700.0), ("Punto de reunión", "hub", 90.0)):
            center = {"type": "Point", "coordinates": [self.city.center.lon, self.city.center.lat]}
            await api.call(
                "POST", "/zones", {"name": name, "kind": kind, "geometry": center, "radius_m": radius_m}
            )

    # --- what people see --------------------------------------------------------------------------

    def _print_links(self, url: str, dispatcher: str, visitor: str, shop_token: str) -> None:
        customer = self._customer_link() or "(no order yet)"
        self._tell(
            "\n".join(
                (
                    "",
                    f"Relevo demo: {self._count} couriers in an invented city. Stop with Ctrl-C.",
                    f"  dispatcher  {url}/dispatch#token={dispatcher}",
                    f"  courier     {url}/courier#token={visitor}",
                    f"  customer    {customer}",
                    f"  shop        {url}/shop#token={shop_token}",
                    "",
                )
            )
        )

    def _customer_link(self) -> str | None:
        return next((str(o["tracking_url"]) for o in reversed(self._placed) if o.get("tracking_url")), None)

    async def _show_status(self, api: Api, crowd: Crowd) -> None:
        for number in range(1, 1_000_000):
            await asyncio.sleep(STATUS_EVERY_S)
            try:
                status = await self._status(api, crowd)
            except ApiError as error:
                status = f"the server does not answer ({error.code})"
            self._tell(status)
            if number % NEW_CUSTOMER_EVERY == 0 and (link := self._customer_link()):
                self._tell(f"  a customer who waits now: {link}")

    async def _status(self, api: Api, crowd: Crowd) -> str:
        online = sum(phone.online for phone in crowd.phones)
        page = await api.call("GET", f"/orders?status={','.join(_OPEN_STATUSES)}&limit=500", retry_for_s=0)
        done = await api.call("GET", "/orders?status=delivered&limit=500", retry_for_s=0)
        return (
            f"couriers online {online}/{self._count}, orders placed {len(self._placed)}, "
            f"under way {len(page['orders'])}, delivered {len(done['orders'])}, "
            f"fixes acknowledged {self._tally.fixes_acked}"
        )
