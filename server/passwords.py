"""Passwords: argon2id through argon2-cffi (RFC 9106, low-memory profile), off the event loop."""

import asyncio
import functools

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

MIN_LENGTH = 10
MAX_LENGTH = 200
# Each verification takes 64 MiB; two at a time are enough for people and little enough for a small server.
_slots = asyncio.Semaphore(2)
_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


def hash_password(password: str) -> str:
    """Return the argon2id string of a password."""
    return _hasher.hash(password)


@functools.cache
def _nobody() -> str:
    return _hasher.hash("nobody signs in with this")


def _matches(password: str, password_hash: str | None) -> bool:
    try:
        return _hasher.verify(password_hash or _nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


async def verify(password: str, password_hash: str | None) -> bool:
    """Tell whether the password is right; takes equally long when the login is unknown (None)."""
    async with _slots:
        return await asyncio.to_thread(_matches, password, password_hash)
