import pytest

from server.start import StartError, bind, lock_data_dir


def test_a_port_that_is_taken_is_named_in_one_sentence():
    first = bind("127.0.0.1", 0)
    first.listen()
    port = first.getsockname()[1]
    with first, pytest.raises(StartError, match=rf"port {port}.*--port"):
        bind("127.0.0.1", port)


def test_two_servers_never_share_a_data_dir(tmp_path):
    with lock_data_dir(tmp_path / "data"), pytest.raises(StartError, match=r"process \d+.*--data-dir"):
        lock_data_dir(tmp_path / "data")
    lock_data_dir(tmp_path / "data").close()
