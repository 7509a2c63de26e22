"""Encrypting what must be read again: secrets of second factors and of providers, which lie in the database.

The keys come from `EVENTAPP_SECRET_KEY`, one for each purpose, so a copy of the database alone tells nothing. With
another secret key the old texts can no longer be read.
"""

import base64
from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


def encrypt(text: str, purpose: str) -> str:
    """`text` so that only `decrypt` with the same purpose reads it; about 1.4 times as long, and 100 characters more."""
    return _cipher(purpose).encrypt(text.encode()).decode("ascii")


def decrypt(token: str, purpose: str) -> str | None:
    """The text, or none if it was changed, is another purpose's, or was written under another secret key."""
    from cryptography.fernet import InvalidToken  # as late as in `_cipher`

    try:
        return _cipher(purpose).decrypt(token.encode()).decode()
    except (InvalidToken, ValueError):
        return None


def _cipher(purpose: str) -> "Fernet":
    """Fernet (AES-128-CBC with HMAC-SHA256) under a key derived by HKDF (RFC 5869)."""
    # 7 MB for every worker and command, of which few ever meet a second factor or a provider.
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.hashes import SHA256  # needed with Fernet
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # needed with Fernet

    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"eventapp {purpose}".encode())
    return Fernet(base64.urlsafe_b64encode(derived.derive(str(current_app.config["SECRET_KEY"]).encode())))
