"""Tokens, passwords, sessions, links."""

import msgspec

from domain.ids import FleetId, TokenId
from domain.people import Role, Token
from server import tokens
from server.clock import wall_ms
from tests.server.harness import PASSWORD, order_body, running

SIGN_IN = {"login": "ana@alfa", "password": PASSWORD}


async def test_a_password_opens_a_session_by_token_and_by_cookie(backend):
    status, session, headers = await backend.call("POST", "/api/v1/session", body=SIGN_IN)
    assert (status, session["role"], session["fleet"]) == (201, "owner", "alfa")
    cookie = headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    status, me, _ = await backend.call("GET", "/api/v1/me", session["token"])
    assert (status, me["role"], me["fleet"]["slug"], me["csrf"]) == (200, "owner", "alfa", None)
    status, me, _ = await backend.call("GET", "/api/v1/me")
    assert (status, me["csrf"]) == (200, session["csrf"])


async def test_a_cookie_changes_nothing_without_its_csrf_token(backend):
    _, session, _ = await backend.call("POST", "/api/v1/session", body=SIGN_IN)
    status, problem, _ = await backend.call("POST", "/api/v1/orders", body=order_body())
    assert (status, problem["code"]) == (403, "csrf_token_wrong")
    good = {"X-CSRF-Token": session["csrf"]}
    status, _, _ = await backend.call("POST", "/api/v1/orders", body=order_body(), headers=good)
    assert status == 201
    foreign = {**good, "Origin": "https://evil.example"}
    status, problem, _ = await backend.call("POST", "/api/v1/orders", body=order_body(), headers=foreign)
    assert (status, problem["code"]) == (403, "origin_not_allowed")


async def test_signing_out_ends_the_session(backend):
    _, session, _ = await backend.call("POST", "/api/v1/session", body=SIGN_IN)
    assert (await backend.call("DELETE", "/api/v1/session", session["token"]))[0] == 204
    status, problem, _ = await backend.call("GET", "/api/v1/me", session["token"])
    assert (status, problem["code"]) == (401, "token_revoked")


async def test_a_wrong_password_and_an_unknown_login_look_the_same(backend):
    wrong = await backend.call("POST", "/api/v1/session", body={**SIGN_IN, "password": "nonsense"})
    unknown = await backend.call("POST", "/api/v1/session", body={**SIGN_IN, "login": "nobody"})
    assert (wrong[0], wrong[1]["code"]) == (unknown[0], unknown[1]["code"]) == (401, "wrong_login")


async def test_guessing_passwords_is_slowed_down(backend):
    body = {**SIGN_IN, "password": "guess"}
    answers = [(await backend.call("POST", "/api/v1/session", body=body))[0] for _ in range(12)]
    assert answers[0] == 401
    assert answers[-1] == 429


async def test_a_person_who_left_cannot_sign_in(backend):
    user = await backend.stores.people.find_user("ana@alfa")
    await backend.stores.people.put_user(msgspec.structs.replace(user, active=False))
    assert (await backend.call("POST", "/api/v1/session", body=SIGN_IN))[0] == 401


async def test_an_expired_token_says_that_it_expired(backend):
    await backend.stores.people.put_token(
        Token(
            id=TokenId("t_old"),
            fleet=FleetId("alfa"),
            role=Role.OWNER,
            secret_sha256=tokens.digest("rlv_old"),
            created_at_ms=0,
            expires_at_ms=wall_ms() - 1,
        )
    )
    status, problem, _ = await backend.call("GET", "/api/v1/orders", "rlv_old")
    assert (status, problem["code"]) == (401, "token_expired")


async def test_a_revoked_token_stops_at_once(backend):
    _, made, _ = await backend.call("POST", "/api/v1/tokens", backend.token("owner"), {"role": "viewer"})
    assert (await backend.call("GET", "/api/v1/plan", made["token"]))[0] == 200
    path = f"/api/v1/tokens/{made['token_id']}"
    assert (await backend.call("DELETE", path, backend.token("owner")))[0] == 204
    status, problem, _ = await backend.call("GET", "/api/v1/plan", made["token"])
    assert (status, problem["code"]) == (401, "token_revoked")


