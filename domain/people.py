"""Fleets, the people and programs that may reach them, and their tokens."""

import enum

import msgspec

from domain.geo import LonLat
from domain.ids import CourierId, FleetId, OrderId, TokenId, UserId


class Role(enum.StrEnum):
    """What somebody may do in a fleet."""

    OWNER = "owner"
    DISPATCHER = "dispatcher"
    VIEWER = "viewer"
    COURIER = "courier"
    SHOP = "shop"
    INTEGRATION = "integration"
    TRACKING = "tracking"


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """One co-op: the tenant. ``time_zone`` is an IANA name; ``settings`` holds what the co-op chose."""

    id: FleetId
    name: str
    center: LonLat
    time_zone: str
    created_at_ms: int = 0
    settings: dict[str, str | int | float | bool | None] = {}


class FleetChange(msgspec.Struct, frozen=True, kw_only=True):
    """Who changed what a co-op chose: each setting's name with its value before and after."""

    at_ms: int
    actor: str
    changed: dict[str, tuple[str | int | float | bool | None, str | int | float | bool | None]]


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who signs in with a password. ``password_hash`` is an argon2id string."""

    id: UserId
    fleet: FleetId
    login: str
    name: str
    role: Role
    password_hash: str
    active: bool = True


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A bearer's right. The secret itself is never stored; ``secret_sha256`` is its digest, hex.

    Attributes:
        subject: whom it acts as: a user id, or a shop's name for role ``shop``.
        courier_id: for role ``courier``.
        order_id: for role ``tracking``.
        expires_at_ms: None means until revoked.
    """

    id: TokenId
    fleet: FleetId
    role: Role
    secret_sha256: str
    created_at_ms: int
    label: str = ""
    subject: str | None = None
    courier_id: CourierId | None = None
    order_id: OrderId | None = None
    expires_at_ms: int | None = None
    revoked_at_ms: int | None = None
    last_used_at_ms: int | None = None


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking: the answer of authentication and the input of the policy."""

    fleet: FleetId
    role: Role
    token_id: TokenId
    subject: str | None = None
    courier_id: CourierId | None = None
    order_id: OrderId | None = None
