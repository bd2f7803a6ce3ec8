import datetime as dt

import pytest

from simulator.ping_queue import Tally
from simulator.prometheus import Scrape, quantile
from simulator.replay_report import Evidence, OrderFacts, as_document, as_table, figure

NOW = 1_800_000_000_000

BEFORE = """
# HELP relevo_pings_total fixes
relevo_pings_total{fleet="a",result="accepted"} 10
relevo_pings_total{fleet="b",result="accepted"} 500
relevo_plan_seconds_bucket{le="0.01",phase="insert"} 4
relevo_plan_seconds_bucket{le="+Inf",phase="insert"} 4
"""
AFTER = """
relevo_pings_total{fleet="a",result="accepted"} 110
relevo_pings_total{fleet="a",result="duplicate"} 3
relevo_pings_total{fleet="b",result="accepted"} 900
relevo_plan_seconds_bucket{le="0.01",phase="insert"} 4
relevo_plan_seconds_bucket{le="0.02",phase="insert"} 104
relevo_plan_seconds_bucket{le="+Inf",phase="insert"} 104
relevo_plan_seconds_bucket{le="0.02",phase="improve"} 7
"""


def at(minutes):
    return dt.datetime.fromtimestamp(NOW / 1000 + minutes * 60, tz=dt.UTC).isoformat()


def order(number, status, delivered_min=None, reason=None):
    reached = {} if delivered_min is None else {"picked_up": at(10), "delivered": at(delivered_min)}
    return OrderFacts(
        id=f"o{number}",
        wanted_at_ms=NOW,
        ready_at_ms=NOW + 8 * 60_000,
        due_at_ms=NOW + 30 * 60_000,
        status=status,
        reached_at=reached,
        unassigned_reason=reason,
    )


def evidence():
    return Evidence(
        facts=[
            order(1, "delivered", 20),
            order(2, "delivered", 32),
            order(3, "delivered", 50),
            order(4, "placed", reason="no_courier_near"),
            order(5, None),
        ],
        refused=1,
        expected=6,
        tally=Tally(fixes_sent=120, fixes_acked=119, rejected={"late": 2}),
        offers={"made": 9, "accepted": 5, "declined": 1, "expired": 2},
        arrivals={"o1.pickup": 1, "o1.dropoff": 1, "o2.pickup": 2, "o3.dropoff": 1, "o4.pickup": 1},
        exits={},
        late_arrivals=0,
        viewer_gaps=0,
        ended=False,
        wall_s=120,
        fleet="a",
    )


def test_every_figure_of_the_report_follows_from_what_was_seen():
    f = figure(evidence(), Scrape(BEFORE), Scrape(AFTER))
    assert (f.orders, f.orders_placed, f.orders_delivered, f.orders_unserved, f.orders_lost) == (
        6,
        5,
        3,
        3,
        1,
    )
    assert (f.orders_late, f.orders_late_over_10_min) == (2, 1)
    assert f.click_to_door_mean_min == pytest.approx(34)
    assert f.click_to_door_p90_min == pytest.approx(50)
    assert f.ready_to_pickup_mean_min == pytest.approx(2)
    assert (f.pings_stored, f.pings_duplicated, f.pings_refused) == (100, 3, 2)
    assert f.arrivals_per_delivered_stop == pytest.approx(5 / 6, abs=0.001)
    assert f.delivered_stops_with_one_arrival_pct == pytest.approx(50)
    assert (f.offers_declined, f.offers_expired) == (1, 2)
    assert f.insert_p50_ms == pytest.approx(15)
    assert f.unserved_reasons == {"no_courier_near": 1, "lost": 1}


def test_the_table_and_the_document_carry_the_figures():
    f = figure(evidence(), Scrape(BEFORE), Scrape(AFTER))
    table = as_table(f)
    assert "delivered / late / unserved" in table
    assert "3 / 2 / 3" in table
    document = as_document(f, {"speed": 60})
    assert document["metrics"]["orders_delivered"] == 3
    assert all(isinstance(value, (int, float)) for value in document["metrics"].values())
    assert document["detail"]["ended"] is False


def test_nothing_observed_gives_no_figure_instead_of_zero():
    empty = evidence()
    empty.facts = []
    f = figure(empty, Scrape(), Scrape())
    assert f.click_to_door_mean_min is None
    assert f.insert_p50_ms is None
    assert "-" in as_table(f)


def test_quantiles_are_interpolated_within_a_bucket_and_stop_at_the_last_finite_bound():
    counts = {0.1: 50.0, 0.2: 100.0, float("inf"): 110.0}
    assert quantile(0.5, counts, {}) == pytest.approx(0.11)
    assert quantile(0.99, counts, {}) == 0.2
    assert quantile(0.5, counts, counts) is None
