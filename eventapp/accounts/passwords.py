"""Passwords: hashing and comparing, at the same cost whoever asks."""

import secrets
import unicodedata
from functools import lru_cache

from flask_security.utils import hash_password, verify_password

from eventapp.accounts.models import User


def hashed(password: str) -> str:
    """The hash to store."""
    return str(hash_password(unicodedata.normalize("NFKD", password)))


def matches(user: User | None, password: str) -> bool:
    """Whether this is the password of an active user.

    For nobody, for a user without a password and for a disabled one the same work is done: the time taken must not
    tell whether there is a login.
    """
    stored = user.password if user is not None and user.password else _nobodys_hash()
    right = verify_password(unicodedata.normalize("NFKD", password), stored)
    return bool(right and user is not None and user.password and user.active)


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return hashed(secrets.token_urlsafe(24))
