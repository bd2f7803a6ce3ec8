"""The command line on a data dir of its own, without a server."""

import json
import subprocess
import sys

import pytest

from server import tokens
from server.cli.main import build_parser, main
from storage.sql.stores import open_stores
from tests.relevo_process import ROOT

FLEET = [
    "fleet",
    "add",
    "condesa",
    "--name",
    "C",
    "--lon",
    "-99.17",
    "--lat",
    "19.41",
    "--tz",
    "America/Mexico_City",
]


@pytest.fixture
def relevo(tmp_path, monkeypatch, capsys):
    for name in ("DATABASE_URL", "REDIS_URL", "RELEVO_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments):
        code = main([*arguments, "--data-dir", str(tmp_path / "data")])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    run.folder = tmp_path
    return run


def made(result):
    assert result[0] == 0, result
    return json.loads(result[1])


def test_a_fleet_its_people_and_tokens_are_made_and_printed_as_one_object_each(relevo):
    assert made(relevo(*FLEET, "--json")) == {"fleet": "condesa"}
    user = made(relevo("user", "add", "condesa", "Ana", "--role", "owner", "--json"))
    assert user["user_id"].startswith("u_")
    assert len(user["password"]) >= 10
    courier = made(relevo("courier", "add", "condesa", "Lupita", "--vehicle", "bike", "--json"))
    token = made(relevo("token", "create", "--role", "courier", "--courier", courier["courier_id"], "--json"))
    assert (token["role"], token["fleet"], token["courier_id"]) == (
        "courier",
        "condesa",
        courier["courier_id"],
    )
    assert token["token"].startswith("rlv_")


async def test_a_shops_token_has_a_name_even_when_none_was_given(relevo):
    import asyncio  # noqa: PLC0415

    await asyncio.to_thread(relevo, *FLEET)
    answer = made(await asyncio.to_thread(relevo, "token", "create", "--role", "shop", "--json"))
    stores = await open_stores(f"sqlite:///{relevo.folder}/data/relevo.db")
    record = await stores.people.find_token(tokens.digest(answer["token"]))
    await stores.close()
    assert record.subject == answer["token_id"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (FLEET, "fleet_exists"),
        (["fleet", "add", "No Good", *FLEET[3:]], "invalid_slug"),
        ([*FLEET[:2], "roma", *FLEET[3:-1], "Mars/Olympus"], "invalid_time_zone"),
        ([*FLEET[:2], "roma", "--name", "R", "--lon", "-99", "--lat", "91", "--tz", "UTC"], "invalid_place"),
        (["courier", "add", "nowhere", "X"], "no_such_fleet"),
        (["courier", "add", "condesa", "X", "--vehicle", "horse"], "invalid_vehicle"),
        (["token", "create", "--role", "courier"], "invalid_token"),
        (["token", "create", "--role", "courier", "--courier", "c_none"], "no_such_courier"),
        (["token", "create", "--role", "viewer", "--courier", "c_none"], "invalid_token"),
        (["export", "nowhere"], "fleet_unknown"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence_with_its_code(relevo, arguments, code):
    relevo(*FLEET)
    status, _, error = relevo(*arguments)
    assert status == 1
    assert f"({code})" in error
    assert len(error.splitlines()) == 1


def test_a_password_from_standard_input_must_not_be_weak(relevo, monkeypatch):
    import io  # noqa: PLC0415

    relevo(*FLEET)
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    status, _, error = relevo("user", "add", "condesa", "ana", "--password-stdin")
    assert (status, "weak_password" in error) == (1, True)


def test_a_fleet_travels_through_export_and_import(relevo, tmp_path, capsys):
    relevo(*FLEET)
    relevo("courier", "add", "condesa", "Lupita")
    file = tmp_path / "condesa.jsonl"
    assert relevo("export", "condesa", "--out", str(file))[0] == 0
    assert relevo("export", "condesa", "--out", str(file))[0] == 1
    code = main(["import", str(file), "--json", "--data-dir", str(tmp_path / "other")])
    taken = json.loads(capsys.readouterr().out)
    assert (code, taken["courier"]) == (0, 1)


def test_a_backup_restores_into_a_new_folder_only(relevo, tmp_path):
    relevo(*FLEET)
    file = tmp_path / "backup.tar.gz"
    assert relevo("backup", str(file))[0] == 0
    assert main(["restore", str(file), "--data-dir", str(tmp_path / "new")]) == 0
    assert (tmp_path / "new" / "relevo.db").is_file()
    assert relevo("restore", str(file))[0] == 1


@pytest.mark.parametrize(
    "command",
    [
        ["serve"], ["demo"], ["replay"], ["bench", "mdrp"], ["loadtest"], ["export"], ["import"], ["backup"],
        ["restore"], ["fleet", "add"], ["user", "add"], ["courier", "add"], ["token", "create"],
    ],
)  # fmt: skip
def test_every_command_explains_itself(command, capsys):
    if command in (["loadtest"], ["bench", "mdrp"]):
        pytest.importorskip("loadtest.run" if command == ["loadtest"] else "bench.mdrp")
    with pytest.raises(SystemExit) as ended:
        build_parser(command).parse_args([*command, "--help"])
    assert ended.value.code == 0
    assert len(capsys.readouterr().out) > 200


@pytest.mark.parametrize(
    "arguments", [["--help"], ["user", "add", "--help"], ["fleet", "settings", "--help"]]
)
def test_help_comes_without_loading_what_serves(arguments):
    heavy = ("sqlalchemy", "alembic", "aiohttp", "structlog", "argon2", "redis", "numpy", "ortools")
    code = (
        "import sys\nfrom server.cli.main import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\n"
        f"print(sorted(set({heavy!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr.strip() == "[]"


def test_a_record_that_is_up_to_date_is_opened_without_the_migrations(relevo):
    relevo(*FLEET)
    code = (
        "import sys\nfrom server.cli.main import main\n"
        f"main(['courier', 'add', 'condesa', 'Ana', '--data-dir', {str(relevo.folder / 'data')!r}])\n"
        "print('alembic' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr.strip() == "False"
