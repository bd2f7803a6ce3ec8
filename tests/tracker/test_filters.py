import math

import pytest
from rides import ANA, HOME, START_MS, World, courier, fix

from domain.courier import ShiftState
from domain.geo import distance_m, moved
from domain.ids import DeviceId
from domain.ports import PingBatch
from domain.position import Fix
from tracker.ingest.claim import Result
from tracker.ingest.filters import screen
from tracker.memory import moment_of, unpacked


@pytest.mark.parametrize(
    ("claim", "result"),
    [
        (Fix(START_MS, -99.1, 19.4), Result.ACCEPTED),
        (Fix(START_MS), Result.HEARTBEAT),
        (Fix(START_MS, -99.1, None), Result.HEARTBEAT),
        (Fix(START_MS, 0.0, 0.0), Result.OUT_OF_RANGE),
        (Fix(START_MS, -99.1, 91.0), Result.OUT_OF_RANGE),
        (Fix(START_MS, -180.1, 19.4), Result.OUT_OF_RANGE),
        (Fix(START_MS, math.nan, 19.4), Result.OUT_OF_RANGE),
        (Fix(START_MS, -99.1, math.inf), Result.OUT_OF_RANGE),
        (Fix(0, -99.1, 19.4), Result.OUT_OF_RANGE),
        (Fix(-5, -99.1, 19.4), Result.OUT_OF_RANGE),
        (Fix(START_MS + 60_000, -99.1, 19.4), Result.ACCEPTED),
        (Fix(START_MS + 60_001, -99.1, 19.4), Result.FUTURE),
        (Fix(4_102_444_800_000, -99.1, 19.4), Result.FUTURE),
    ],
)
def test_a_fix_is_screened_by_itself(claim, result):
    assert screen(claim, START_MS, 60_000) is result


def test_a_good_fix_is_accepted_tracked_and_live():
    done = World().send(fix(0, 0, 0))
    assert done.counts == {"accepted": 1}
    assert done.points[0].live
    assert done.position is not None
    assert done.rejected() == {}


def test_a_heartbeat_is_contact_but_no_place():
    world = World()
    done = world.send(Fix(START_MS))
    assert (done.counts, done.points, done.position) == ({"heartbeat": 1}, (), None)
    assert world.state.contact_ms == START_MS + 500


def test_the_same_fix_twice_is_a_duplicate_even_in_another_frame():
    world = World()
    world.send(fix(0, 0, 0))
    done = world.send(fix(0, 0, 0), fix(0, 0, 0))
    assert done.counts == {"duplicate": 2}
    assert done.points == ()


def test_the_same_place_and_time_from_two_phones_is_no_duplicate():
    world = World()
    world.send(fix(0, 0, 0))
    assert world.send(fix(0, 0, 0), device=DeviceId("other")).counts == {"accepted": 1}


def test_an_impossible_jump_is_refused_and_the_live_position_stays():
    world = World()
    world.send(fix(0, 0, 0))
    done = world.send(fix(5, 900, 0, 10))
    assert done.rejected() == {"impossible_speed": 1}
    assert done.points == ()
    assert world.state.live.fix_at_ms == START_MS


def test_a_cold_start_jump_does_not_lock_the_courier_out():
    world = World()
    world.send(fix(0, 270, 0, 10))
    results = [dict(world.send(fix(5 * n, 0, 0, 10)).counts) for n in range(1, 12)]
    assert results[0] == {"impossible_speed": 1}
    assert results[-1] == {"accepted": 1}
    assert distance_m(world.state.live.at, HOME) < 15


def test_after_enough_refusals_that_agree_a_wrong_belief_is_given_up():
    world = World()
    world.send(fix(0, 0, 0))
    results = [world.send(fix(n, 9_000 + n, 0)).counts for n in range(1, 9)]
    assert all(counts == {"impossible_speed": 1} for counts in results[:7])
    assert results[7] == {"accepted": 1}
    assert distance_m(world.state.live.at, moved(HOME, 9_008, 0)) < 1


def test_refusals_that_disagree_with_one_another_do_not_open_the_hatch():
    world = World()
    world.send(fix(0, 0, 0))
    for n in range(1, 20):
        assert world.send(fix(n, 9_000 * (-1) ** n, 0)).counts == {"impossible_speed": 1}


def test_a_vague_fix_enters_the_track_but_is_not_live():
    world = World()
    world.send(fix(0, 0, 0))
    done = world.send(fix(5, 20, 0, 66))
    assert done.rejected() == {"vague": 1}
    assert [point.live for point in done.points] == [False]
    assert done.position is None


