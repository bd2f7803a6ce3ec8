"""What is logged holds no secrets, whoever logs it."""

import logging

import pytest
import structlog

from server.logs import set_up_logs

TOKEN = "rlv_" + "Ab-9_" * 8 + "xyz"


@pytest.fixture
def restored():
    root = logging.getLogger()
    handlers, level, config = root.handlers[:], root.level, structlog.get_config()
    yield
    structlog.configure(**config)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_token_in_an_address_that_a_library_quotes_is_hidden(restored, capsys, log_format):
    set_up_logs(log_format, "info")
    try:
        int(f"/in/o/{TOKEN}?id=r")
    except ValueError:
        logging.getLogger("aiohttp.server").exception("cannot read /in/o/%s", TOKEN)
    line = capsys.readouterr().err
    assert "cannot read /in/o/rlv_***" in line
    assert TOKEN[4:] not in line
    assert "ValueError" in line
