"""Time-based one-time passwords (RFC 6238, with the defaults that every authenticator app knows) and recovery codes."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
# Clocks go wrong: the step before and the one after count as well (RFC 6238, 5.2).
STEPS_AROUND = (0, -1, 1)
RECOVERY_CODES = 10
_RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_GROUPS, _RECOVERY_GROUP = 4, 4


def new_secret() -> str:
    """A new secret: 160 bits in base 32, as authenticator apps read it."""
    return base64.b32encode(secrets.token_bytes(20)).decode("ascii")


def step_at(at: datetime) -> int:
    """The number of the time step: those of 30 seconds since 1970."""
    return int(at.timestamp()) // STEP_SECONDS


def code_of(secret: str, step: int) -> str:
    """The code of a time step (RFC 4226, 5.3)."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: str, typed: str, *, at: datetime, last: int | None) -> int | None:
    """The time step whose code was typed, or none. Only steps after `last` count, so no code works twice."""
    code = "".join(typed.split())
    if len(code) != DIGITS or not code.isascii():
        return None
    found = None
    for around in STEPS_AROUND:
        step = step_at(at) + around
        if hmac.compare_digest(code_of(secret, step), code) and (last is None or step > last):
            found = step
    return found


def setup_address(secret: str, *, account: str, site: str) -> str:
    """The address in the QR code, in the form that all apps read ("Key Uri Format")."""
    label = quote(f"{site}:{account}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': site})}"


def in_groups(secret: str) -> str:
    """The secret for typing: in groups of four."""
    return " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))


def new_recovery_code() -> str:
    """A code such as `k3mp-w9xq-…`: 79 bits, without characters that look alike."""
    groups = ("".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_GROUP)) for _ in range(_RECOVERY_GROUPS))
    return "-".join(groups)


def recovery_hash(user_id: int, typed: str) -> str:
    """What the table keeps of a recovery code. Blanks, hyphens and case do not matter."""
    bare = "".join(c for c in typed.lower() if c.isalnum())
    return hashlib.sha256(f"{user_id}:{bare}".encode("utf-8", "replace")).hexdigest()
