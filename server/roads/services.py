"""Chooses how the fleets know the streets: an OSRM by URL, servers of our own, or not at all."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import structlog

from dispatcher.travel_times.osrm import OsrmTimes
from dispatcher.travel_times.straight_line import StraightLine
from domain.courier import Vehicle
from domain.ports import Stores, TravelTimes
from server.metrics import Metrics
from server.roads.client import StreetClient
from server.roads.network import RoadNetwork
from server.roads.programs import find_programs
from server.settings import Settings
from server.start import StartError

_log = structlog.get_logger("relevo.roads")
Task = Callable[[], Coroutine[Any, Any, None]]


class RoadServices:
    """What the rest of the server uses of the streets.

    Attributes:
        travel_times: for planners and arrival times.
        client: for positions and tracks; None without streets.
        network: servers of our own, if any.
        missing: why there are none although they were asked for; empty when there are, or were not.
    """

    def __init__(
        self,
        travel_times: TravelTimes,
        client: StreetClient | None = None,
        network: RoadNetwork | None = None,
        missing: str = "",
    ) -> None:
        self.travel_times = travel_times
        self.client = client
        self.network = network
        self.missing = missing

    def notes(self) -> dict[str, str]:
        """Return what operators should know about the streets."""
        if self.network is not None:
            return self.network.notes()
        if isinstance(self.travel_times, OsrmTimes):
            away = bool(self.travel_times.resting) or (self.client is not None and self.client.resting)
            return {"roads": "away; straight lines meanwhile" if away else "by URL"}
        return {"roads": f"failed; {self.missing}; straight lines meanwhile"} if self.missing else {}


def open_roads(
    settings: Settings,
    vehicles: Iterable[Vehicle],
    metrics: Metrics,
    closers: list[Task],
    background: dict[str, Task],
) -> RoadServices:
    """Return the services that the settings ask for; nothing is waited for.

    Missing programs are said, not fatal: an upgrade that forgot them must keep nobody from dispatching.
    """
    network = None
    if settings.roads_url is not None:
        servers = dict.fromkeys(settings.roads_vehicles or (Vehicle.BICYCLE,), settings.roads_url)
    elif settings.osm is not None:
        try:
            programs = find_programs(settings.osrm_bin)
        except StartError as error:
            _log.error("roads_not_built", reason=str(error), meanwhile="straight lines")
            return RoadServices(StraightLine(), missing=str(error))
        network = RoadNetwork(settings.osm, settings.data_dir, programs, vehicles, metrics)
        background["roads"] = network.run
        closers.insert(0, network.stop)
        servers = dict(network.servers)
    else:
        return RoadServices(StraightLine())
    client = StreetClient(servers, metrics)
    closers.insert(0, client.close)
    return RoadServices(OsrmTimes(servers, metrics=metrics), client, network)


async def ridden_vehicles(settings: Settings, stores: Stores) -> list[Vehicle]:
    """Return whose streets to build: what the settings name, else what the fleets ride; bicycles at least."""
    if settings.osm is None:
        return []
    if settings.roads_vehicles:
        return list(settings.roads_vehicles)
    ridden = {Vehicle.BICYCLE}
    for fleet in await stores.people.fleets():
        ridden |= {courier.vehicle for courier in await stores.people.couriers(fleet.id) if courier.active}
    return sorted(ridden, key=lambda vehicle: (vehicle is not Vehicle.BICYCLE, vehicle.value))
