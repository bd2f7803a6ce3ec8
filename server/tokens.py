"""Make and digest the secrets that bearers show. The text exists once; stores hold its SHA-256 alone.

A tracking link's token is derived from the server's key and the order, so that the link can be shown again
(to the shop, to the dispatcher) although only its digest is stored.
"""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from domain.ids import CourierId, FleetId, OrderId, TokenId
from domain.people import Role, Token
from domain.webhook import WebhookId
from server.setting_values import Secret

PREFIX = "rlv_"


def new_secret() -> str:
    """Return a fresh token of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what stores know a token by, its SHA-256 in hex; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Keyring:
    """Everything that is derived from the server's own key."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def tracking_secret(self, fleet: FleetId, order_id: OrderId) -> str:
        """Return the token of an order's tracking link; 256 bits."""
        return PREFIX + self._derive(f"tracking\0{fleet}\0{order_id}")

    def tracking_token(self, fleet: FleetId, order_id: OrderId, now_ms: int) -> Token:
        """Return the record to store for an order's tracking link."""
        secret_sha256 = digest(self.tracking_secret(fleet, order_id))
        return Token(
            id=TokenId(f"t_{secret_sha256[:16]}"),
            fleet=fleet,
            role=Role.TRACKING,
            secret_sha256=secret_sha256,
            created_at_ms=now_ms,
            label="tracking link",
            order_id=order_id,
        )

    def enrolment(
        self, fleet: FleetId, courier_id: CourierId, generation: int, now_ms: int, app: str | None = None
    ) -> tuple[Token, str]:
        """Return the token of a courier's onboarding link, with its secret; one per generation and app."""
        purpose = f"enrolment\0{fleet}\0{courier_id}\0{generation}"
        secret = PREFIX + self._derive(purpose if app is None else f"{purpose}\0{app}")
        secret_sha256 = digest(secret)
        token = Token(
            id=TokenId(f"t_{secret_sha256[:16]}"),
            fleet=fleet,
            role=Role.COURIER,
            secret_sha256=secret_sha256,
            created_at_ms=now_ms,
            label="onboarding link" if app is None else f"onboarding link, {app}",
            courier_id=courier_id,
        )
        return token, secret

    def webhook_secret(self, fleet: FleetId, webhook_id: WebhookId) -> str:
        """Return the key that a webhook's messages are signed with, as Standard Webhooks writes it."""
        key = self._mac(f"webhook\0{fleet}\0{webhook_id}")
        return "whsec_" + base64.b64encode(key).decode()

    def csrf(self, session_secret: str) -> str:
        """Return the CSRF token that belongs to a session cookie."""
        return self._derive(f"csrf\0{session_secret}")

    def csrf_matches(self, session_secret: str, shown: str) -> bool:
        """Tell whether a shown CSRF token belongs to the session, in constant time."""
        return hmac.compare_digest(self.csrf(session_secret).encode(), shown.encode("utf-8", "replace"))

    def _derive(self, purpose: str) -> str:
        return base64.urlsafe_b64encode(self._mac(purpose)).decode().rstrip("=")

    def _mac(self, purpose: str) -> bytes:
        return hmac.new(self._key.reveal().encode(), purpose.encode(), hashlib.sha256).digest()


def open_keyring(configured: Secret | None, data_dir: Path) -> Keyring:
    """Return the keyring of the configured key, else of one that is made once and kept in ``data_dir``."""
    if configured is not None:
        return Keyring(configured)
    path = data_dir / "secret"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return Keyring(Secret(path.read_text(encoding="ascii").strip()))
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    return Keyring(Secret(path.read_text(encoding="ascii").strip()))
