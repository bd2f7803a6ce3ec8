"""Simulated phones against a real server that is killed under them."""

import asyncio
import random

import pytest

from domain.courier import Vehicle
from domain.geo import moved
from simulator.api import Api, read_clock
from simulator.city import build_city
from simulator.crowd import Crowd
from simulator.phone import FixPlan, Phone
from simulator.ping_queue import Tally
from simulator.rider import Habits, Rider
from simulator.ways import zigzag
from tests.integration.conftest import Coop
from tests.relevo_process import RelevoProcess

COURIERS = 6
SPEED = 8
KILLS = 3
CENTER = build_city().center
HABITS = Habits(decline_share=0.0, ignore_share=0.0, reply_s=(1, 3), pickup_s=(5, 9), dropoff_s=(5, 9))


@pytest.fixture
def frail(tmp_path):
    process = RelevoProcess(tmp_path / "frail", "--time-scale", str(SPEED)).start()
    yield process
    process.stop()


async def until(condition, what, timeout_s=40.0):
    """Wait for a condition, sync or async."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while True:
        met = condition()
        if await met if asyncio.iscoroutine(met) else met:
            return
        assert asyncio.get_running_loop().time() < deadline, f"waited {timeout_s} s for: {what}"
        await asyncio.sleep(0.1)


class Street:
    """Six couriers in a row and orders along it."""

    def __init__(self, api, group):
        self.api = api
        self.group = group
        self.tally = Tally()
        self.said = []
        self.placed = {}
        self.courier_ids = []

    async def open(self):
        clock = await read_clock(self.api)
        self.crowd = Crowd(self.api.url, clock, random.Random(1), self.said.append)
        for number in range(COURIERS):
            made = await self.api.call("POST", "/couriers", {"name": f"C{number}", "vehicle": "motorcycle"})
            token = await self.api.call("POST", f"/couriers/{made['id']}/token", {})
            self.courier_ids.append(made["id"])
            self.crowd.join(self._phone(token["token"], number), self.group, binary=number % 2 == 0)
        self.ticking = self.group.create_task(self.crowd.tick_forever())
        await until(lambda: all(phone.shift == "on" for phone in self.crowd.phones), "everybody on shift")

    def _phone(self, token, number):
        rng = random.Random(number)
        at = moved(CENTER, 60.0 * number, 0)
        rider = Rider(at=at, vehicle=Vehicle.MOTORCYCLE, find_way=zigzag, rng=rng, habits=HABITS)
        plan = FixPlan(riding_s=2, serving_s=2, idle_s=2)
        return Phone(token=token, device=f"d{number}", rider=rider, plan=plan, rng=rng, tally=self.tally)

    async def place(self, number):
        start = moved(CENTER, 50.0 * (number % 7), 20)
        goal = moved(start, 60, 40)
        body = {
            "pickup": {"lon": start.lon, "lat": start.lat, "service_s": 6},
            "dropoff": {"lon": goal.lon, "lat": goal.lat, "service_s": 6},
            "ref": f"k{number}",
        }
        order = await self.api.call("POST", "/orders", body, key=f"kill-{number}")
        self.placed[order["id"]] = body["ref"]

    async def orders(self):
        return (await self.api.call("GET", "/orders?limit=200"))["orders"]

    async def all_delivered(self):
        return {order["status"] for order in await self.orders()} == {"delivered"}

    async def go_home(self):
        for phone in self.crowd.phones:
            phone.wanted_shift = "off"
        await until(lambda: all(phone.shift == "off" for phone in self.crowd.phones), "everybody home")

    async def fixes_stored(self):
        stored = 0
        for courier_id in self.courier_ids:
            track = await self.api.call("GET", f"/couriers/{courier_id}/track?format=geojson")
            stored += sum(len(points(feature)) for feature in track.get("features", [track]))
        return stored


async def kill_under_load(server, street, round_number):
    """Two orders before the kill, two while the server is away: those are placed again under their key."""
    first = round_number * 4
    await street.place(first)
    await street.place(first + 1)
    await asyncio.sleep(1.0)
    before = street.tally.fixes_acked
    server.kill()
    waiting = [street.group.create_task(street.place(first + k)) for k in (2, 3)]
    await asyncio.sleep(0.8)
    await asyncio.to_thread(server.start)
    await asyncio.gather(*waiting)
    await until(lambda: all(phone.online for phone in street.crowd.phones), "everybody back")
    await until(lambda: street.tally.fixes_acked > before + 20, "acknowledgements go on")


@pytest.mark.slow
async def test_acknowledged_fixes_and_placed_orders_survive_kills_and_work_goes_on(frail):
    coop = Coop(frail, "fragil")
    async with Api(frail.url, coop.owner) as api, asyncio.TaskGroup() as group:
        street = Street(api, group)
        await street.open()
        for round_number in range(KILLS):
            await kill_under_load(frail, street, round_number)
        await until(street.all_delivered, "every order delivered", 60)
        await street.go_home()

        assert street.tally.fixes_acked == street.tally.fixes_sent
        assert street.tally.frames_missed == 0
        assert street.tally.reconnects >= KILLS * COURIERS
        refs = [order["ref"] for order in await street.orders()]
        assert sorted(refs) == sorted(f"k{number}" for number in range(KILLS * 4))
        kept = street.tally.fixes_sent - sum(street.tally.rejected.values())
        assert await street.fixes_stored() == kept
        street.ticking.cancel()
        street.crowd.close()
    assert street.said == []


def points(feature):
    """Return the fixes of a track's feature: a point, or a line of them."""
    geometry = feature["geometry"]
    return [geometry["coordinates"]] if geometry["type"] == "Point" else geometry["coordinates"]
