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
# Mails asked for in a window: to one address, and from one network address.
MAILS_PER_ADDRESS = 3
MAILS_PER_NETWORK = 20


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
