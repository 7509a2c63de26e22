"""Passwords: hashing and comparing, at the same cost whoever asks, and links to set a new one."""

import hashlib
import hmac
import secrets
import unicodedata
from functools import lru_cache

from flask import current_app
from flask_security.utils import hash_password, verify_password
from itsdangerous import BadData, URLSafeTimedSerializer

from eventapp.accounts import queries
from eventapp.accounts.models import User
from eventapp.accounts.rules import RESET_LINK_LASTS


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


def reset_token(user: User) -> str:
    """The secret of a link to set a new password. Signed, not stored; worthless when the user's sessions have ended.

    Not the library's: that one hashes for half a second, which tells by the time whether there is a login.
    """
    return str(_signer().dumps([user.id, _fingerprint(user)]))


def user_of_reset_token(token: str) -> User | None:
    """The active user whom the secret lets set a new password, none if it is used up or too old."""
    try:
        found = _signer().loads(token, max_age=int(RESET_LINK_LASTS.total_seconds()))
    except BadData:
        return None
    user = queries.user(found[0])
    return user if user is not None and user.active and hmac.compare_digest(_fingerprint(user), found[1]) else None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="reset-password")


def _fingerprint(user: User) -> str:
    return hashlib.sha256(f"{user.fs_uniquifier}:{user.email}:{user.password}".encode()).hexdigest()[:32]


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return hashed(secrets.token_urlsafe(24))
