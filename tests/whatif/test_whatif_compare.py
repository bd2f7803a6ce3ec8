import msgspec
import pytest
from whatif_days import FIGURES

from domain.evenness import gini
from whatif.compare import difference, estimate, level, measure, wait_within
from whatif.figures import Wait
from whatif.variants import Variant, read_variant
from whatif.words import sentence, table


def days(values, **more):
    return {
        seed: msgspec.structs.replace(FIGURES, click_to_door_min=value, **more)
        for seed, value in enumerate(values, start=1)
    }


def test_an_interval_is_students():
    value = estimate([1.0, 2.0, 3.0, 4.0])
    assert value.mean == 2.5
    assert value.half == pytest.approx(3.1824463 * 1.2909944 / 2, rel=1e-6)


def test_one_seed_has_no_interval_and_none_has_no_mean():
    assert estimate([2.0]).half is None
    assert not estimate([2.0]).beyond_chance()
    assert estimate([]) is None


def test_what_both_days_have_in_common_cancels_out():
    base, other = days([20.0, 30.0, 40.0]), days([18.9, 29.0, 38.9])
    apart = level(other, measure("click_to_door_min")).half
    gap = difference(base, other, measure("click_to_door_min"))
    assert gap.beyond_chance()
    assert gap.half < apart / 50


def test_only_seeds_that_both_finished_are_compared():
    gap = difference(days([20.0, 30.0]), days([19.0]), measure("click_to_door_min"))
    assert (gap.mean, gap.seeds) == (-1.0, 1)


def test_waiting_within_hours_leaves_out_other_orders():
    figures = msgspec.structs.replace(FIGURES, waits=[Wait(46_800, 20.0), Wait(60_000, 90.0)])
    assert wait_within((46_800, 54_000))(figures) == 20.0
    assert wait_within((0, 1))(figures) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1, 1, 1, 1], 0.0), ([0, 0, 0, 1], 0.75), ([1, 2, 3], 2 / 9), ([], None), ([0.0, 0.0], None)],
)
def test_gini(values, expected):
    assert gini(values) == (None if expected is None else pytest.approx(expected))


def test_the_last_line_says_what_customers_gain_and_what_it_takes():
    variant = read_variant("riders+3@13-15")
    waits = [Wait(46_800 + i, 30.0) for i in range(60)]
    base = {s: msgspec.structs.replace(FIGURES, waits=waits) for s in (1, 2, 3)}
    mine = {
        s: msgspec.structs.replace(
            FIGURES, rider_hours=26.0, waits=[Wait(w.placed_s, 26.0 + s / 10) for w in waits]
        )
        for s in (1, 2, 3)
    }
    assert sentence(variant, base, mine) == (
        "3 more riders 13-15 h: customers who order in these hours wait 3.8 min less (±0.2); takes 6 rider "
        "hours, worth about 38 min of customers' waiting per rider hour."
    )


def test_what_could_be_chance_is_called_so():
    line = sentence(read_variant("fairness=strong"), days([30.0, 30.0, 30.0]), days([29.0, 31.0, 30.2]))
    assert "no difference for customers beyond chance" in line


def test_one_seed_is_not_oversold():
    assert "on one seed, which says little" in sentence(read_variant("demand*2"), days([30.0]), days([35.0]))


def test_the_table_shows_level_difference_and_whether_it_is_sure():
    variants = [Variant(name=""), read_variant("fairness=strong")]
    text = table(variants, [days([30.0, 31.0, 32.0]), days([29.0, 30.01, 31.0])])
    line = next(line for line in text.splitlines() if line.startswith("click-to-door, mean"))
    assert line.split()[3:] == ["31.00", "±2.48", "30.00", "±2.48", "-1.00", "±0.01", "sure"]


def test_a_table_without_variants_is_the_day_as_it_was():
    assert "with change" not in table([Variant(name="")], [days([30.0, 31.0])])
