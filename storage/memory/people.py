"""Fleets, users, couriers, shifts and tokens in plain memory."""

from collections import defaultdict
from collections.abc import Mapping

import msgspec

from domain.courier import Courier, Shift
from domain.errors import Conflict, PreconditionFailed
from domain.ids import CourierId, FleetId, TokenId, UserId
from domain.people import Fleet, FleetChange, Token, User


class MemoryPeople:
    """``domain.ports.PeopleStore`` in dictionaries."""

    def __init__(self) -> None:
        self._fleets: dict[FleetId, Fleet] = {}
        self._changes: dict[FleetId, list[FleetChange]] = defaultdict(list)
        self._users: dict[UserId, User] = {}
        self._couriers: dict[tuple[FleetId, CourierId], Courier] = {}
        self._shifts: dict[tuple[FleetId, CourierId], dict[int, Shift]] = {}
        self._tokens: dict[TokenId, Token] = {}

    async def fleets(self) -> list[Fleet]:
        return sorted(self._fleets.values(), key=lambda fleet: fleet.id)

    async def find_fleet(self, fleet: FleetId) -> Fleet | None:
        return self._fleets.get(fleet)

    async def put_fleet(self, fleet: Fleet, change: FleetChange | None = None) -> None:
        self._fleets[fleet.id] = fleet
        if change is not None:
            self._changes[fleet.id].append(change)

    async def fleet_changes(self, fleet: FleetId, limit: int = 100) -> list[FleetChange]:
        return self._changes[fleet][::-1][:limit]

    async def find_user(self, login: str) -> User | None:
        return next((user for user in self._users.values() if user.login == login), None)

    async def users(self, fleet: FleetId) -> list[User]:
        return sorted((u for u in self._users.values() if u.fleet == fleet), key=lambda user: user.id)

    async def put_user(self, user: User) -> None:
        holder = await self.find_user(user.login)
        if holder is not None and holder.id != user.id:
            raise Conflict("login_taken", f"Somebody already signs in as {user.login!r}.")
        self._users[user.id] = user

    async def couriers(self, fleet: FleetId) -> list[Courier]:
        mine = (courier for (owner, _), courier in self._couriers.items() if owner == fleet)
        return sorted(mine, key=lambda courier: courier.id)

    async def find_courier(self, fleet: FleetId, courier_id: CourierId) -> Courier | None:
        return self._couriers.get((fleet, courier_id))

    async def put_courier(self, courier: Courier, *, expected_version: int | None = None) -> None:
        stored = self._couriers.get((courier.fleet, courier.id))
        if expected_version is not None and (stored is None or stored.version != expected_version):
            raise PreconditionFailed(
                "stale_version", f"Courier {courier.id} changed meanwhile; read it again."
            )
        self._couriers[courier.fleet, courier.id] = courier

    async def open_shift(self, fleet: FleetId, shift: Shift) -> None:
        self._shifts.setdefault((fleet, shift.courier_id), {})[shift.started_at_ms] = shift

    async def close_shift(self, fleet: FleetId, courier_id: CourierId, ended_at_ms: int) -> None:
        shifts = self._shifts.get((fleet, courier_id), {})
        for started_at_ms, shift in shifts.items():
            if shift.ended_at_ms is None:
                shifts[started_at_ms] = msgspec.structs.replace(shift, ended_at_ms=ended_at_ms)

    async def shifts(self, fleet: FleetId, courier_id: CourierId, since_ms: int) -> list[Shift]:
        shifts = self._shifts.get((fleet, courier_id), {})
        return [
            shift
            for _, shift in sorted(shifts.items())
            if shift.ended_at_ms is None or shift.ended_at_ms >= since_ms
        ]

    async def put_token(self, token: Token) -> None:
        self._tokens[token.id] = token

    async def find_token(self, secret_sha256: str) -> Token | None:
        return next((t for t in self._tokens.values() if t.secret_sha256 == secret_sha256), None)

    async def tokens(self, fleet: FleetId) -> list[Token]:
        mine = (token for token in self._tokens.values() if token.fleet == fleet)
        return sorted(mine, key=lambda token: (token.created_at_ms, token.id))

    async def revoke_token(self, fleet: FleetId, token_id: TokenId, at_ms: int) -> bool:
        token = self._tokens.get(token_id)
        if token is None or token.fleet != fleet or token.revoked_at_ms is not None:
            return False
        self._tokens[token_id] = msgspec.structs.replace(token, revoked_at_ms=at_ms)
        return True

    async def touch_tokens(self, used: Mapping[TokenId, int]) -> None:
        for token_id, at_ms in used.items():
            token = self._tokens.get(token_id)
            if token is not None and at_ms > (token.last_used_at_ms or 0):
                self._tokens[token_id] = msgspec.structs.replace(token, last_used_at_ms=at_ms)
