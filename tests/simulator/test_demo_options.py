import socket

import pytest

from simulator.demo import run_demo


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"couriers": 0}, "--couriers must be between 1 and 300"),
        ({"couriers": 301}, "--couriers must be between 1 and 300"),
        ({"speed": 0.0}, "--speed must be between"),
        ({"speed": float("nan")}, "--speed must be between"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, says):
    said = []
    assert run_demo(**options, say=said.append) == 2
    assert says in said[0]


def test_a_port_in_use_is_named_before_anything_starts(tmp_path):
    said = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run_demo(port=port, data_dir=tmp_path / "none", say=said.append) == 1
    assert f"port {port} is in use" in said[0]
    assert not (tmp_path / "none").exists()
