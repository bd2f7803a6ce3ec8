"""The real process: ready, stores of its own or of others, a clean end."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.relevo_process import ROOT, RelevoProcess
from tests.servers import postgres_cluster, redis_server

FLEET = ("fleet", "add", "condesa", "--name", "C", "--lon", "-99.17", "--lat", "19.41", "--tz", "UTC")


def work_through(server: RelevoProcess) -> str:
    """Make a fleet and an order on a running server; return the order's id."""
    server.admin(*FLEET)
    owner = server.admin("token", "create", "--role", "owner")["token"]
    body = {"pickup": {"lon": -99.168, "lat": 19.412}, "dropoff": {"lon": -99.162, "lat": 19.416}}
    status, _, order = server.call("POST", "/api/v1/orders", owner, body)
    assert status == 201, order
    return order["id"]


def test_sigterm_drains_and_ends_with_0_and_the_embedded_redis_ends_too(tmp_path):
    server = RelevoProcess(tmp_path / "data", "--workers", "0").start()
    work_through(server)
    status, _, health = server.call("GET", "/readyz")
    assert (status, health["status"]) == (200, "ok")
    assert server.stop() == 0
    assert not (tmp_path / "data" / "redis" / "redis.sock").exists()


def test_port_0_takes_a_free_one_and_says_which(tmp_path):
    command = [sys.executable, "-m", "server.cli", "serve", "--port", "0", "--workers", "0"]
    command += ["--data-dir", str(tmp_path / "data")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("ready "):
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        watchdog.cancel()
    assert "relevo user add" in "".join(lines)
    assert lines[-1].startswith("ready http://127.0.0.1:")
    assert int(lines[-1].rsplit(":", 1)[1]) > 0


@pytest.mark.redis
@pytest.mark.postgres
def test_redis_and_postgresql_of_others_are_used_and_left_running(tmp_path):
    with postgres_cluster() as postgres, redis_server("redis") as redis_url:
        env = {"DATABASE_URL": postgres.url, "REDIS_URL": redis_url}
        server = RelevoProcess(tmp_path / "data", "--workers", "0", env=env).start()
        order_id = work_through(server)
        server.kill()
        server.start()
        owner = server.admin("token", "create", "--role", "owner")["token"]
        status, _, order = server.call("GET", f"/api/v1/orders/{order_id}", owner)
        assert (status, order["id"]) == (200, order_id)
        assert server.stop() == 0
    assert not (tmp_path / "data" / "relevo.db").exists()
    assert not (tmp_path / "data" / "redis").exists()


@pytest.mark.postgres
@pytest.mark.slow
def test_a_database_that_goes_away_is_waited_for_and_nothing_accepted_is_lost(tmp_path):
    with postgres_cluster() as postgres:
        server = RelevoProcess(
            tmp_path / "data", "--workers", "0", env={"DATABASE_URL": postgres.url}
        ).start()
        order_id = work_through(server)
        owner = server.admin("token", "create", "--role", "owner")["token"]
        assert server.call("GET", "/api/v1/plan", owner)[0] == 200
        postgres.kill()
        time.sleep(12)  # longer than the desk's ten-second look at the record
        assert server.call("GET", "/livez")[0] == 200
        status, headers, problem = server.call("GET", "/api/v1/orders", owner)
        assert (status, problem["code"], headers["Retry-After"]) == (503, "record_unavailable", "1")
        assert server.call("GET", "/readyz")[0] == 503
        postgres.start()
        assert server.call("GET", f"/api/v1/orders/{order_id}", owner)[0] == 200
        assert server.call("GET", "/readyz")[0] == 200
        assert server.stop() == 0


def test_a_database_that_is_not_there_ends_the_start_with_one_sentence(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", "serve", "--port", "0", "--data-dir", str(tmp_path / "data")],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"postgresql://u:topsecret@/d?host={tmp_path}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "topsecret" not in done.stderr


def test_logs_are_json_when_asked_and_hold_no_token(tmp_path):
    env = {"RELEVO_LOG_FORMAT": "json", "RELEVO_LOG_LEVEL": "debug"}
    server = RelevoProcess(tmp_path / "data", "--workers", "0", env=env).start()
    work_through(server)
    server.call("GET", "/t/rlv_" + "x" * 43)
    server.call("GET", "/api/v1/orders", "rlv_" + "y" * 43)
    assert server.stop() == 0
    text = server.log_tail(10**6)
    lines = [line for line in text.splitlines() if line.startswith("{")]
    assert len(lines) > 3
    assert all(json.loads(line)["event"] for line in lines)
    assert "rlv_" not in text
