"""What an OwnTracks phone is shown in return: its courier's stops as waypoints, and colleagues on the map.

Stops are pushed when the route changed since this phone was answered last; those that are done are taken off
again, since customers' addresses have no business on a phone after that. Colleagues are shown only where
the co-op chose it (fleet setting ``owntracks_friends``), on shift and in contact.
"""

import zlib
from collections import OrderedDict

import msgspec

from domain.courier import ShiftState
from domain.fleet_settings import settings_of
from domain.ids import CourierId, DeviceId, FleetId
from domain.people import Principal
from domain.plan import Route
from domain.position import Presence
from server.system import System
from tracker.ingest.phones.replies import Friend, PhonePlace

_PHONES_MAX = 20_000
_RADIUS_M = 70.0
_KEYS_FROM_S = 1_500_000_000
"""A waypoint's key on Android is the second it was made; ours is the same for the same stop each time."""
Phone = tuple[FleetId, CourierId, DeviceId]


class PhoneAnswers:
    """Remembers what each phone shows; bounded, forgetting the phones silent for longest."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._shown: OrderedDict[Phone, tuple[int, list[PhonePlace]]] = OrderedDict()

    async def places(self, principal: Principal, device: DeviceId) -> list[PhonePlace] | None:
        """Return the stops, and those that are gone, when the phone does not know of them yet, else None."""
        assert principal.courier_id is not None  # noqa: S101 - checked with the token
        route = (await self._system.fleets.desk(principal.fleet)).route(principal.courier_id)
        phone = (principal.fleet, principal.courier_id, device)
        version, before = self._shown.get(phone, (0, []))
        if version == route.version:
            return None
        stops = _places(route)
        self._shown[phone] = route.version, stops
        self._shown.move_to_end(phone)
        if len(self._shown) > _PHONES_MAX:
            self._shown.popitem(last=False)
        kept = {place.made_s for place in stops}
        return [
            *(msgspec.structs.replace(place, gone=True) for place in before if place.made_s not in kept),
            *stops,
        ]

    async def friends(self, principal: Principal) -> list[Friend]:
        """Return the colleagues to show."""
        desk = await self._system.fleets.desk(principal.fleet)
        if not settings_of(desk.fleet).owntracks_friends:
            return []
        tracker = self._system.tracker
        couriers = desk.couriers()
        return [
            Friend(name=couriers[courier_id].name, position=position)
            for courier_id, position in tracker.positions(principal.fleet).items()
            if courier_id != principal.courier_id
            and courier_id in couriers
            and couriers[courier_id].shift is ShiftState.ON
            and tracker.presence(principal.fleet, courier_id) is Presence.ONLINE
        ]


def _places(route: Route) -> list[PhonePlace]:
    return [
        PhonePlace(
            name=f"{stop.name or stop.order_id} ({stop.kind})",
            at=stop.at,
            radius_m=_RADIUS_M,
            made_s=_KEYS_FROM_S + zlib.crc32(stop.stop_id.encode()) % 100_000_000,
        )
        for stop in route.stops
    ]
