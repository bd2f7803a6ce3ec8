import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from whatif_days import a_day, a_rider, an_order

from whatif.chance import Dice, Nature
from whatif.day import SimDay
from whatif.runs import Job, play_all
from whatif.variants import Variant, read_variant
from whatif.virtual_time import VirtualClock, VirtualLoop
from whatif.world import DayPlan, play

SURE = Nature(
    rider_sd=0, ride_sd=0, counter_s=(60, 0), door_s=(60, 0), kitchen_s=(0, 0), reply_s=(5, 0),
    decline_share=0, ignore_share=0,
)  # fmt: skip


def test_a_virtual_hour_takes_no_time_and_wakes_in_order():
    woken = []

    async def sleeper(clock, seconds):
        await clock.sleep(seconds)
        woken.append((seconds, clock.now_ms()))

    async def both():
        clock = VirtualClock(1_000, scale=60.0)
        await asyncio.gather(sleeper(clock, 3600), sleeper(clock, 1800))

    begun = time.monotonic()
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(both())
    assert time.monotonic() - begun < 1.0
    assert woken == [(1800, 1_801_000), (3600, 3_601_000)]


def test_a_virtual_loop_with_nothing_to_wait_for_says_so():
    async def forever():
        await asyncio.get_running_loop().create_future()

    with pytest.raises(RuntimeError, match="nothing can happen any more"):
        VirtualLoop().run_until_complete(forever())


def test_luck_belongs_to_a_name_and_not_to_the_order_of_draws():
    one, other = Dice(7), Dice(7)
    other.normal("ride", "o_1")
    assert one.normal("door", "o_2") == other.normal("door", "o_2")
    assert one.share("x") != Dice(8).share("x")


def test_draws_follow_their_distribution():
    dice = Dice(3)
    draws = [dice.lognormal((100.0, 0.5), "n", i) for i in range(2000)]
    assert sorted(draws)[1000] == pytest.approx(100.0, rel=0.06)
    assert sum(dice.share("s", i) for i in range(2000)) / 2000 == pytest.approx(0.5, abs=0.02)


def test_every_order_of_a_quiet_day_is_delivered_and_the_figures_add_up():
    figures = play(DayPlan(day=a_day(), nature=SURE))
    assert (figures.orders, figures.delivered, figures.undelivered) == (12, 12, 0)
    assert 10 < figures.click_to_door_min < 25  # ten minutes until the goods are ready, then the ride
    assert figures.rider_hours == pytest.approx(3 * (36_600 + 11 * 240 - 36_000) / 3600, abs=2.0)
    assert 0 < figures.idle_pct < 100
    assert len(figures.waits) == 12


def test_the_same_seed_plays_the_same_day():
    plan = DayPlan(day=a_day(orders=8), seed=5)
    assert play(plan) == play(plan)
    assert play(msgspec.structs.replace(plan, seed=6)) != play(plan)


def test_nobody_at_work_leaves_orders_and_says_why():
    day = SimDay(orders=(an_order(1, 36_600),), riders=(a_rider(1, shifts=((20_000, 30_000),)),))
    figures = play(DayPlan(day=day, nature=SURE))
    assert (figures.delivered, figures.undelivered) == (0, 1)
    assert figures.reasons == {"no_courier_on_shift": 1}
    assert figures.click_to_door_min is None


def test_a_rider_with_two_shifts_works_both():
    shifts = ((36_000, 38_000), (44_000, 50_000))
    orders = (an_order(1, 36_300), an_order(2, 44_200))
    figures = play(DayPlan(day=SimDay(orders=orders, riders=(a_rider(1, shifts=shifts),)), nature=SURE))
    assert figures.delivered == 2


def test_more_work_for_the_same_riders_makes_customers_wait_longer():
    calm, rush = (play(DayPlan(day=a_day(orders=20, riders=1, gap_s=gap), nature=SURE)) for gap in (600, 60))
    assert rush.click_to_door_min > calm.click_to_door_min + 10
    assert rush.orders_per_rider_hour > calm.orders_per_rider_hour


def test_riders_who_always_decline_deliver_nothing():
    never = msgspec.structs.replace(SURE, decline_share=1.0)
    figures = play(DayPlan(day=a_day(orders=2, riders=1), nature=never))
    assert figures.delivered == 0
    assert figures.offers_declined >= 1
    assert figures.reasons == {"everyone_declined": 2}


def jobs(day, variants, seeds):
    base = Variant(name="")
    return [
        Job(day=day, base=base, variant=variant, number=number, seed=seed)
        for seed in seeds
        for number, variant in enumerate(variants)
    ]


@pytest.mark.slow
def test_days_in_processes_repeat_exactly():
    variants = [Variant(name="as it was"), read_variant("riders+2")]
    first, second = (play_all(jobs(a_day(), variants, (1, 2)), 2, print) for _ in range(2))
    assert first == second
    assert [sorted(days) for days in first.days] == [[1, 2], [1, 2]]


@pytest.mark.slow
def test_ctrl_c_leaves_what_was_finished_and_ends_every_process(tmp_path):
    orders = ["placed_at,ready_at,pickup.lon,pickup.lat,dropoff.lon,dropoff.lat"]
    orders += [f"10:{i % 60:02},10:{i % 60:02},-99.17,19.41,-99.16,19.42" for i in range(60)]
    (tmp_path / "orders.csv").write_text("\n".join(orders))
    command = [sys.executable, "-m", "server.cli", "simulate", str(tmp_path / "orders.csv")]
    command += ["--riders", "4@9-13", "--seeds", "200", "--jobs", "1", "--json", str(tmp_path / "out.json")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    time.sleep(25)  # long enough for a few days, far too short for all
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert "stopped: what follows is what was finished" in err
    assert "orders delivered" in out
    seeds = msgspec.json.decode((tmp_path / "out.json").read_bytes())["variants"][0]["seeds"]
    assert 0 < len(seeds) < 200


@pytest.mark.slow
def test_a_killed_parent_takes_its_processes_along(tmp_path):
    orders = ["placed_at,pickup.lon,pickup.lat,dropoff.lon,dropoff.lat"]
    orders += [f"10:{i % 60:02},-99.17,19.41,-99.16,19.42" for i in range(60)]
    (tmp_path / "orders.csv").write_text("\n".join(orders))
    command = [sys.executable, "-m", "server.cli", "simulate", str(tmp_path / "orders.csv")]
    process = subprocess.Popen([*command, "--riders", "4@9-13", "--seeds", "200", "--jobs", "1"])
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until = time.monotonic() + 30
    while len(pids := children.read_text().split()) < 2 and time.monotonic() < until:
        time.sleep(0.2)  # the pool's first process and multiprocessing's own tracker
    process.kill()
    process.wait()
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < until:
        time.sleep(0.2)
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
