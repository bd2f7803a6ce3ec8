import re

import pytest
from whatif_days import a_day, a_rider, an_order

from domain.courier import Vehicle
from whatif.chance import Dice
from whatif.changes import changed_day, changed_settings
from whatif.day import SimDay
from whatif.variants import Variant, VariantError, read_hours, read_variant
from whatif.words import in_words

DICE = Dice(1)


def applied(text, day=None):
    return changed_day(day or a_day(), read_variant(text), DICE)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("riders+3@13:00-15:00", "3 more riders 13-15 h"),
        ("riders-1@13:30-15", "1 fewer rider 13:30-15 h"),
        ("riders+2:cargo_bike@12-14", "2 more riders (cargo bike) 12-14 h"),
        ("riders*0.5", "50% of the riders"),
        ("demand*1.2", "20% more orders"),
        ("demand*0.8@12-14", "20% fewer orders 12-14 h"),
        ("fairness=strong", "fairness strong"),
        ("riders+1@13-15, offers=one_at_a_time", "1 more rider 13-15 h and offers one at a time"),
    ],
)
def test_a_change_is_read_and_said_in_words(text, words):
    assert in_words(read_variant(text)) == words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing is changed"),
        ("rider+3", "cannot read 'rider+3'; expected for example: riders+3@13:00-15:00"),
        ("riders+0", "riders come whole, 1 to 500"),
        ("riders+2.5", "riders come whole"),
        ("riders+1e9", "cannot read"),
        ("riders+3@15", "hours look like 13:00-15:00 or 13-15, not '15'"),
        ("riders+3@15-15", "hours look like"),
        ("riders+3@25-26", "hours look like"),
        ("riders+3:tandem", "'tandem' in 'riders+3:tandem' is not one of walking, bicycle"),
        ("riders*2@12-14", "multiplied for the whole day, or added within hours"),
        ("demand+3", "demand is multiplied, for example demand*1.2"),
        ("demand*0", "a factor is above 0 and at most 10"),
        ("demand*1.2.3", "'1.2.3' in 'demand*1.2.3' is not a number"),
        ("demand*2:car", "demand has no vehicle"),
        ("fairnes=strong", "there is no setting 'fairnes'; did you mean fairness"),
        ("fairness=huge", "expected one of off, light, medium, strong"),
        ("offers=brodcast", "expected one of one_at_a_time, broadcast, automatic"),
        ("offer_expiry_s=soon", "offer_expiry_s=soon"),
        ("offer_expiry_s=1", "offer_expiry_s=1"),
        ("commit_s=-5", "must not be negative"),
        ("commit_s=inf", "must be finite"),
        ("planner=1", "there is no setting 'planner'"),
    ],
)
def test_a_bad_change_says_what_was_expected(text, said):
    with pytest.raises(VariantError, match=re.escape(said)):
        read_variant(text)


def test_hours_may_cross_midnight():
    assert read_hours("22-2") == (79_200, 93_600)


def test_added_riders_work_the_hours_asked_for_from_places_where_orders_are_fetched():
    day = applied("riders+2:motorcycle@13-15")
    new = day.riders[3:]
    assert [rider.shifts for rider in new] == [((46_800, 54_000),)] * 2
    assert {rider.vehicle for rider in new} == {Vehicle.MOTORCYCLE}
    assert {rider.at for rider in new} <= {order.pickup for order in day.orders}


def test_added_riders_ride_what_most_ride():
    day = SimDay(orders=(an_order(1),), riders=(a_rider(1), a_rider(2, vehicle=Vehicle.CAR), a_rider(3)))
    assert applied("riders+1@13-15", day).riders[-1].vehicle == Vehicle.BICYCLE


def test_riders_taken_away_within_hours_work_before_and_after():
    day = applied("riders-1@11-12")
    shifts = sorted(rider.shifts for rider in day.riders)
    assert shifts == sorted([((36_000, 39_600), (43_200, 50_400)), *[((36_000, 50_400),)] * 2])


def test_more_riders_cannot_be_taken_away_than_work_then():
    with pytest.raises(VariantError, match="only 3 riders work then"):
        applied("riders-4@11-12")


def test_whoever_is_left_out_of_a_smaller_crew_is_also_left_out_of_a_still_smaller_one():
    day = a_day(riders=10)
    half, third = ({rider.id for rider in applied(text, day).riders} for text in ("riders*0.5", "riders*0.3"))
    assert (len(half), len(third)) == (5, 3)
    assert third < half


def test_twice_the_riders_are_told_apart():
    assert len({rider.id for rider in applied("riders*2").riders}) == 6


def test_more_demand_copies_orders_within_the_hours_and_keeps_all_others():
    day = a_day(orders=40, gap_s=240)
    more = applied("demand*1.5@11-12", day)
    hour = [order for order in day.orders if 39_600 <= order.placed_s < 43_200]
    again = [order for order in more.orders if 39_600 <= order.placed_s < 43_200]
    assert len(again) == round(1.5 * len(hour))
    assert {order.id for order in day.orders} <= {order.id for order in more.orders}
    assert len({order.id for order in more.orders}) == len(more.orders)


def test_demand_of_a_tenth_leaves_a_tenth_and_none_at_all_is_refused():
    assert len(applied("demand*0.1", a_day(orders=40)).orders) == 4
    with pytest.raises(VariantError, match="leaves no order"):
        applied("demand*0.001")


def test_settings_go_to_whom_they_belong():
    variant = read_variant("fairness=strong, commit_s=60, bundle_max=1")
    chosen, dispatch = changed_settings(variant)
    assert chosen == {"fairness": "strong"}
    assert (dispatch.commit_s, dispatch.planner.bundle_max) == (60.0, 1)


def test_the_hours_of_a_variant_are_those_of_its_changes():
    assert read_variant("riders+1@13-15, demand*1.2@12-14").hours() == (43_200, 54_000)
    assert read_variant("riders+1@13-15, fairness=strong").hours() is None
    assert read_variant("riders+1@13-15, demand*1.2").hours() is None
    assert Variant(name="").hours() is None
