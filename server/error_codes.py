"""Every code that a problem, an error frame or a command can carry: its status and what to do about it.

The reference in docs is generated from here, and a test reads the sources for codes that are missing.
"""

import msgspec


class Code(msgspec.Struct, frozen=True):
    """One code: HTTP status, meaning, and what the peer does."""

    status: int
    meaning: str


COMMON = ("no_token", "unknown_token", "token_expired", "token_revoked", "role_not_allowed", "rate_limited")
"""What every call that needs a token can answer."""

CODES: dict[str, Code] = {
    # --- who asks
    "no_token": Code(401, "No token came. Send `Authorization: Bearer TOKEN`."),
    "unknown_token": Code(401, "The token is not known here."),
    "token_expired": Code(401, "The token has expired. Sign in again or ask for a new one."),
    "token_revoked": Code(401, "The token was revoked. Ask for a new one."),
    "not_a_courier": Code(401, "The token is not a courier's."),
    "wrong_login": Code(401, "Login or password is wrong."),
    "role_not_allowed": Code(403, "The role of the token never may do this."),
    "forbidden": Code(403, "The token is not for this socket."),
    "csrf_token_wrong": Code(403, "A signed-in cookie needs the session's `csrf` value as `X-CSRF-Token`."),
    "origin_not_allowed": Code(403, "Pages of this origin may not use a signed-in cookie."),
    "shop_without_name": Code(403, "The shop's token names no shop. Make one with `--subject`."),
    "rate_limited": Code(429, "Too many requests. Wait for the seconds in `Retry-After`."),
    # --- the request itself
    "bad_request": Code(400, "The request is not HTTP as it should be."),
    "body_incomplete": Code(400, "The body ended early or came too slowly."),
    "malformed_json": Code(400, "The body is not JSON. NaN and Infinity are not JSON."),
    "malformed_frame": Code(400, "A socket's frame is not what its type says; the message names the place."),
    "unknown_type": Code(400, "A socket's frame has a type that is not known here."),
    "hello_twice": Code(400, "The socket has said hello already."),
    "no_such_path": Code(404, "There is nothing at this path."),
    "method_not_allowed": Code(405, "The path does not take this method; `Allow` says which it takes."),
    "body_too_large": Code(413, "The body is over the limit."),
    "frame_too_large": Code(413, "A socket's frame is over 64 KiB."),
    "url_too_long": Code(413, "The address is over 8192 characters."),
    "file_too_large": Code(413, "The spreadsheet is too large once unpacked."),
    "too_many_rows": Code(413, "The file has too many rows. Split it."),
    "unsupported_media": Code(415, "The body's media type is not taken here."),
    "invalid_body": Code(422, "A type or a bound of the body is wrong; the message names the place."),
    "invalid_query": Code(422, "A query parameter is wrong; the message names it."),
    "bad_cursor": Code(422, "The cursor is none that this server gave."),
    "bad_bbox": Code(422, "The viewport is not west, south, east, north in degrees."),
    "invalid_idempotency_key": Code(422, "Idempotency-Key is empty or too long."),
    "invalid_if_match": Code(422, "If-Match is none of our ETags."),
    "time_out_of_range": Code(422, "A time is before 2000 or after 2099."),
    "unknown_field": Code(422, "The order has no such field that may be changed."),
    # --- orders
    "no_such_order": Code(404, "There is no such order in this fleet, or it is not yours to see."),
    "window_ends_before_it_begins": Code(422, "A time window ends before it begins."),
    "idempotency_key_reused": Code(409, "The Idempotency-Key came before with another request."),
    "order_exists": Code(409, "There is an order with this id already."),
    "order_already_placed": Code(409, "The order was placed by an earlier copy of this request."),
    "stale_version": Code(412, "It changed meanwhile. Read it again and repeat the change."),
    "wrong_state": Code(409, "The order's status does not allow this."),
    "already_picked_up": Code(409, "The goods are with the courier already."),
    "no_explanation": Code(404, "Nothing was decided about the order yet."),
    "not_on_board": Code(409, "The courier does not have the goods."),
    "same_courier": Code(409, "The courier has the order already."),
    "courier_not_on_shift": Code(409, "The courier does not work now."),
    "does_not_fit": Code(409, "The order does not fit the courier's vehicle or skills."),
    "unreadable_file": Code(422, "The file is neither CSV nor XLSX with a header row."),
    "invalid_row": Code(422, "The row cannot be read; the message says why."),
    "needs_geocoding": Code(422, "The row has an address but no coordinates."),
    # --- couriers, offers, actions, pings
    "no_such_courier": Code(404, "There is no such courier in this fleet."),
    "unknown_courier": Code(403, "The courier of this token is no longer in the fleet."),
    "too_many_links": Code(
        409, "Too many onboarding links of this courier were revoked. Make a token instead."
    ),
    "shift_ends_in_the_past": Code(422, "The planned end of the shift lies in the past."),
    "no_such_offer": Code(404, "There is no such offer for this courier."),
    "offer_over": Code(409, "The offer has ended."),
    "action_repeated": Code(409, "The action was applied before; nothing changed."),
    "seq_gap": Code(409, "Ping frames before this one are missing; `expected` says which comes next."),
    "intake_full": Code(503, "Too many frames wait for the store. Send the frame again."),
    # --- fleets, zones, tokens, links
    "not_found": Code(404, "There is no such thing in this fleet."),
    "no_such_fleet": Code(404, "There is no such fleet."),
    "unknown_fleet": Code(404, "There is no such fleet for this token."),
    "fleet_unknown": Code(404, "The fleet is not open."),
    "invalid_setting": Code(422, "There is no such setting, or it may not have this value."),
    "no_such_hub": Code(404, "There is no such hub: no zone of that kind."),
    "no_such_zone": Code(404, "There is no such zone in this fleet."),
    "invalid_zone": Code(422, "The shape is none; the message says why."),
    "no_such_token": Code(404, "There is no such token in this fleet."),
    "link_gone": Code(410, "The delivery is over, and so is its link."),
    "tracking_over": Code(410, "The delivery is over, and so is its link."),
    "no_such_webhook": Code(404, "There is no such webhook in this fleet."),
    "no_such_delivery": Code(404, "There is no such message of this webhook."),
    "invalid_webhook_url": Code(422, "The address is none that a webhook may call; the message says why."),
    "unknown_event": Code(422, "There is no such event; the message lists those there are."),
    "too_many_webhooks": Code(409, "The fleet has as many webhooks as it may have."),
    # --- commands
    "bad_export": Code(
        422, "The file is no export of this version, or is damaged; the message names the line."
    ),
    "fleet_exists": Code(409, "There is a fleet of this name already."),
    "fleet_needed": Code(422, "Name the fleet with `--fleet`."),
    "login_taken": Code(409, "Somebody signs in with this login already."),
    "invalid_slug": Code(422, "A slug has 1 to 64 of a-z, 0-9, - and _."),
    "invalid_place": Code(422, "The coordinates are no place on Earth."),
    "invalid_time_zone": Code(422, "The time zone is no IANA name."),
    "invalid_login": Code(422, "A login has 1 to 200 characters."),
    "invalid_vehicle": Code(422, "There is no such vehicle."),
    "invalid_token": Code(422, "`--courier` goes with `--role courier`, and only with it."),
    "weak_password": Code(422, "A password has 10 to 200 characters."),
    # --- ours
    "stale_epoch": Code(409, "A newer plan was recorded by another process."),
    "record_unavailable": Code(503, "The database does not answer. Try again."),
    "live_store_unavailable": Code(503, "Redis does not answer. Try again."),
    "store_unavailable": Code(503, "A store does not answer. Try again."),
    "internal": Code(500, "Something went wrong on our side; the log has it under the request id."),
}
