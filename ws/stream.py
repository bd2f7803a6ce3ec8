"""One fleet's live stream: numbered events that are kept for those who come back, and conflated positions.

No I/O. Comes after ``projection`` (which makes the views) and before ``hub`` (which sends the frames).
Positions are *cache* mode: the latest wins within a tick. Events are *stream* mode: each has an offset,
and the last ``RING_SIZE`` are kept for resumption.
"""

from collections import deque
from collections.abc import Iterable

import msgspec

from domain.ids import CourierId
from ws.cells import Cell, CellSet, cell_of
from ws.codec import FrameWriter
from ws.messages import LiveEvent, PositionRow

RING_SIZE = 20_000


class RawDelta(msgspec.Struct, kw_only=True, tag="delta"):
    """``messages.Delta`` with its rows and events encoded already."""

    offset: int
    positions: list[msgspec.Raw]
    events: list[msgspec.Raw]


class Batch:
    """What one tick tells: encodes every row and event once per encoding, whoever looks."""

    def __init__(
        self,
        first_offset: int,
        offset: int,
        events: list[LiveEvent],
        rows: list[tuple[PositionRow, frozenset[Cell]]],
    ) -> None:
        self.offset = offset
        self._first_offset = first_offset
        self._events = events
        self._rows = rows
        self._raw_events: dict[str, list[msgspec.Raw]] = {}
        self._raw_rows: dict[str, list[msgspec.Raw]] = {}
        self._frames: dict[tuple[str, CellSet | None], bytes | None] = {}

    def frame(self, writer: FrameWriter, cells: CellSet | None, seen_offset: int) -> bytes | None:
        """Return the delta for one viewport, or None when there is nothing in it.

        ``cells`` None means everywhere; events up to ``seen_offset`` are left out.
        """
        if seen_offset >= self._first_offset:
            return self._encode(writer, cells, max(0, seen_offset - self._first_offset + 1))
        key = (writer.name, cells)
        if key not in self._frames:
            self._frames[key] = self._encode(writer, cells, 0)
        return self._frames[key]

    def _encode(self, writer: FrameWriter, cells: CellSet | None, skip: int) -> bytes | None:
        events = self._events_raw(writer)[skip:]
        rows = self._rows_raw(writer)
        if cells is not None:
            rows = [
                raw
                for raw, (_, touched) in zip(rows, self._rows, strict=True)
                if not touched.isdisjoint(cells)
            ]
        if not events and not rows:
            return None
        return writer.write(RawDelta(offset=self.offset, positions=rows, events=events))

    def _events_raw(self, writer: FrameWriter) -> list[msgspec.Raw]:
        if writer.name not in self._raw_events:
            self._raw_events[writer.name] = [msgspec.Raw(writer.write(event)) for event in self._events]
        return self._raw_events[writer.name]

    def _rows_raw(self, writer: FrameWriter) -> list[msgspec.Raw]:
        if writer.name not in self._raw_rows:
            self._raw_rows[writer.name] = [msgspec.Raw(writer.write(row)) for row, _ in self._rows]
        return self._raw_rows[writer.name]


class FleetStream:
    """Numbers events, conflates positions, and answers those who come back.

    Args:
        epoch: names this life of the stream; offsets of another epoch mean nothing here.
    """

    def __init__(self, epoch: str, ring_size: int = RING_SIZE) -> None:
        self.epoch = epoch
        self.offset = 0
        self._ring: deque[LiveEvent] = deque(maxlen=ring_size)
        self._tick_events: list[LiveEvent] = []
        self._moved: dict[CourierId, PositionRow] = {}
        self._cells: dict[CourierId, Cell] = {}

    def add(self, events: Iterable[LiveEvent]) -> None:
        """Append events; each takes the next offset."""
        for event in events:
            self.offset += 1
            self._ring.append(event)
            self._tick_events.append(event)

    def move(self, courier_id: CourierId, row: PositionRow) -> None:
        """Put a courier's newest position in place of the one that waits."""
        self._moved[courier_id] = row

    def take_batch(self) -> Batch | None:
        """Return what came since the last call, None when nothing did.

        A row carries the courier's cell of this tick and of the one before, so that a viewer whose
        viewport the courier has just left is told so.
        """
        if not self._tick_events and not self._moved:
            return None
        rows = []
        for courier_id, row in self._moved.items():
            cell = cell_of(row[1], row[2])
            rows.append((row, frozenset((cell, self._cells.get(courier_id, cell)))))
            self._cells[courier_id] = cell
        batch = Batch(self.offset - len(self._tick_events) + 1, self.offset, self._tick_events, rows)
        self._tick_events = []
        self._moved = {}
        return batch

    def missed(self, epoch: str, offset: int) -> list[LiveEvent] | None:
        """Return the events after ``offset``, or None when only a fresh snapshot will do."""
        behind = self.offset - offset
        if epoch != self.epoch or behind < 0 or behind > len(self._ring):
            return None
        return list(self._ring)[len(self._ring) - behind :]
