"""What phones and shops were told, and whether the record keeps it."""

from collections import Counter

import msgspec
from sqlalchemy import text

from storage.sql.database import Database

Frame = tuple[str, str, int]
"""Courier, device and number of a frame."""
Fix = list[float]
Point = tuple[str, str, int, int, int, float, float]
"""Courier, device, seq, index, fix_at_ms, lon and lat of an archived fix."""


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


class Record(msgspec.Struct, frozen=True):
    """What the database holds.

    Attributes:
        points: every archived fix.
        orders: the shop's reference by order id.
    """

    points: list[Point]
    orders: dict[str, str | None]


async def read_record(database_url: str) -> Record:
    """Read the record of a server that has ended."""
    database = Database(database_url)
    columns = "courier_id, device, seq, idx, fix_at_ms, lon, lat"
    async with database.read() as db:
        points = [tuple(row) for row in await db.execute(text(f"SELECT {columns} FROM track_points"))]
        docs = (await db.scalars(text("SELECT doc FROM orders"))).all()
    await database.close()
    orders = [msgspec.json.decode(doc) for doc in docs]
    return Record(points, {order["id"]: order["ref"] for order in orders})


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

    def judge(self, record: Record) -> Verdict:
        """Compare with the record of a stopped server."""
        rows = record.points
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
            orders_lost=len(set(self.accepted_orders.values()) - set(record.orders)),
            orders_doubled=len(record.orders) - len(set(record.orders.values())),
        )

    def _sent(self, row: Point) -> Fix | None:
        fixes = self.sent.get((row[0], row[1], row[2]), [])
        return fixes[row[3]] if row[3] < len(fixes) else None


def _same(row: Point, fix: Fix | None) -> bool:
    return fix is not None and list(row[4:7]) == fix[:3]
