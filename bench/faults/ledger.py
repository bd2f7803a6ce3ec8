"""What phones and shops were told, and whether the record keeps it."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import msgspec

Frame = tuple[str, str, int]
"""Courier, device and number of a frame."""
Fix = list[float]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the record holds against what was promised; the first four must be zero, ``stray`` too.

    Attributes:
        lost: acknowledged fixes that are not in the track.
        doubled: fixes that are in the track more than once.
        altered: archived fixes whose event time or place is not what was sent.
        stray: archived fixes that nobody sent.
        orders_lost: accepted orders that are not in the record.
        orders_doubled: orders that one request made more than once.
    """

    acknowledged: int
    archived: int
    refused: int
    lost: int
    doubled: int
    altered: int
    stray: int
    orders_accepted: int
    orders_lost: int
    orders_doubled: int

    def is_clean(self) -> bool:
        """Tell whether every promise was kept."""
        broken = self.lost + self.doubled + self.altered + self.stray
        return broken + self.orders_lost + self.orders_doubled == 0


class Ledger:
    """Everything that was sent, acknowledged and accepted. Written by phones and shops of one loop."""

    def __init__(self) -> None:
        self.sent: dict[Frame, list[Fix]] = {}
        self.acknowledged: set[Frame] = set()
        self.refused: Counter[str] = Counter()
        self.accepted_orders: dict[str, str] = {}
        self.errors: Counter[str] = Counter()

    def fixes_acknowledged(self) -> int:
        """Return how many fixes phones were told are safe."""
        return sum(len(self.sent[frame]) for frame in self.acknowledged)

    def judge(self, database: Path) -> Verdict:
        """Compare with the record of a stopped server."""
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as record:
            rows = record.execute(
                "SELECT courier_id, device, seq, idx, fix_at_ms, lon, lat FROM track_points"
            ).fetchall()
            refs = [ref for (ref,) in record.execute("SELECT json_extract(doc, '$.ref') FROM orders")]
            order_ids = {order_id for (order_id,) in record.execute("SELECT id FROM orders")}
        copies = Counter(row[:4] for row in rows)
        missing = sum(
            (*frame, index) not in copies
            for frame in self.acknowledged
            for index in range(len(self.sent[frame]))
        )
        return Verdict(
            acknowledged=self.fixes_acknowledged(),
            archived=len(rows),
            refused=self.refused.total(),
            lost=max(0, missing - self.refused.total()),
            doubled=sum(count - 1 for count in copies.values()),
            altered=sum(self._sent(row) is not None and not _same(row, self._sent(row)) for row in rows),
            stray=sum(self._sent(row) is None for row in rows),
            orders_accepted=len(self.accepted_orders),
            orders_lost=len(set(self.accepted_orders.values()) - order_ids),
            orders_doubled=len(refs) - len(set(refs)),
        )

    def _sent(self, row: tuple) -> Fix | None:  # type: ignore[type-arg]  # rows of sqlite3 have no types
        fixes = self.sent.get((row[0], row[1], row[2]), [])
        return fixes[row[3]] if row[3] < len(fixes) else None


def _same(row: tuple, fix: Fix | None) -> bool:  # type: ignore[type-arg]  # as above
    return fix is not None and list(row[4:7]) == fix[:3]