def test_a_phone_that_is_always_vague_is_believed_after_a_minute():
    world = World()
    results = [world.send(fix(10 * n, 0, 0, 150)).counts for n in range(8)]
    assert results[0] == {"vague": 1}
    assert {"accepted": 1} in results


def test_a_fix_too_old_for_the_map_goes_to_the_track_only():
    world = World()
    done = world.send_at(START_MS + 301_000, fix(0, 0, 0))
    assert done.rejected() == {"too_old": 1}
    assert [point.live for point in done.points] == [False]
    assert done.position is None


def test_a_fix_older_than_the_live_position_never_moves_it_back():
    world = World()
    world.send(fix(100, 500, 0))
    done = world.send(fix(60, 300, 0))
    assert done.counts == {"accepted": 1}
    assert [point.live for point in done.points] == [False]
    assert done.position is None
    assert world.state.live.fix_at_ms == START_MS + 100_000


def test_a_fix_out_of_the_reorder_window_is_late():
    world = World()
    world.send(fix(300, 500, 0))
    assert world.send(fix(100, 300, 0)).rejected() == {"late": 1}


def test_off_shift_nothing_is_kept_but_what_belongs_to_a_past_shift():
    world = World()
    world.state.change(courier(ShiftState.OFF), START_MS + 600_000)
    done = world.send(fix(590, 0, 0), fix(650, 50, 0))
    assert done.rejected() == {"off_shift": 1}
    assert [point.fix_at_ms for point in done.points] == [START_MS + 590_000]
    assert done.position is None


def test_what_a_phone_without_network_kept_of_a_break_is_not_taken_when_the_break_is_over():
    world = World()
    world.state.change(courier(ShiftState.BREAK), START_MS + 600_000)
    world.state.change(courier(ShiftState.ON), START_MS + 1_200_000)
    done = world.send(fix(590, 0, 0), fix(700, 9, 0), fix(1_190, 9, 9), fix(1_210, 50, 0))
    assert done.rejected()["off_shift"] == 2
    assert [point.fix_at_ms - START_MS for point in done.points] == [590_000, 1_210_000]


def test_unknown_values_of_a_phone_are_not_taken_for_figures():
    done = World().send(Fix(START_MS, -99.17, 19.41, 0.0, -1.0, -1.0, -1.0), delay_s=1)
    assert done.counts == {"accepted": 1}
    assert done.position.speed_mps is None
    assert done.position.battery_pct is None
    assert done.position.accuracy_m > 10


def test_what_is_not_finite_never_reaches_the_track():
    done = World().send(Fix(START_MS, -99.17, 19.41, math.nan, math.inf, math.nan, math.nan))
    point = done.points[0]
    assert (point.accuracy_m, point.speed_mps, point.heading_deg, point.battery_pct) == (None,) * 4


def test_malformed_fixes_are_counted_by_the_frame():
    world = World()
    batch = PingBatch(
        fleet=world.pipeline.fleet,
        courier_id=world.state.courier.id,
        device=DeviceId("p"),
        seq=1,
        fixes=(fix(0, 0, 0),),
        indexes=(2,),
        received_at_ms=START_MS,
        malformed=2,
    )
    done = world.pipeline.process(batch, START_MS)
    assert done.rejected() == {"malformed": 2}
    assert done.points[0].index == 2


def test_an_honest_phone_is_believed_though_the_filter_did_not_expect_it_to_ride_off():
    """After a long stand the belief follows a rider slowly; that is the filter's error, not the phone's."""
    world = World()
    for fifth in range(-50, 1):
        world.send(fix(fifth / 5, 0, 0, 5.0))
    for at_s in (0.35, 2.15, 2.65, 2.85, 3.05, 3.55):
        assert world.send(fix(at_s, 0, 10.0 * at_s, 5.0)).counts == {"accepted": 1}, at_s


def test_a_restart_keeps_what_the_phone_itself_claimed_last():
    world = World()
    world.send_each([fix(0, 0, 0), fix(1, 30, 0), fix(2, 30, 0)])
    belief = world.state.timeline.newest.belief
    assert belief.claimed[:2] != (belief.x, belief.y)

    again = unpacked(world.pipeline.memory(ANA, world.now_ms))

    ground = world.state.timeline.ground.belief
    assert again is not None
    assert moment_of(again.ground).belief.claimed == ground.claimed
