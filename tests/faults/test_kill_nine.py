"""Kill real processes while couriers stream: what was acknowledged is there, once. Long run: bench.faults."""

import pytest

from bench.faults.ledger import Ledger, Record
from bench.faults.rounds import Params, run
from tests.servers import postgres_cluster


@pytest.mark.slow
@pytest.mark.redis
@pytest.mark.timeout(240)
async def test_nothing_acknowledged_is_lost_or_doubled_by_kill_9(tmp_path):
    params = Params(rounds=3, couriers=40, seed=7, victims={"server": 1, "redis": 1, "server and redis": 1})

    result = await run(params, tmp_path, print)

    assert {done.victim for done in result.rounds} >= {"server", "redis"}
    assert result.verdict.acknowledged > 100
    assert result.verdict.orders_accepted > 0
    assert result.verdict.refused == 0
    assert result.verdict.is_clean(), result.verdict


@pytest.mark.slow
@pytest.mark.redis
@pytest.mark.timeout(400)
async def test_every_stop_visited_across_kills_has_one_arrival_and_one_exit(tmp_path):
    victims = {"server": 1, "redis": 1, "server and redis": 1}
    params = Params(rounds=6, couriers=12, seed=11, errands=12, pause_s=(4.0, 8.0), victims=victims)

    result = await run(params, tmp_path, print)

    assert result.findings.errands == 12
    assert result.findings.is_clean(), result.findings
    assert result.verdict.is_clean(), result.verdict


@pytest.mark.slow
@pytest.mark.redis
@pytest.mark.timeout(240)
async def test_a_tick_written_twice_because_its_reply_was_lost_is_archived_once(tmp_path):
    params = Params(rounds=1, couriers=20, period_s=0.5, seed=1, victims={"redis frozen": 1})

    result = await run(params, tmp_path, print)

    assert result.verdict.is_clean(), result.verdict


@pytest.mark.slow
@pytest.mark.redis
@pytest.mark.postgres
@pytest.mark.timeout(240)
async def test_nothing_is_lost_when_postgresql_is_killed(tmp_path):
    params = Params(rounds=2, couriers=20, seed=3, victims={"postgres": 1})

    with postgres_cluster() as postgres:
        result = await run(params, tmp_path, print, postgres)

    assert result.verdict.orders_accepted > 0
    assert result.verdict.is_clean(), result.verdict


def ledger() -> Ledger:
    book = Ledger()
    book.sent = {("c", "d", 1): [[1000, -99.1, 19.4, 5.0]], ("c", "d", 2): [[2000, -99.1, 19.4, 5.0]]}
    book.acknowledged = {("c", "d", 1)}
    book.accepted_orders = {"ref-1": "o_1"}
    return book


ONE = ("c", "d", 1, 0, 1000, -99.1, 19.4)
TWO = ("c", "d", 2, 0, 2000, -99.1, 19.4)


@pytest.mark.parametrize(
    ("points", "found"),
    [
        ([ONE], {}),
        ([ONE, TWO], {}),
        ([], {"lost": 1}),
        ([ONE, ONE], {"doubled": 1}),
        ([(*ONE[:4], 1001, *ONE[5:])], {"altered": 1}),
        ([ONE, ("c", "d", 3, 0, 1, 0.0, 0.0)], {"stray": 1}),
    ],
)
def test_the_judge_sees_each_broken_promise_about_pings(points, found):
    verdict = ledger().judge(Record(points, {"o_1": "ref-1"}))

    seen = {name: getattr(verdict, name) for name in ("lost", "doubled", "altered", "stray")}
    assert {name: count for name, count in seen.items() if count} == found
    assert verdict.is_clean() == (not found)


def test_the_judge_sees_lost_and_doubled_orders():
    verdict = ledger().judge(Record([ONE], {"o_2": "r", "o_3": "r"}))

    assert (verdict.orders_lost, verdict.orders_doubled) == (1, 1)
