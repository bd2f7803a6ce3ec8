"""What phones and shops were told, and whether the record keeps it."""

from collections import Counter
from collections.abc import Mapping

import msgspec
from sqlalchemy import text

from storage.sql.database import Database

Frame = tuple[str, str, int]
"""Courier, device and number of a frame."""
Fix = list[float]
KEPT = frozenset({"late", "too_old", "vague"})
"""Reasons in ``rejected`` frames whose fixes are in the track all the same."""
Point = tuple[str, str, int, int, int, float, float]
"""Courier, device, seq, index, fix_at_ms, lon and lat of an archived fix."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the record holds against what was promised; all but the counts of what was done must be zero.

    Attributes:
        refused: fixes that phones were told are not believed; these phones are honest.
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
        broken = self.refused + self.lost + self.doubled + self.altered + self.stray
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
        self.refused: dict[Frame, Mapping[str, int]] = {}
        self.accepted_orders: dict[str, str] = {}
        self.errors: Counter[str] = Counter()

    def refuse(self, frame: Frame, counts: Mapping[str, int]) -> None:
        """Note what a phone was told of fixes that were not believed; told twice counts once."""
        self.refused[frame] = counts

    def refusals(self) -> Counter[str]:
        """Return how many fixes phones were told are not believed, by reason."""
        return sum(map(Counter, self.refused.values()), Counter[str]())

    def fixes_acknowledged(self) -> int:
        """Return how many fixes phones were told are safe."""
        return sum(len(self.sent[frame]) for frame in self.acknowledged)

    def judge(self, record: Record) -> Verdict:
        """Compare with the record of a stopped server."""
        rows = record.points
        copies = Counter(row[:4] for row in rows)
        missing = Counter(
            frame
            for frame in self.acknowledged
            for index in range(len(self.sent[frame]))
            if (*frame, index) not in copies
        )
        return Verdict(
            acknowledged=self.fixes_acknowledged(),
            archived=len(rows),
            refused=self.refusals().total(),
            lost=sum(max(0, count - self._left_out(frame)) for frame, count in missing.items()),
            doubled=sum(count - 1 for count in copies.values()),
            altered=sum(self._sent(row) is not None and not _same(row, self._sent(row)) for row in rows),
            stray=sum(self._sent(row) is None for row in rows),
            orders_accepted=len(self.accepted_orders),
            orders_lost=len(set(self.accepted_orders.values()) - set(record.orders)),
            orders_doubled=len(record.orders) - len(set(record.orders.values())),
        )

    def _left_out(self, frame: Frame) -> int:
        """Return how many fixes of a frame the phone was told will not be in the track."""
        told = self.refused.get(frame, {})
        return sum(count for reason, count in told.items() if reason not in KEPT)

    def _sent(self, row: Point) -> Fix | None:
        fixes = self.sent.get((row[0], row[1], row[2]), [])
        return fixes[row[3]] if row[3] < len(fixes) else None


def _same(row: Point, fix: Fix | None) -> bool:
    return fix is not None and list(row[4:7]) == fix[:3]
