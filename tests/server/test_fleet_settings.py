"""What a fleet chose: who may change it, that it counts at once, and that somebody can see who did."""

import json

import pytest

from server.cli.main import main
from tests.server.harness import order_body

PATH = "/api/v1/fleet/settings"


async def owner(backend, method, path=PATH, body=None):
    return await backend.call(method, path, backend.token("owner"), body)


async def test_everything_is_usual_until_somebody_chooses(backend):
    status, answer, _ = await owner(backend, "GET")
    assert status == 200
    assert answer["settings"] == answer["usual"]
    assert answer["chosen"] == []
    assert answer["settings"]["offers"] == "one_at_a_time"
    assert answer["retention_days"] == 60


async def test_a_choice_counts_at_once_and_names_who_made_it(backend):
    status, answer, _ = await owner(backend, "PATCH", body={"offers": "automatic", "currency": "EUR"})
    assert (status, answer["chosen"]) == (200, ["currency", "offers"])
    desk = await backend.relevo.fleets.desk("alfa")
    assert desk._state.settings.offer_automatic
    await owner(backend, "PATCH", body={"offers": None, "currency": "EUR"})
    assert not desk._state.settings.offer_automatic
    _, told, _ = await owner(backend, "GET", f"{PATH}/changes")
    assert [change["changed"] for change in told["changes"]] == [
        {"offers": ["automatic", "one_at_a_time"]},
        {"offers": ["one_at_a_time", "automatic"], "currency": ["MXN", "EUR"]},
    ]
    assert {change["actor"] for change in told["changes"]} == {"user:s_alfa"}
    _, other, _ = await backend.call("GET", PATH, backend.token("owner", "beta"))
    assert other["chosen"] == []


async def test_money_is_in_the_fleets_currency_where_none_is_named(backend):
    cash = {"method": "cash", "amount_cents": 1250}
    before = await backend.place(payment=cash)
    await owner(backend, "PATCH", body={"currency": "COP"})
    after = await backend.place(payment=cash)
    named = await backend.place(payment={**cash, "currency": "USD"})
    assert [o["payment"]["currency"] for o in (before, after, named)] == ["MXN", "COP", "USD"]
    _, me, _ = await backend.call("GET", "/api/v1/me", backend.token("shop"))
    assert me["fleet"]["currency"] == "COP"
    path = f"/api/v1/orders/{before['id']}"
    patch = {"payment": {"amount_cents": 900}}
    _, changed, _ = await backend.call("PATCH", path, backend.token("dispatcher"), patch)
    assert changed["payment"] == {"method": "cash", "amount_cents": 900, "currency": "MXN"}
    _, bare, _ = await backend.call("POST", "/api/v1/orders", backend.token("shop"), order_body())
    patch = {"payment": {"method": "cash", "amount_cents": 5}}
    _, added, _ = await backend.call(
        "PATCH", f"/api/v1/orders/{bare['id']}", backend.token("dispatcher"), patch
    )
    assert added["payment"]["currency"] == "COP"


@pytest.mark.parametrize(
    "body",
    [
        {"offers": "shouting"},
        {"currency": "peso"},
        {"broadcast_size": 0},
        {"broadcast_size": 2.5},
        {"retention_days": 5000},
        {"embed_origins": "javascript:alert(1)"},
    ],
)
async def test_what_is_no_setting_changes_nothing(backend, body):
    status, problem, _ = await owner(backend, "PATCH", body=body)
    assert (status, problem["code"]) in ((422, "invalid_body"), (422, "invalid_setting"))
    assert (await owner(backend, "GET"))[1]["chosen"] == []


@pytest.mark.parametrize("role", ["dispatcher", "viewer", "courier", "shop", "integration"])
async def test_only_owners_see_and_change_it(backend, role):
    for method, path in (("GET", PATH), ("PATCH", PATH), ("GET", f"{PATH}/changes")):
        body = {"currency": "EUR"} if method == "PATCH" else None
        assert (await backend.call(method, path, backend.token(role), body))[0] == 403


def test_the_command_line_shows_and_changes_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def relevo(*arguments):
        code = main([*arguments, "--json", "--data-dir", str(tmp_path)])
        out, err = capsys.readouterr()
        return code, json.loads(out) if code == 0 else err

    place = ("--lon=-99.17", "--lat=19.41", "--tz=America/Mexico_City")
    relevo("fleet", "add", "condesa", "--name", "C", *place)
    code, answer = relevo("fleet", "settings", "condesa")
    assert (code, answer["chosen"]) == (0, [])
    chosen = ("--set", "fairness=strong", "--set", "broadcast_size=4", "--set", "offers=broadcast")
    _, answer = relevo("fleet", "settings", *chosen)
    assert answer["settings"]["broadcast_size"] == 4
    _, answer = relevo("fleet", "settings", "--set", "nudges=true", "--set", "ready_quantile=0.8")
    assert (answer["settings"]["nudges"], answer["settings"]["ready_quantile"]) == (True, 0.8)
    relevo("fleet", "settings", "--unset", "nudges", "--unset", "ready_quantile")
    _, answer = relevo("fleet", "settings", "--unset", "fairness", "--changes")
    assert answer["chosen"] == ["broadcast_size", "offers"]
    assert [sorted(change["changed"]) for change in answer["changes"]] == [
        ["fairness"],
        ["nudges", "ready_quantile"],
        ["nudges", "ready_quantile"],
        ["broadcast_size", "fairness", "offers"],
    ]
    for wrong in ("fairness=much", "colour=red", "fairness"):
        code, sentence = relevo("fleet", "settings", "--set", wrong)
        assert code == 1
        assert "invalid_setting" in sentence
