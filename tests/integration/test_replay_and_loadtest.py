"""``relevo replay`` and ``python -m loadtest`` as a user runs them, small."""

import csv
import json
import subprocess
import sys

import pytest

from tests.relevo_process import ROOT, RelevoProcess

SPEED = 60
ORDERS = [
    "order_id",
    "pick_up_lat",
    "pick_up_lng",
    "drop_off_lat",
    "drop_off_lng",
    "placement_time",
    "preparation_time",
    "ready_time",
    "expected_drop_off_time",
]
COURIERS = ["courier_id", "vehicle", "on_lat", "on_lng", "on_time", "off_time"]


def write_day(folder):
    """Six orders within ten minutes, one bad row, four couriers of four kinds."""
    orders = []
    for k in range(6):
        times = [f"12:{2 * k + late:02d}:00" for late in (0, 0, 5, 35)]
        orders.append([k, 4.80 + 0.001 * k, -75.70, 4.802 + 0.001 * k, -75.702, *times])
    orders.append([99, "north", -75.70, 4.8, -75.7, "12:00:00", "12:00:00", "12:00:00", "12:30:00"])
    vehicles = ("motorcycle", "bicycle", "car", "walking")
    couriers = [
        [k, vehicle, 4.80 + 0.002 * k, -75.701, "10:00:00", "13:30:00"] for k, vehicle in enumerate(vehicles)
    ]
    for name, header, rows in (("orders", ORDERS, orders), ("couriers", COURIERS, couriers)):
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])


def replay(server, folder, speed):
    command = [sys.executable, "-m", "server.cli", "replay", "--url", server.url, "--speed", str(speed)]
    command += ["--orders", str(folder / "orders.csv"), "--couriers", str(folder / "couriers.csv")]
    command += ["--data-dir", str(server.data_dir), "--json", str(folder / "report.json")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)


@pytest.fixture(scope="module")
def fast_server(tmp_path_factory):
    process = RelevoProcess(tmp_path_factory.mktemp("day") / "data", "--time-scale", str(SPEED)).start()
    yield process
    assert process.stop() == 0


@pytest.mark.slow
def test_a_small_day_is_played_to_its_end(fast_server, tmp_path):
    write_day(tmp_path)
    done = replay(fast_server, tmp_path, SPEED)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "orders.csv line 8: pick_up_lat 'north' is not a number; row skipped" in done.stderr
    assert "delivered / late / unserved" in done.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    metrics = report["metrics"]
    assert (metrics["orders"], metrics["orders_delivered"], metrics["orders_lost"]) == (6, 6, 0)
    assert 8 < metrics["click_to_door_mean_min"] < 45
    assert metrics["pings_sent"] == metrics["pings_acknowledged"] > 100
    assert 0.9 <= metrics["arrivals_per_delivered_stop"] <= 1.1
    assert metrics["frames_missed"] == 0
    assert report["detail"]["ended"] is True


def test_a_speed_that_is_not_the_servers_is_refused_with_what_to_do(fast_server, tmp_path):
    write_day(tmp_path)
    done = replay(fast_server, tmp_path, 30)
    assert done.returncode == 2
    assert "relevo serve --time-scale 30" in done.stderr


@pytest.mark.slow
def test_a_missed_threshold_fails_the_load_test_and_the_report_is_written(tmp_path):
    report = tmp_path / "report.html"
    command = [sys.executable, "-m", "loadtest", "--minutes", "0.4", "--couriers", "5", "--dispatchers", "1"]
    command += ["--customers", "1", "--shops", "1", "--ack-p99-ms", "0.01", "--html", str(report)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "threshold missed: ping to ack: p99" in done.stdout + done.stderr
    assert "ping to ack" in report.read_text()
