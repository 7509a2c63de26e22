"""From the text of a cell to a value. What cannot be read raises `Refused` (the row) or `Doubtful` (this value only)."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.exports import original
from eventapp.core.text import clean, fold, one_line
from eventapp.core.times import zones
from eventapp.partners.models import (
    CountryName,
    FreeMailDomain,
    JobFunction,
    OrganisationStatus,
    PartnerType,
    Tier,
)
from eventapp.partners.rules import PROGRAMME_ID

_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?", re.ASCII)
_GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_THOUSANDS = re.compile(r"\d{1,3}(?:([.,' \u00a0\u202f\u2019])\d{3}(?:\1\d{3})*)?", re.ASCII)
_VAT = re.compile(r"(?=.*\d)[-0-9A-Z+*/&]{3,30}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?", re.ASCII)
_PHONE_SIGNS = re.compile(r"[\s()/.\-\u00a0\u2010-\u2013]+")
_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_LIST = re.compile(r"[|,;]")

# The types by the names that files use.
TYPE_NAMES = {
    PartnerType.SOLUTION_PROVIDER.value: "Solution Provider",
    PartnerType.RESELLER.value: "Reseller",
    PartnerType.ISV.value: "ISV",
    PartnerType.SI.value: "System Integrator",
    PartnerType.MSP.value: "MSP",
    PartnerType.CLOUD_PROVIDER.value: "Cloud Provider",
    PartnerType.TRAINING_PARTNER.value: "Training Partner",
    PartnerType.TECHNOLOGY_ALLIANCE.value: "Technology Alliance",
    PartnerType.OEM.value: "OEM",
    PartnerType.HYPERSCALER.value: "Hyperscaler",
    PartnerType.DISTRIBUTOR.value: "Distributor",
    PartnerType.REFERRAL.value: "Referral Partner",
}
OTHER_TYPE_NAMES = {
    "systems integrator": PartnerType.SI,
    "si": PartnerType.SI,
    "gsi": PartnerType.SI,
    "var": PartnerType.RESELLER,
    "csp": PartnerType.CLOUD_PROVIDER,
    "alliance": PartnerType.TECHNOLOGY_ALLIANCE,
    "referral": PartnerType.REFERRAL,
    "consultant": PartnerType.REFERRAL,
}
STATUSES = frozenset(status.value for status in OrganisationStatus)
FUNCTIONS = frozenset(function.value for function in JobFunction)
YES = frozenset({"yes", "y", "true", "1", "x", "ja", "j", "wahr", "oui", "si", "sí"})
NO = frozenset({"", "no", "n", "false", "0", "nein", "falsch", "non"})


class Refused(Exception):
    """The row cannot be taken in. `reason` is a code of `reasons.REASONS`, with `:field` where the sentence names one.

    `value` is what stands in the cell, empty if nothing does; none where no single cell is at fault.
    """

    def __init__(self, reason: str, value: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.value = value


class Doubtful(Exception):
    """A value that is left out, with a warning; the row is taken in."""

    def __init__(self, code: str, value: str) -> None:
        super().__init__(code)
        self.code = code
        self.value = value[:80]


@dataclass(frozen=True)
class Reference:
    """The programme's own tables, read once for an import."""

    countries: dict[str, str]
    tiers: dict[str, str]
    types: dict[str, PartnerType]
    free_mail: frozenset[str]

    @classmethod
    def load(cls) -> "Reference":
        """Reads the tables."""
        tiers = db.session.execute(select(Tier.key, Tier.label)).all()
        types = {name.casefold(): PartnerType(value) for value, label in TYPE_NAMES.items() for name in (value, label)}
        return cls(
            countries={
                row.name: row.country_code for row in db.session.execute(select(CountryName.name, CountryName.country_code))
            },
            tiers={name.casefold(): key for key, label in tiers for name in (key, label)},
            types={**types, **OTHER_TYPE_NAMES},
            free_mail=frozenset(db.session.scalars(select(FreeMailDomain.domain))),
        )


def line(cell: str) -> str:
    """A cell as one line: the apostrophe that our exports put before a formula is off, blanks are trimmed and single."""
    return one_line(original(cell.strip(" ")))


def text(cell: str) -> str:
    """A cell of several lines; only LF ends a line."""
    return clean(original(cell.strip(" "))).replace("\r\n", "\n").replace("\r", "\n").strip(" ")


def items(cell: str) -> list[str]:
    """The parts of a cell that are split by | or , each once."""
    return list(dict.fromkeys(part for piece in _LIST.split(cell) if (part := line(piece))))


def programme_id(cell: str) -> str:
    """A programme ID like KP-123456."""
    value = line(cell)
    if not PROGRAMME_ID.fullmatch(value):
        raise Refused("bad_programme_id", value)
    return value


