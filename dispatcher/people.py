"""Couriers' comings and goings: shifts, edits, and what a person beside the server added to the store."""

import msgspec

from dispatcher.state import FleetState
from dispatcher.watch import Watch
from domain.courier import Courier, Shift, ShiftState
from domain.errors import NotFound
from domain.events import CourierChanged
from domain.ids import CourierId
from domain.ports import PeopleStore


class People:
    """Keeps one fleet's roster and its store alike; the only writer of shifts."""

    def __init__(self, state: FleetState, store: PeopleStore, watch: Watch) -> None:
        self._state = state
        self._store = store
        self._watch = watch

    async def know(self, courier_id: CourierId) -> Courier:
        """Return a courier, also one who was added to the store a moment ago.

        Raises:
            NotFound: ``no_such_courier``.
        """
        known = self._state.roster.find(courier_id)
        if known is None:
            known = await self._store.find_courier(self._state.fleet.id, courier_id)
            if known is None:
                raise NotFound("no_such_courier", f"There is no courier {courier_id}.", courier_id=courier_id)
            self._take(known)
        return known

    async def refresh(self) -> None:
        """Take over couriers whom somebody added or edited in the store beside us."""
        for courier in await self._store.couriers(self._state.fleet.id):
            known = self._state.roster.find(courier.id)
            if known is None or known.version < courier.version:
                self._take(courier)

    async def put(self, courier: Courier, expected_version: int | None) -> Courier:
        """Add or edit a courier; the shift stays as it is.

        Raises:
            PreconditionFailed: ``stale_version``.
        """
        known = self._state.roster.find(courier.id)
        version = known.version + 1 if known else courier.version
        shift = (
            {}
            if known is None
            else {
                "shift": known.shift,
                "shift_started_at_ms": known.shift_started_at_ms,
                "shift_ends_at_ms": courier.shift_ends_at_ms or known.shift_ends_at_ms,
            }
        )
        new = msgspec.structs.replace(courier, version=version, **shift)
        await self._store.put_courier(new, expected_version=expected_version)
        self._take(new)
        if not new.active:
            self._watch.release_from(new.id, "courier_left")
        return new

    async def set_shift(self, courier_id: CourierId, shift: ShiftState, ends_at_ms: int | None) -> Courier:
        """Start, pause or end a courier's work; the same again changes nothing but the planned end."""
        known = await self.know(courier_id)
        now_ms, working = self._state.now_ms(), shift == ShiftState.ON
        if known.shift == shift and ends_at_ms in (None, known.shift_ends_at_ms):
            return known
        begins = working and known.shift != ShiftState.ON
        new = msgspec.structs.replace(
            known,
            shift=shift,
            shift_started_at_ms=now_ms if begins else known.shift_started_at_ms if working else None,
            shift_ends_at_ms=ends_at_ms or (None if shift == ShiftState.OFF else known.shift_ends_at_ms),
            version=known.version + 1,
        )
        await self._store.put_courier(new)
        if begins:
            await self._store.open_shift(new.fleet, Shift(courier_id=new.id, started_at_ms=now_ms))
        elif known.shift == ShiftState.ON and not working:
            await self._store.close_shift(new.fleet, new.id, now_ms)
        self._take(new)
        stops = shift == ShiftState.OFF or (shift == ShiftState.BREAK and self._state.settings.break_releases)
        if stops:
            self._watch.release_from(new.id, "courier_off_shift_with_orders", f"courier:{new.id}")
        return new

    def _take(self, courier: Courier) -> None:
        self._state.roster.put(courier)
        self._state.tell(
            CourierChanged(fleet=self._state.fleet.id, at_ms=self._state.now_ms(), courier=courier)
        )