async def test_revoking_a_token_closes_its_sockets_at_once(backend):
    _, made, _ = await backend.call("POST", "/api/v1/tokens", backend.token("owner"), {"role": "viewer"})
    async with backend.client.ws_connect("/ws/live") as socket:
        await socket.send_json({"type": "hello", "token": made["token"]})
        await socket.send_json({"type": "subscribe", "fleet": "alfa", "bbox": None})
        assert (await socket.receive_json())["type"] == "snapshot"
        await backend.call("DELETE", f"/api/v1/tokens/{made['token_id']}", backend.token("owner"))
        while not (await socket.receive()).type.name.startswith("CLOSE"):
            pass
        assert socket.close_code == 4502


async def test_a_signed_in_cookie_opens_the_live_map_from_our_own_pages_only(backend):
    await backend.call("POST", "/api/v1/session", body=SIGN_IN)
    own = str(backend.client.make_url("/")).rstrip("/")
    for origin, expected in ((own, "snapshot"), ("https://evil.example", "error")):
        async with backend.client.ws_connect("/ws/live", origin=origin) as socket:
            await socket.send_json({"type": "hello"})
            await socket.send_json({"type": "subscribe", "fleet": "alfa", "bbox": None})
            assert (await socket.receive_json())["type"] == expected


async def test_a_token_made_beside_the_running_server_works_at_once(backend):
    assert (await backend.call("GET", "/api/v1/plan", "rlv_new"))[0] == 401
    await backend.stores.people.put_token(
        Token(
            id=TokenId("t_new"),
            fleet=FleetId("alfa"),
            role=Role.VIEWER,
            secret_sha256=tokens.digest("rlv_new"),
            created_at_ms=wall_ms(),
        )
    )
    assert (await backend.call("GET", "/api/v1/plan", "rlv_new"))[0] == 200


async def test_stores_hold_no_secret(backend):
    _, made, _ = await backend.call("POST", "/api/v1/couriers/c_alfa/token", backend.token("owner"), {})
    order = await backend.place()
    link = order["tracking_url"].rsplit("/", 1)[1]
    kept = [
        msgspec.json.encode(token).decode() for token in await backend.stores.people.tokens(FleetId("alfa"))
    ]
    assert any(tokens.digest(made["token"]) in text for text in kept)
    assert not any(made["token"] in text or link in text for text in kept)


async def test_last_use_is_recorded(backend):
    await backend.call("GET", "/api/v1/plan", backend.token("viewer"))
    await backend.system.authenticator.flush_use()
    _, listed, _ = await backend.call("GET", "/api/v1/tokens", backend.token("owner"))
    used = {token["id"]: token["last_used_at"] for token in listed["tokens"]}
    assert used["t_alfa_viewer"] is not None
    assert used["t_alfa_integration"] is None


async def test_a_customers_link_ends_after_the_grace_time(tmp_path):
    async with running(tmp_path, tracking_grace_minutes=0) as backend:
        (tmp_path / "static").mkdir()
        (tmp_path / "static" / "track.html").write_text("<!doctype html><title>t</title>")
        order = await backend.place()
        path = "/t/" + order["tracking_url"].rsplit("/", 1)[1]
        status, _, headers = await backend.call("GET", path)
        assert (status, headers["X-Robots-Tag"], headers["Referrer-Policy"]) == (
            200,
            "noindex, nofollow",
            "no-referrer",
        )
        await backend.call("POST", f"/api/v1/orders/{order['id']}/cancel", backend.token("owner"))
        backend.system.authenticator._clock = _Later(backend.system.clock)
        assert (await backend.call("GET", path))[0] == 410
        assert (await backend.call("GET", "/t/rlv_unknown"))[0] == 404


class _Later:
    """A clock one second ahead of another."""

    scale = 1.0

    def __init__(self, clock):
        self._clock = clock

    def now_ms(self):
        return self._clock.now_ms() + 1000
