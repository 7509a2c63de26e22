"""Signing in: what counts as one address, how many tries are free, which passwords will do."""

import hashlib
import ipaddress
from datetime import datetime, timedelta

PASSWORD_MIN = 10
PASSWORD_MAX = 200
RESET_LINK_LASTS = timedelta(hours=2)

WINDOW = timedelta(minutes=15)
# Tries in a window: for one account, and for one network address with all its accounts together.
TRIES_PER_ACCOUNT = 10
TRIES_PER_NETWORK = 50
# Whoever signs in names any account, so ten tries are free from each network: strangers must not lock the owner out.
# This is the end for all networks together, against guesses from many.
SIGN_INS_PER_ACCOUNT = 50
# Mails asked for in a window: to one address, and from one network address.
MAILS_PER_ADDRESS = 3
MAILS_PER_NETWORK = 20

SIGN_UP_LINK_LASTS = timedelta(hours=24)
SIGN_IN_LINK_LASTS = timedelta(minutes=15)
ADDRESS_LINK_LASTS = timedelta(hours=24)
UNDO_LINK_LASTS = timedelta(days=7)
# How long after its end a link is kept, so that somebody who opens it late is told what it was.
LINKS_KEPT = timedelta(days=30)

# A session that nobody used for so long ends by itself. Its last use is noted once an hour, by writing requests only.
SESSION_LASTS = timedelta(days=90)
SEEN_EVERY = timedelta(hours=1)
SESSIONS_KEPT = timedelta(days=30)
# For so long after proving who one is, changes of the login itself need no further proof.
PROOF_LASTS = timedelta(minutes=10)
# For so long a code by mail works that shows who one is.
MAIL_CODE_LASTS = timedelta(minutes=10)
# For so long the second step of signing in may take.
SECOND_STEP_LASTS = timedelta(minutes=10)
# What a provider of the vendor's own asks for is the vendor's choice there.
SECOND_FACTORS = frozenset({"totp", "recovery", "passkey", "staff_oidc"})
PASSKEYS_MAX = 20


def network_of(address: str | None) -> str:
    """The network that tries are counted for: the IPv4 address, or the /64 of an IPv6 address, which is one household."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


def key_of(kind: str, value: str) -> str:
    """What stands in the table of tries instead of an address: nobody's list of who signs in here."""
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()


def wait_for(times: list[datetime], limit: int, at: datetime, window: timedelta = WINDOW) -> timedelta | None:
    """How long until another try is free, or none if it is free now. `times` are the tries so far, newest first."""
    recent = [time for time in times if time > at - window]
    return recent[limit - 1] + window - at if len(recent) >= limit else None


def proves_two(methods: str) -> bool:
    """Whether a session was proven by two factors. A passkey is two: the device, and the finger or PIN that opens it."""
    return bool(set(methods.split(",")) & SECOND_FACTORS)
