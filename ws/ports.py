"""What the sockets need from the rest of the server; ``server.wiring`` fulfils it."""

from collections.abc import Mapping
from typing import Protocol

from domain.ids import CourierId, FleetId
from domain.people import Principal
from domain.ports import OrderDesk
from domain.position import Position, Presence


class Authenticator(Protocol):
    """Turns a token into a principal."""

    async def authenticate(self, token: str) -> Principal:
        """Return who bears the token.

        Raises:
            Unauthenticated: unknown, expired or revoked.
            Gone: a tracking link whose delivery is over.
        """
        ...

    async def still_valid(self, principal: Principal) -> bool:
        """Tell whether the token behind a running session is still good."""
        ...


class PositionSource(Protocol):
    """The tracker's beliefs, read synchronously."""

    def positions(self, fleet: FleetId) -> Mapping[CourierId, Position]: ...
    def presence(self, fleet: FleetId, courier_id: CourierId) -> Presence: ...


class Fleets(Protocol):
    """Opens fleets on demand, so that one made while the server runs works at once."""

    async def desk(self, fleet: FleetId) -> OrderDesk:
        """Return the fleet's desk.

        Raises:
            NotFound: no such fleet.
        """
        ...


class SocketMetrics(Protocol):
    """What the sockets count; ``kind`` is courier, viewer or track."""

    def connected(self, kind: str) -> None: ...
    def disconnected(self, kind: str) -> None: ...

    def viewer_delay(self, seconds: float) -> None:
        """Observe wall seconds from a ping's arrival to its write to a viewer's socket."""
        ...


class NoSocketMetrics:
    """Counts nothing."""

    def connected(self, kind: str) -> None:
        """Do nothing."""

    def disconnected(self, kind: str) -> None:
        """Do nothing."""

    def viewer_delay(self, seconds: float) -> None:
        """Do nothing."""
