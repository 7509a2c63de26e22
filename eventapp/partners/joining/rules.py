"""Which company somebody belongs to by a proven address, who decides, and when one may ask again. No database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from eventapp.core.text import fold, words
from eventapp.partners.models import MembershipRole

# After a refusal, before the same company may be asked again.
ASK_AGAIN_AFTER = timedelta(days=7)
# A company's admins have this long before the vendor decides too.
ADMINS_HAVE = timedelta(days=5)
# A decision of the vendor can be taken back for this long.
UNDO_WITHIN = timedelta(minutes=15)

SEARCH_MIN = 2
SEARCH_LIMIT = 20
# For one login, and from one network address with all its logins together.
SEARCHES = (30, 120)
# Each may write a mail to a company's admins.
ASKS_A_DAY = 6
DAY = timedelta(days=1)

MOST_SUGGESTIONS = 5

# They stand in many names and tell no companies apart.
_COMMON = frozenset(
    [
        "ab",
        "ag",
        "as",
        "asa",
        "bv",
        "co",
        "com",
        "company",
        "consulting",
        "corp",
        "de",
        "der",
        "des",
        "di",
        "digital",
        "du",
        "eood",
        "et",
        "example",
        "gmbh",
        "group",
        "gruppe",
        "holding",
        "inc",
        "international",
        "it",
        "kft",
        "kg",
        "la",
        "le",
        "limited",
        "llc",
        "lp",
        "ltd",
        "ltda",
        "mbh",
        "net",
        "nv",
        "of",
        "og",
        "ohg",
        "oy",
        "oyj",
        "partner",
        "partners",
        "plc",
        "pty",
        "sa",
        "sarl",
        "sas",
        "services",
        "sia",
        "sl",
        "slu",
        "software",
        "solutions",
        "spa",
        "sp",
        "srl",
        "srls",
        "sro",
        "system",
        "systems",
        "systemhaus",
        "tech",
        "technologies",
        "technology",
        "the",
        "uab",
        "und",
        "and",
    ]
)


class Way(StrEnum):
    """What follows from a proven address: member already, asked already, joined at once, asked now, one of several to
    choose, none by this address."""

    MEMBER = "member"
    PENDING = "pending"
    JOINED = "joined"
    ASKED = "asked"
    CHOOSE = "choose"
    SEARCH = "search"


@dataclass(frozen=True)
class Candidate:
    """A company that takes people, as somebody who looks for theirs may see it: name, city and country."""

    organisation_id: int
    name: str
    city: str
    country: str


def way_of(*, member: bool, pending: bool, candidates: int) -> Way:
    """What follows from a proven address whose domain `candidates` companies own; none do for a mail provider's domain.

    Rule: domain.md 2, account to company. `ASKED` may turn out as `JOINED` where the company lets its domain in.
    """
    if member:
        return Way.MEMBER
    if pending:
        return Way.PENDING
    if candidates == 1:
        return Way.ASKED
    return Way.CHOOSE if candidates else Way.SEARCH


def asked_role(has_admin: bool) -> MembershipRole:
    """What is asked for: the first person of a company asks to be its admin, which only the vendor may grant."""
    return MembershipRole.MEMBER if has_admin else MembershipRole.ADMIN


def may_ask_from(declined_at: datetime | None, now: datetime) -> datetime | None:
    """The moment from which a company that said no may be asked again; none if that is now."""
    if declined_at is None or declined_at + ASK_AGAIN_AFTER <= now:
        return None
    return declined_at + ASK_AGAIN_AFTER


def parted(name: str, address: str) -> tuple[str, str]:
    """Given and family name of a full name: the last word is the family's. Without any name, what stands before the @."""
    given, _space, family = name.strip().rpartition(" ")
    return given[:100], (family or address.partition("@")[0])[:100]


def telling(*names: str) -> set[str]:
    """The words of names that tell companies apart: legal forms and the like are left out."""
    found = words(*names)
    return {word for word in found if word not in _COMMON and len(word) > 1} or found


class Reason(StrEnum):
    """Why a company may be the one that somebody means."""

    PROGRAMME_ID = "programme_id"
    DOMAIN = "domain"
    SAME_NAME = "same_name"
    SIMILAR_NAME = "similar_name"
    WEBSITE = "website"
    COUNTRY = "country"


POINTS = {
    Reason.PROGRAMME_ID: 8,
    Reason.DOMAIN: 6,
    Reason.SAME_NAME: 6,
    Reason.WEBSITE: 4,
    Reason.SIMILAR_NAME: 3,
    Reason.COUNTRY: 1,
}


@dataclass(frozen=True)
class Wanted:
    """What is known of the company that somebody means. `domain` is empty for a mail provider's."""

    name: str = ""
    country_code: str = ""
    domain: str = ""
    website: str = ""
    programme_id: str = ""


@dataclass(frozen=True)
class Known:
    """A company of the list, to compare with."""

    names: Sequence[str]
    country_code: str
    domains: Sequence[str]
    website: str
    programme_id: str


def host_of(website: str) -> str:
    """The bare host of a web address: no scheme, no `www.`, no path."""
    bare = fold(website).partition("://")[2] or fold(website)
    return bare.partition("/")[0].partition(":")[0].removeprefix("www.")


def reasons(wanted: Wanted, known: Known) -> list[Reason]:
    """Why the two may be the same company, the strongest reason first; none if nothing but the country speaks for it."""
    found = []
    if wanted.programme_id and wanted.programme_id == known.programme_id:
        found.append(Reason.PROGRAMME_ID)
    if wanted.domain and wanted.domain in known.domains:
        found.append(Reason.DOMAIN)
    mine = telling(wanted.name) if wanted.name else set()
    theirs = [telling(name) for name in known.names if name]
    if mine and mine in theirs:
        found.append(Reason.SAME_NAME)
    elif any(2 * len(mine & other) >= min(len(mine), len(other)) > 0 for other in theirs):
        found.append(Reason.SIMILAR_NAME)
    hosts = {host_of(known.website), *known.domains} - {""}
    if Reason.DOMAIN not in found and wanted.website and host_of(wanted.website) in hosts:
        found.append(Reason.WEBSITE)
    if found and wanted.country_code == known.country_code:
        found.append(Reason.COUNTRY)
    return found


def likelihood(found: Sequence[Reason]) -> int:
    """How much speaks for it: 7 and more is very likely, 4 and more likely, below that possible."""
    return sum(POINTS[reason] for reason in found)
