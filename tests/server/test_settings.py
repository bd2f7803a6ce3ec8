"""Settings: every wrong one at once, secrets hidden, files read."""

import os
import subprocess
import sys

import pytest

from server.setting_specs import SPECS
from server.setting_values import Secret
from server.settings import Settings, SettingsError, load, unknown_names


def test_everything_wrong_is_reported_at_once():
    environ = {
        "RELEVO_PORT": "eighty",
        "RELEVO_TIME_SCALE": "nan",
        "REDIS_URL": "http://x",
        "RELEVO_SECRET": "short",
        "RELEVO_BASEMAP": "/no/such/file",
        "RELEVO_TRUST_PROXY": "perhaps",
    }
    with pytest.raises(SettingsError) as caught:
        load(environ, {"workers": "-1", "role": "gateway"})
    assert len(caught.value.problems) == 8
    for name in ("RELEVO_PORT", "RELEVO_TIME_SCALE", "REDIS_URL", "--workers", "--role"):
        assert any(problem.startswith(f"{name}:") for problem in caught.value.problems)
    assert "short" not in str(caught.value)


def test_a_flag_wins_over_its_variable_and_nothing_set_means_the_default():
    assert load({"RELEVO_PORT": "1"}, {"port": "2"}).port == 2
    assert load({"RELEVO_PORT": "1"}, {"port": None}).port == 1
    assert load({"RELEVO_PORT": ""}) == Settings()


def test_a_secret_may_come_from_a_file_and_never_shows(tmp_path):
    path = tmp_path / "secret"
    path.write_text("s" * 40 + "\n")
    settings = load({"RELEVO_SECRET_FILE": str(path), "DATABASE_URL": "postgresql://u:pass@h/d"})
    assert settings.secret == Secret("s" * 40)
    assert "ssss" not in repr(settings)
    assert "pass" not in repr(settings)
    assert "***" in repr(settings)


def test_a_file_that_is_missing_or_doubled_is_a_wrong_setting(tmp_path):
    with pytest.raises(SettingsError):
        load({"RELEVO_SECRET_FILE": str(tmp_path / "none")})
    with pytest.raises(SettingsError):
        load({"REDIS_URL_FILE": str(tmp_path / "none"), "REDIS_URL": "redis://h"})


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("RELEVO_PORT", "0", "65536"),
        ("RELEVO_PORT", "65535", "-1"),
        ("RELEVO_PORT", "8080", "8080.5"),
        ("RELEVO_WORKERS", "64", "65"),
        ("RELEVO_TIME_SCALE", "60", "0"),
        ("RELEVO_TIME_SCALE", "0.5", "inf"),
        ("RELEVO_RETENTION_DAYS", "60", "0"),
        ("RELEVO_PUBLIC_URL", "https://relevo.example", "relevo.example"),
        ("RELEVO_TILE_ORIGINS", "https://a.example https://b.example", "a.example"),
        ("DATABASE_URL", "postgresql://h/d", "mysql://h/d"),
        ("REDIS_URL", "unix:///run/redis.sock", "file:///x"),
        ("RELEVO_LOG_FORMAT", "json", "xml"),
        ("RELEVO_REDIS_MAXMEMORY", "512MB", "lots"),
        ("RELEVO_REDIS_FSYNC", "everysec", "never"),
        ("RELEVO_HOST", "0.0.0.0", "  "),
    ],
)
def test_each_bound_holds(name, good, bad):
    load({name: good})
    with pytest.raises(SettingsError) as caught:
        load({name: bad})
    assert caught.value.problems[0].startswith(f"{name}:")


def test_a_misspelt_variable_is_named_with_the_likely_one():
    (sentence,) = unknown_names({"RELEVO_PROT": "1", "RELEVO_PORT": "1", "PATH": "/"})
    assert "RELEVO_PROT" in sentence
    assert "RELEVO_PORT?" in sentence


def test_every_field_has_a_row_that_documents_it():
    assert {spec.field for spec in SPECS} == set(Settings.__struct_fields__)
    assert all(spec.help for spec in SPECS)
    assert len({spec.env for spec in SPECS}) == len(SPECS)


def test_the_command_ends_with_2_and_says_all(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", "serve", "--port", "x", "--role", "archive"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "RELEVO_DATA_DIR": str(tmp_path)},
    )
    assert done.returncode == 2
    assert "--port" in done.stderr
    assert "--role" in done.stderr
    assert "Traceback" not in done.stderr
