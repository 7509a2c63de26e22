"""What columns of a file can mean, and finding out which column means what."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eventapp.core.i18n import _l
from eventapp.core.text import fold
from eventapp.partners.models import ImportKind


@dataclass(frozen=True)
class ImportField:
    """A value that a column can hold. `headers` are the names that such columns go by; `length` is the database's.

    `required`: without it no row can be read; `for_new`: without it nothing new can be made of a row.
    """

    key: str
    label: Any
    headers: tuple[str, ...]
    required: bool = False
    length: int = 0
    for_new: bool = False


PARTNER_FIELDS = (
    ImportField(
        "name",
        _l("Account name"),
        (
            *("Account Name", "Account", "Company", "Company Name", "Name", "Organisation", "Organization"),
            *("Partner", "Partner Name", "Firma", "Firmenname", "Unternehmen"),
        ),
        True,
        200,
    ),
    ImportField("legal_name", _l("Legal name"), ("Legal Name", "Registered Name", "Rechtlicher Name", "Firmierung"), length=250),
    ImportField(
        "programme_id",
        _l("Programme ID"),
        ("Programme ID", "Program ID", "Partner ID", "Partner Number", "Programm-ID", "Partner-ID", "Partnernummer"),
        True,
        20,
    ),
    ImportField(
        "primary_type",
        _l("Partner type"),
        ("Partner Type", "Type", "Primary Type", "Partnertyp", "Typ", "Partnerart"),
        for_new=True,
    ),
    ImportField(
        "other_types", _l("Other types"), ("Other Types", "Further Types", "Types", "Weitere Typen", "Weitere Partnertypen")
    ),
    ImportField("tier_key", _l("Tier"), ("Tier", "Level", "Partner Level", "Stufe", "Partnerstufe")),
    ImportField("country_code", _l("Country"), ("Country", "Country Code", "Land", "Ländercode", "Länderkennung"), for_new=True),
    ImportField("city", _l("City"), ("City", "Town", "Stadt", "Ort"), length=120),
    ImportField(
        "vat", _l("VAT ID"), ("VAT ID", "VAT", "VAT Number", "VAT No", "USt-IdNr", "USt-ID", "Umsatzsteuer-ID", "UID"), length=60
    ),
    ImportField("duns", _l("D-U-N-S"), ("D-U-N-S", "D-U-N-S Number", "DUNS No", "D-U-N-S-Nummer")),
    ImportField("website", _l("Website"), ("Website", "Web Site", "URL", "Homepage", "Webseite", "Internet"), length=250),
    ImportField(
        "domains",
        _l("E-mail domains"),
        (
            "Email Domains",
            "E-mail Domains",
            "Email Domain",
            "Domains",
            "Domain",
            "E-Mail-Domänen",
            "E-Mail-Domains",
            "Maildomänen",
        ),
    ),
    ImportField("partner_since", _l("Partner since"), ("Partner Since", "Since", "Partner seit", "Seit")),
    ImportField("status", _l("Status"), ("Status", "State", "Partner Status", "Partnerstatus")),
    ImportField(
        "partner_manager",
        _l("Partner manager"),
        ("Partner Manager", "Account Manager", "Channel Manager", "Partnermanager", "Partnerbetreuer"),
        length=150,
    ),
    ImportField(
        "parent_name",
        _l("Parent account"),
        ("Parent Account", "Parent", "Parent Company", "Muttergesellschaft", "Konzernmutter", "Übergeordneter Account"),
        length=200,
    ),
    ImportField("suppliers", _l("Supplied by"), ("Supplied By", "Distributors", "Distributor", "Beliefert von", "Distributoren")),
    ImportField(
        "employees", _l("Employees"), ("Employees", "Headcount", "Number of Employees", "Mitarbeiter", "Mitarbeiterzahl")
    ),
    ImportField("crm", _l("CRM ID"), ("CRM ID", "CRM", "Account ID", "CRM-Nummer"), length=60),
    ImportField("notes", _l("Notes"), ("Notes", "Note", "Comments", "Notizen", "Bemerkung", "Bemerkungen"), length=20_000),
)

PEOPLE_FIELDS = (
    ImportField("given_name", _l("Given name"), ("Given Name", "First Name", "Forename", "Vorname"), length=100),
    ImportField(
        "family_name", _l("Family name"), ("Family Name", "Last Name", "Surname", "Nachname", "Familienname", "Name"), length=100
    ),
    ImportField(
        "badge_name", _l("Name on the badge"), ("Badge Name", "Name on Badge", "Badgename", "Name auf Badge"), length=150
    ),
    ImportField("address", _l("E-mail"), ("Email", "E-mail", "E-mail Address", "Mail", "E-Mail-Adresse"), True, 254),
    ImportField("job_title", _l("Job title"), ("Job Title", "Title", "Position", "Berufsbezeichnung", "Titel"), length=150),
    ImportField("function", _l("Function"), ("Function", "Job Function", "Department", "Funktion", "Abteilung", "Bereich")),
    ImportField(
        "phone", _l("Phone"), ("Phone", "Phone Number", "Telephone", "Mobile", "Telefon", "Telefonnummer", "Mobil"), length=20
    ),
    ImportField("language", _l("Language"), ("Language", "Preferred Language", "Sprache"), length=20),
    ImportField("time_zone", _l("Time zone"), ("Time Zone", "Timezone", "Zeitzone"), length=60),
    ImportField(
        "programme_id",
        _l("Programme ID of the company"),
        ("Programme ID", "Program ID", "Partner ID", "Company ID", "Programm-ID", "Partner-ID", "Partnernummer"),
        True,
        20,
    ),
    ImportField("role", _l("Org admin"), ("Org Admin", "Organisation Admin", "Partner Admin", "Admin", "Administrator")),
)

# By kind of file; filled by `kinds.add`.
FIELDS: dict[ImportKind, tuple[ImportField, ...]] = {}

# field key → number of its column, from 0
Columns = Mapping[str, int]


def plain_header(text: str) -> str:
    """A header without case, accents, blanks and signs: "E-Mail Domains" and "email domains" are alike."""
    return "".join(sign for sign in fold(text) if sign.isalnum())


def guess(kind: ImportKind, headers: Sequence[str]) -> dict[str, int]:
    """The columns whose headers say what they hold. The first name of a field wins over its later ones."""
    plain = [plain_header(header) for header in headers]
    found: dict[str, int] = {}
    for choice in range(max(len(field.headers) for field in FIELDS[kind])):
        for field in FIELDS[kind]:
            if field.key in found or choice >= len(field.headers):
                continue
            name = plain_header(field.headers[choice])
            if name in plain and (at := plain.index(name)) not in found.values():
                found[field.key] = at
    return found


def missing(kind: ImportKind, columns: Columns) -> list[ImportField]:
    """Required fields that no column stands for."""
    return [field for field in FIELDS[kind] if field.required and field.key not in columns]


def missing_for_new(kind: ImportKind, columns: Columns) -> list[ImportField]:
    """Fields that new rows need, for which no column stands."""
    return [field for field in FIELDS[kind] if field.for_new and field.key not in columns]


@dataclass(frozen=True)
class Doubled:
    """Columns of one name, `at` from 0, of which one was `taken` for a field."""

    header: str
    field: ImportField
    at: tuple[int, ...]
    taken: int


def doubled(kind: ImportKind, headers: Sequence[str], columns: Columns) -> list[Doubled]:
    """Fields whose column has the name of others, so that another one may be meant."""
    plain = [plain_header(header) for header in headers]
    found = []
    for field in FIELDS[kind]:
        taken = columns.get(field.key)
        if taken is None or not plain[taken]:
            continue
        same = tuple(n for n, name in enumerate(plain) if name == plain[taken])
        if len(same) > 1 and not set(same) - {taken} <= {at for key, at in columns.items() if key != field.key}:
            found.append(Doubled(headers[taken], field, same, taken))
    return found


def valid_columns(kind: ImportKind, columns: Mapping[str, Any], count: int) -> dict[str, int]:
    """What of a stored mapping fits a file with `count` columns."""
    known = {field.key for field in FIELDS[kind]}
    return {key: at for key, at in columns.items() if key in known and isinstance(at, int) and 0 <= at < count}


def header_set(headers: Sequence[str]) -> str:
    """A fingerprint of a header line, under which its mapping is remembered."""
    return hashlib.sha256("\x1f".join(plain_header(header) for header in headers).encode()).hexdigest()
