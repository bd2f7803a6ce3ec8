"""Identifiers. Distinct types, so that a courier is never passed where an order is meant."""

import secrets
from typing import NewType

FleetId = NewType("FleetId", str)
"""The fleet's slug, for example ``condesa``; also the hash tag of every Redis key."""
CourierId = NewType("CourierId", str)
OrderId = NewType("OrderId", str)
StopId = NewType("StopId", str)
ZoneId = NewType("ZoneId", str)
OfferId = NewType("OfferId", str)
UserId = NewType("UserId", str)
TokenId = NewType("TokenId", str)
DeviceId = NewType("DeviceId", str)
"""A courier's phone or tracker app, unique within its courier."""


def new_courier_id() -> CourierId:
    """Return a fresh courier id."""
    return CourierId(_random("c"))


def new_order_id() -> OrderId:
    """Return a fresh order id."""
    return OrderId(_random("o"))


def new_zone_id() -> ZoneId:
    """Return a fresh zone id."""
    return ZoneId(_random("z"))


def new_offer_id() -> OfferId:
    """Return a fresh offer id."""
    return OfferId(_random("f"))


def new_user_id() -> UserId:
    """Return a fresh user id."""
    return UserId(_random("u"))


def new_token_id() -> TokenId:
    """Return a fresh token id (the public name of a token, not its secret)."""
    return TokenId(_random("t"))


def _random(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(8)}"
