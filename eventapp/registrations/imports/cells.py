"""From the cells of another tool's list to values: states, moments in the event's zone, ways to take part."""

import re
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

from eventapp.core.i18n import _l
from eventapp.core.text import fold
from eventapp.core.times import to_utc, zones
from eventapp.events.models import Mode
from eventapp.partners.imports.fields import ImportField
from eventapp.partners.imports.parsing import Refused, line

FIELDS = (
    # What an export of ours holds, so that its rows are known again whatever became of names and addresses since.
    ImportField("code", _l("Code of the registration"), ("Code", "Registration Code", "Anmeldecode"), length=12),
    ImportField("given_name", _l("Given name"), ("Given Name", "First Name", "Forename", "Vorname"), length=100),
    ImportField(
        "family_name", _l("Family name"), ("Family Name", "Last Name", "Surname", "Nachname", "Familienname", "Name"), length=100
    ),
    ImportField("address", _l("E-mail"), ("Email", "E-mail", "E-mail Address", "Mail", "E-Mail-Adresse"), True, 254),
    ImportField(
        "company",
        _l("Company"),
        ("Company", "Company Name", "Account Name", "Organisation", "Organization", "Firma", "Firmenname", "Unternehmen"),
        True,
        250,
    ),
    ImportField(
        "programme_id",
        _l("Programme ID of the company"),
        ("Programme ID", "Program ID", "Partner ID", "Programm-ID", "Partner-ID", "Partnernummer"),
        length=20,
    ),
    ImportField("country", _l("Country"), ("Country", "Country Code", "Land", "Ländercode")),
    ImportField("phone", _l("Phone"), ("Phone", "Phone Number", "Telephone", "Mobile", "Telefon", "Telefonnummer", "Mobil")),
    ImportField("ticket", _l("Ticket"), ("Ticket", "Ticket Type", "Category", "Admission", "Kind", "Ticketart", "Kategorie")),
    ImportField("mode", _l("Takes part"), ("Mode", "Attendance", "Attendance Mode", "Teilnahme", "Teilnahmeart")),
    ImportField("status", _l("Status"), ("Status", "State", "Registration Status", "Anmeldestatus")),
    ImportField(
        "registered_at",
        _l("Registered"),
        (
            "Registered",
            "Registered At",
            "Registration Date",
            "Order Date",
            "Created",
            "Angemeldet am",
            "Angemeldet",
            "Erstellt am",
        ),
    ),
    ImportField(
        "checked_in_at",
        _l("Checked in"),
        ("Checked In", "Checked In At", "Check-in", "Check-in Time", "Eingecheckt", "Eingecheckt am"),
    ),
    ImportField("cancelled_at", _l("Cancelled"), ("Cancelled At", "Cancelled", "Canceled At", "Storniert am")),
    ImportField("zone", _l("Time zone of the times"), ("Times in Zone",), length=60),
    ImportField(
        "comes_with",
        _l("Comes with"),
        ("Comes With", "Guest Of", "Plus One Of", "Host", "Begleitung von", "Gast von"),
        length=254,
    ),
    ImportField("badge_name", _l("Name on the badge"), ("Badge Name", "Name on Badge", "Badgename"), length=150),
    ImportField("note", _l("Note"), ("Note", "Notes", "Comment", "Bemerkung", "Notiz"), length=500),
)


class Came(StrEnum):
    """What the other tool says became of a registration.

    Open: it waits for a place, an offer or the organizer's yes. Such rows are compared, and never made anew: the place in
    the queue that the other tool gave cannot be given here.
    """

    CHECKED_IN = "checked in"
    CONFIRMED = "confirmed"
    OPEN = "open"
    CANCELLED = "cancelled"
    DECLINED = "declined"

    @property
    def over(self) -> bool:
        """Whether nobody comes by it."""
        return self in (Came.CANCELLED, Came.DECLINED)


_STATES = {
    Came.CHECKED_IN: ("checked in", "checked-in", "checkedin", "attended", "present", "eingecheckt", "teilgenommen", "anwesend"),
    Came.CONFIRMED: (
        *("", "confirmed", "registered", "paid", "approved", "complete", "completed", "active", "yes"),
        *("no-show", "no show", "noshow", "absent", "did not attend", "nicht erschienen", "abwesend"),
        *("angemeldet", "bestaetigt", "bestatigt", "bezahlt"),
    ),
    Came.OPEN: ("pending", "to approve", "offered", "waiting", "waiting list", "waitlist", "waitlisted", "warteliste"),
    Came.CANCELLED: ("cancelled", "canceled", "storniert", "abgesagt", "annule", "refunded", "withdrawn"),
    Came.DECLINED: ("declined", "abgelehnt"),
}
STATES = {word: came for came, words in _STATES.items() for word in words}
_VIRTUAL = frozenset({"virtual", "online", "remote", "video", "on video", "stream", "digital"})
_IN_PERSON = frozenset({"in person", "in-person", "onsite", "on site", "vor ort", "praesenz", "prasenz", "physical"})
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)


@lru_cache(maxsize=100)
def known_zone(name: str, otherwise: str) -> str:
    """The zone of that name, else the other one."""
    return name if name in zones() else otherwise


def state(cell: str) -> Came:
    """What became of the registration; an empty cell is confirmed. Raises `Refused`."""
    found = STATES.get(fold(line(cell)))
    if found is None:
        raise Refused("unknown_state", line(cell))
    return found


def moment(cell: str, zone: str) -> datetime | None:
    """A moment like 19.05.2026 08:01 or 2026-05-19T08:01, in the zone unless it says its own. Raises `Refused`.

    Of a local time that exists twice the earlier is meant: the file cannot say which.
    """
    value = line(cell)
    if not value:
        return None
    german = _GERMAN.fullmatch(value)
    try:
        if german:
            day, month, year, hour, minute, second = (int(part or 0) for part in german.groups())
            local = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - local time of the zone
        else:
            local = datetime.fromisoformat(value)
        if not 1990 <= local.year <= 2200:
            # In some zones the first and the last days there are would be no moment at all.
            raise Refused("broken_date", value)
        if local.tzinfo is not None:
            return local.astimezone(UTC)
        return to_utc(local, zone, fold=0)
    except (ValueError, OverflowError) as error:
        raise Refused("broken_date", value) from error


def mode(cell: str, offered: tuple[Mode, ...]) -> Mode:
    """How somebody takes part; an empty cell is the event's first way. Raises `Refused`."""
    value = fold(line(cell)).replace("_", " ")
    found = Mode.VIRTUAL if value in _VIRTUAL else Mode.IN_PERSON if value in _IN_PERSON else None
    if value and (found is None or found not in offered):
        raise Refused("unknown_mode", line(cell))
    return found or offered[0]
