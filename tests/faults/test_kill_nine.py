"""Kill real processes while couriers stream: what was acknowledged is there, once. Long run: bench.faults."""

import sqlite3

import pytest

from bench.faults.ledger import Ledger
from bench.faults.rounds import Params, run


@pytest.mark.slow
@pytest.mark.redis
@pytest.mark.timeout(240)
async def test_nothing_acknowledged_is_lost_or_doubled_by_kill_9(tmp_path):
    result = await run(Params(rounds=3, couriers=40, seed=7), tmp_path, print)

    assert {done.victim for done in result.rounds} >= {"server", "redis"}
    assert result.verdict.acknowledged > 100
    assert result.verdict.orders_accepted > 0
    assert result.verdict.refused == 0
    assert result.verdict.is_clean(), result.verdict


@pytest.fixture
def record(tmp_path):
    path = tmp_path / "relevo.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE track_points (courier_id, device, seq, idx, fix_at_ms, lon, lat)")
    db.execute("CREATE TABLE orders (id, doc)")
    yield path, db
    db.close()


def ledger() -> Ledger:
    book = Ledger()
    book.sent = {("c", "d", 1): [[1000, -99.1, 19.4, 5.0]], ("c", "d", 2): [[2000, -99.1, 19.4, 5.0]]}
    book.acknowledged = {("c", "d", 1)}
    book.accepted_orders = {"ref-1": "o_1"}
    return book


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([("c", "d", 1, 0, 1000, -99.1, 19.4)], {}),
        ([("c", "d", 1, 0, 1000, -99.1, 19.4), ("c", "d", 2, 0, 2000, -99.1, 19.4)], {}),
        ([], {"lost": 1}),
        ([("c", "d", 1, 0, 1000, -99.1, 19.4)] * 2, {"doubled": 1}),
        ([("c", "d", 1, 0, 1001, -99.1, 19.4)], {"altered": 1}),
        ([("c", "d", 1, 0, 1000, -99.1, 19.4), ("c", "d", 3, 0, 1, 0, 0)], {"stray": 1}),
    ],
)
def test_the_judge_sees_each_broken_promise_about_pings(record, rows, found):
    path, db = record
    db.execute("INSERT INTO orders VALUES ('o_1', '{\"ref\": \"ref-1\"}')")
    db.executemany("INSERT INTO track_points VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    db.commit()

    verdict = ledger().judge(path)

    seen = {name: getattr(verdict, name) for name in ("lost", "doubled", "altered", "stray")}
    assert {name: count for name, count in seen.items() if count} == found
    assert verdict.is_clean() == (not found)


def test_the_judge_sees_lost_and_doubled_orders(record):
    path, db = record
    db.executemany("INSERT INTO orders VALUES (?, ?)", [("o_2", '{"ref": "r"}'), ("o_3", '{"ref": "r"}')])
    db.commit()

    verdict = ledger().judge(path)

    assert (verdict.orders_lost, verdict.orders_doubled) == (1, 1)
