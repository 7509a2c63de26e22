"""What a provider may be and say. No database, no network."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from eventapp.core.email import EmailError, normal_address
from eventapp.core.text import one_line

# From leaving for the provider to coming back.
FLOW_LASTS = timedelta(minutes=10)
KEY = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
# Keys of companies' providers start like this; those of the vendor's do not.
COMPANY_PREFIX = "company-"
SUBJECT_MAX = 255
GROUPS_MAX = 500
# How a session was begun. A staff provider counts as two factors: the vendor decides there what it takes to get in.
BY_STAFF_PROVIDER, BY_COMPANY_PROVIDER = "staff_oidc", "oidc"

_PRINTABLE = re.compile(r"https?://[\x21-\x7e]+")


@dataclass(frozen=True)
class Provider:
    """A provider as somebody signs in by it, apart from its row; `secret` is in clear and never shown."""

    id: int
    key: str
    label: str
    issuer: str
    client_id: str
    secret: str
    groups_claim: str
    for_staff: bool


@dataclass(frozen=True)
class Said:
    """What a provider says about somebody.

    `address` is in normal form and empty unless the provider has verified it. `groups` is none of anybody's business
    unless the provider is for staff.
    """

    subject: str
    address: str
    name: str
    given_name: str
    family_name: str
    groups: frozenset[str]


def is_usable_url(url: str, *, production: bool) -> bool:
    """Whether an address of a provider may be asked: https with a host in production, http as well elsewhere."""
    if not _PRINTABLE.fullmatch(url) or len(url) > 2000:
        return False
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and "@" not in parts.netloc and not parts.fragment and (parts.scheme == "https" or not production)


def is_usable_issuer(url: str, *, production: bool) -> bool:
    """Whether this can be an issuer: a usable address without a query (OpenID Connect Discovery 1.0, 3)."""
    return is_usable_url(url, production=production) and "?" not in url


def granted_by(key: str) -> str:
    """Who gave a role, where a provider's group did. No address of a person looks like this."""
    return f"provider:{key}"


def said(claims: Mapping[str, Any], groups_claim: str) -> Said:
    """What the checked claims say, cleaned. Raises ValueError without a usable subject.

    Some providers write the truth of `email_verified` as text. Everything else counts as not verified.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_MAX or any(ord(c) < 32 for c in subject):
        raise ValueError("no usable subject")
    address, email = "", claims.get("email")
    if isinstance(email, str) and claims.get("email_verified") in (True, "true"):
        try:
            address = normal_address(email)
        except EmailError:
            address = ""
    given, family = _line(claims.get("given_name"), 100), _line(claims.get("family_name"), 100)
    name = _line(claims.get("name"), 200) or f"{given} {family}".strip()
    return Said(subject, address, name, given, family, _groups(claims.get(groups_claim) if groups_claim else None))


def _line(value: object, length: int) -> str:
    return one_line(value)[:length].strip() if isinstance(value, str) else ""


def _groups(value: object) -> frozenset[str]:
    found = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return frozenset(group for group in found[:GROUPS_MAX] if isinstance(group, str))
