"""A fleet as lines of JSON, out of any store and into any other, through the ports.

The first line names the format; each other line is one thing: ``{"kind": ..., "value": ...}``. Passwords and
tokens leave as digests only, so they keep working after an import and tell a reader nothing. Left out are
what does not outlive a server: plans, explanations, Idempotency-Keys and recorded actions.
"""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec

from domain.courier import Courier, Shift
from domain.errors import Invalid, NotFound
from domain.ids import CourierId, FleetId
from domain.order import Order, OrderEvent
from domain.people import Fleet, Token, User
from domain.ports import OrderChange, Stores
from domain.position import TrackPoint
from domain.zone import Zone

FORMAT = "relevo.fleet.1"
PAGE = 500
TRACK_PAGE = 5_000
_END_OF_TIME_MS = 2**62


class OrderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An order with its history."""

    order: Order
    events: tuple[OrderEvent, ...]


_KINDS: dict[str, Any] = {
    "fleet": Fleet,
    "user": User,
    "courier": Courier,
    "shift": Shift,
    "token": Token,
    "zone": Zone,
    "order": OrderRecord,
    "point": TrackPoint,
}


class _Line(msgspec.Struct, frozen=True):
    kind: str
    value: msgspec.Raw


async def export_fleet(stores: Stores, fleet: FleetId, *, tracks: bool = True) -> AsyncIterator[bytes]:
    """Yield a fleet as lines, each ending in a newline.

    Args:
        stores: where from.
        fleet: which.
        tracks: whether archived positions go along.

    Raises:
        NotFound: ``fleet_unknown``.
    """
    found = await stores.people.find_fleet(fleet)
    if found is None:
        raise NotFound("fleet_unknown", f"There is no fleet {fleet}.")
    yield _line("format", FORMAT)
    yield _line("fleet", found)
    async for kind, value in _people(stores, fleet):
        yield _line(kind, value)
    for zone in await stores.zones.zones(fleet):
        yield _line("zone", zone)
    async for record in _orders(stores, fleet):
        yield _line("order", record)
    if tracks:
        async for point in _tracks(stores, fleet):
            yield _line("point", point)


async def import_fleet(stores: Stores, lines: Iterable[bytes]) -> dict[str, int]:
    """Read lines that ``export_fleet`` made; returns how many of each kind were taken in.

    May be repeated: what is there already is replaced by the same, orders and positions are not doubled.

    Raises:
        Invalid: ``bad_export`` with the number of the first line that cannot be read.
        Conflict: an order or login is there already with other contents.
    """
    importer = _Importer(stores)
    for number, line in enumerate(lines, start=1):
        try:
            kind, value = _read(line, first=number == 1)
        except (msgspec.MsgspecError, UnicodeDecodeError, KeyError) as error:
            raise Invalid("bad_export", f"Line {number} cannot be read: {error}", line=number) from error
        await importer.take(kind, value)
    await importer.finish()
    return importer.taken


class _Importer:
    """Puts values into the stores; positions in batches."""

    def __init__(self, stores: Stores) -> None:
        self.taken = dict.fromkeys(_KINDS, 0)
        self._stores = stores
        self._fleet = FleetId("")
        self._points: list[TrackPoint] = []

    async def take(self, kind: str, value: Any) -> None:
        people = self._stores.people
        match value:
            case Fleet():
                self._fleet = value.id
                await people.put_fleet(value)
            case User():
                await people.put_user(value)
            case Courier():
                await people.put_courier(value)
            case Shift():
                await people.open_shift(self._fleet, value)
            case Token():
                await people.put_token(value)
            case Zone():
                await self._stores.zones.put_zone(value)
            case OrderRecord():
                await self._stores.orders.save([OrderChange(order=value.order, events=value.events)])
            case TrackPoint():
                self._points.append(value)
                if len(self._points) >= TRACK_PAGE:
                    await self.finish()
            case _:
                return
        self.taken[kind] += 1

    async def finish(self) -> None:
        """Write the positions that wait; the archiver's own place in the stream stays."""
        if self._points:
            cursor = await self._stores.tracks.cursor(self._fleet)
            await self._stores.tracks.archive(self._fleet, self._points, cursor)
            self._points.clear()


async def _people(stores: Stores, fleet: FleetId) -> AsyncIterator[tuple[str, object]]:
    for user in await stores.people.users(fleet):
        yield "user", user
    for courier in await stores.people.couriers(fleet):
        yield "courier", courier
        for shift in await stores.people.shifts(fleet, courier.id, 0):
            yield "shift", shift
    for token in await stores.people.tokens(fleet):
        yield "token", token


async def _orders(stores: Stores, fleet: FleetId) -> AsyncIterator[OrderRecord]:
    cursor: str | None = None
    while True:
        page, cursor = await stores.orders.page(fleet, cursor=cursor, limit=PAGE)
        for order in page:
            events = await stores.orders.events(fleet, order.id)
            yield OrderRecord(order=order, events=tuple(events))
        if cursor is None:
            return


async def _tracks(stores: Stores, fleet: FleetId) -> AsyncIterator[TrackPoint]:
    for courier in await stores.people.couriers(fleet):
        async for point in _track(stores, fleet, courier.id):
            yield point


async def _track(stores: Stores, fleet: FleetId, courier_id: CourierId) -> AsyncIterator[TrackPoint]:
    """Yield a whole track; pages overlap in their last millisecond, whose points are not given twice."""
    from_ms, given = 0, set[tuple[str, int, int]]()
    while True:
        page = await stores.tracks.track(fleet, courier_id, from_ms, _END_OF_TIME_MS, TRACK_PAGE)
        fresh = [point for point in page if (point.device, point.seq, point.index) not in given]
        for point in fresh:
            yield point
        if not fresh or len(page) < TRACK_PAGE:
            return
        from_ms = page[-1].fix_at_ms
        given = {(p.device, p.seq, p.index) for p in page if p.fix_at_ms == from_ms}


def _line(kind: str, value: object) -> bytes:
    return msgspec.json.encode({"kind": kind, "value": value}) + b"\n"


def _read(line: bytes, *, first: bool) -> tuple[str, Any]:
    parsed = msgspec.json.decode(line, type=_Line)
    if first:
        if parsed.kind != "format" or msgspec.json.decode(parsed.value) != FORMAT:
            raise msgspec.ValidationError(f"this is not an export in the format {FORMAT}")
        return "format", None
    return parsed.kind, msgspec.json.decode(parsed.value, type=_KINDS[parsed.kind])