def country(cell: str, reference: Reference) -> str:
    """The ISO code of a country by code or by a known name."""
    code = reference.countries.get(fold(line(cell)))
    if code is None:
        raise Refused("unknown_country", line(cell))
    return code


def tier(cell: str, reference: Reference) -> str | None:
    """The key of a tier; none for an empty cell and `none`."""
    value = line(cell).casefold()
    if value in ("", "none"):
        return None
    if value not in reference.tiers:
        raise Refused("unknown_tier", line(cell))
    return reference.tiers[value]


def partner_type(cell: str, reference: Reference) -> str:
    """A partner type, by its name."""
    found = reference.types.get(line(cell).casefold())
    if found is None or found is PartnerType.REFERRAL:
        raise Refused("unknown_partner_type", line(cell))
    return found.value


def status(cell: str) -> str | None:
    """The status of the contract; none if the cell is empty, which leaves it as it is."""
    value = line(cell).casefold()
    if not value:
        return None
    if value not in STATUSES:
        raise Refused("unknown_status", line(cell))
    return value


def day(cell: str) -> str | None:
    """A date like 2014-03-01 or 01.03.2014, as ISO text."""
    value = line(cell)
    if not value:
        return None
    iso, german = _ISO_DAY.fullmatch(value), _GERMAN_DAY.fullmatch(value)
    parts = iso.groups() if iso else german.groups()[::-1] if german else None
    try:
        if parts:
            return date(*(int(part) for part in parts)).isoformat()
    except ValueError as error:
        raise Refused("broken_date", value) from error
    raise Refused("broken_date", value)


def vat(cell: str) -> str:
    """A VAT ID without blanks and dots. Its country's exact pattern is not asked for: registers change them."""
    value = re.sub(r"[\s.\u00a0]", "", line(cell)).upper()
    if value and not _VAT.fullmatch(value):
        raise Doubtful("bad_vat", value)
    return value


def duns(cell: str) -> str:
    """Nine digits, typed with or without hyphens and blanks."""
    value = re.sub(r"[\s.\-\u00a0\u2010-\u2013]", "", line(cell))
    if value and not re.fullmatch(r"\d{9}", value, re.ASCII):
        raise Doubtful("bad_duns", line(cell))
    return value


def employees(cell: str) -> int | None:
    """A whole number, its thousands marked or not."""
    value = line(cell)
    if not value:
        return None
    plain = value.isascii() and value.isdigit()
    digits = value if plain else re.sub(r"\D", "", value)
    if not (plain or _THOUSANDS.fullmatch(value)) or len(digits) > 9:
        raise Doubtful("bad_employees", value)
    return int(digits)


def manager(cell: str) -> str:
    """A name; `family, given` is turned round."""
    value = line(cell)
    family, comma, given = value.partition(",")
    return f"{given.strip()} {family.strip()}".strip() if comma and "," not in given else value


def phone(cell: str) -> str:
    """A phone number in E.164: a leading 00 is +, (0) falls away, the rest are digits."""
    value = line(cell)
    if not value:
        return ""
    number = _PHONE_SIGNS.sub("", re.sub(r"\(\s*0\s*\)", "", value).replace("\uff0b", "+"))
    if number.startswith("00"):
        number = f"+{number[2:]}"
    if not _E164.fullmatch(number):
        raise Doubtful("bad_phone", value)
    return number


def language(cell: str) -> str:
    """A BCP 47 tag of language, script and region, in its usual case."""
    value = line(cell).replace("_", "-")
    if not value:
        return ""
    first, *rest = value.split("-")
    tag = "-".join([first.lower(), *(part.title() if len(part) == 4 else part.upper() for part in rest)])
    if not _LANGUAGE.fullmatch(tag):
        raise Doubtful("bad_language", value)
    return tag


def time_zone(cell: str) -> str:
    """The name of an IANA zone."""
    value = line(cell)
    if value and value not in _zones():
        raise Doubtful("bad_time_zone", value)
    return value


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(zones())


def function(cell: str) -> str | None:
    """What somebody does, one of the programme's eight."""
    value = line(cell).casefold()
    if value and value not in FUNCTIONS:
        raise Doubtful("unknown_function", line(cell))
    return value or None


def yes(cell: str) -> bool:
    """Yes or no, in a few languages; an empty cell is no."""
    value = line(cell).casefold()
    if value not in YES | NO:
        raise Doubtful("bad_role", value)
    return value in YES


def fits(key: str, value: str, length: int) -> str:
    """`value` if the column of the database holds it."""
    if length and len(value) > length:
        raise Refused(f"too_long:{key}", value)
    return value
