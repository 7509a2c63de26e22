"""From the cells of a report to values: which columns there are, and moments in every spelling that tools write."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from eventapp.core.email import EmailError, normal_address
from eventapp.core.exports import original
from eventapp.core.i18n import _l
from eventapp.core.text import fold, one_line
from eventapp.core.times import to_utc, zones
from eventapp.partners.imports.fields import ImportField
from eventapp.partners.imports.parsing import Refused
from eventapp.training.models import DayOrder
from eventapp.training.rules import Slot

FIELDS = (
    ImportField(
        "joined",
        _l("Joined"),
        (
            *("Join Time", "Joined At", "Join", "Joined", "Beitrittszeit", "Teilnahmezeit", "Zeitpunkt des Beitritts"),
            *("Heure de participation", "Heure de connexion", "Hora de entrada", "Ora di accesso", "Start Time"),
        ),
        True,
    ),
    ImportField(
        "left",
        _l("Left"),
        (
            *("Leave Time", "Left At", "Leave", "Left", "Austrittszeit", "Verlassenszeit", "Zeitpunkt des Verlassens"),
            *("Heure de départ", "Hora de salida", "Ora di uscita", "End Time"),
        ),
    ),
    ImportField(
        "name",
        _l("Name"),
        (
            *("Name", "Display Name", "Full Name", "Name (Original Name)", "Participant", "Attendee Name", "Anzeigename"),
            *("Vollständiger Name", "Nom", "Nom complet", "Nombre", "Nombre completo", "Nome", "Nome completo"),
        ),
        length=200,
    ),
    ImportField(
        "address",
        _l("E-mail"),
        (
            *("Email", "User Email", "Attendee Email", "Email Address", "E-mail", "E-Mail-Adresse", "Participant ID (UPN)"),
            *("Adresse e-mail", "Correo electrónico", "Indirizzo e-mail"),
        ),
        length=254,
    ),
    ImportField("role", _l("Role in the meeting"), ("Role", "Rolle", "Rôle", "Rol", "Ruolo", "Attendee Type")),
    ImportField(
        "token",
        _l("Join link or code of the registration"),
        ("Join Token", "Join Link", "Registration Code", "Registrant ID", "Customer Key"),
    ),
    ImportField("waiting", _l("In the waiting room"), ("In Waiting Room", "Im Warteraum")),
    ImportField("asked", _l("Engagement checks asked"), ("Polls Asked", "Checks Asked", "Attentiveness Checks")),
    ImportField("answered", _l("Engagement checks answered"), ("Polls Answered", "Checks Answered")),
)

STAFF_ROLES = frozenset(
    [
        *("organizer", "organiser", "organisator", "presenter", "co-organizer", "coorganizer", "co-organiser", "host", "co-host"),
        *("cohost", "alternate host", "panelist", "organisateur", "presentateur", "referent", "moderator", "organizador"),
        *("organizzatore", "relatore", "presentador", "veranstalter", "gastgeber"),
    ]
)
_FIRST, _LAST = 2000, 2199
_CLOCK = r"(?:[,\sT]\s*(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([AaPp])?\.?\s?(?:[Mm]\.?)?)"
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})" + _CLOCK, re.ASCII)
_DOTS = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{2}|\d{4})" + _CLOCK, re.ASCII)
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})" + _CLOCK + r"\s*(Z|UTC|[+-]\d{2}:?\d{2})?", re.ASCII)
_WORDS = re.compile(r"([A-Za-z]{3,9})\.?\s(\d{1,2}),?\s(\d{4})" + _CLOCK, re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_QUOTED = re.compile(r'="(.*)"', re.DOTALL)
_OFFSET = re.compile(r"\(?(?:UTC|GMT)(?:([+-])(\d{1,2})(?::?(\d{2}))?)?\)?", re.IGNORECASE)


def cell_text(cell: str) -> str:
    """A cell as one line: blanks of all kinds single, no invisible marks, and out of `="…"` as Webex writes it."""
    text = cell.replace("\u202f", " ").replace("\u00a0", " ").replace("\u200e", "").replace("\u200f", "").strip()
    if quoted := _QUOTED.fullmatch(text):
        text = quoted[1]
    return one_line(original(text))


def address(cell: str) -> str:
    """An address in normal form; empty where the cell holds none, as with guests and telephones."""
    try:
        return normal_address(cell_text(cell))
    except EmailError:
        return ""


def local_moment(cell: str, order: DayOrder) -> datetime | None:
    """A moment as it is written, with a zone only where it says one; none for an empty cell. Raises `Refused`."""
    text = cell_text(cell)
    if not text:
        return None
    try:
        found = _read(text, order)
    except (ValueError, OverflowError) as error:
        raise Refused("broken_date") from error
    if found is None or not _FIRST <= found.year <= _LAST:
        raise Refused("broken_date")
    return found


def _read(text: str, order: DayOrder) -> datetime | None:
    if slashes := _SLASHES.fullmatch(text):
        one, two, year, *clock = slashes.groups()
        month, day = (one, two) if order is DayOrder.MONTH_FIRST else (two, one)
        return _made(year, month, day, clock)
    if dots := _DOTS.fullmatch(text):
        day, month, year, *clock = dots.groups()
        return _made(year, month, day, clock)
    if worded := _WORDS.fullmatch(text):
        name, day, year, *clock = worded.groups()
        return _made(year, str(_MONTHS.index(name[:3].lower()) + 1), day, clock)
    if iso := _ISO.fullmatch(text):
        *parts, offset = iso.groups()
        local = _made(parts[0], parts[1], parts[2], parts[3:])
        if not offset:
            return local
        zone = "+0000" if offset in ("Z", "UTC") else offset.replace(":", "")
        return datetime.strptime(f"{local:%Y-%m-%d %H:%M:%S}{zone}", "%Y-%m-%d %H:%M:%S%z")
    return None


def _made(year: str, month: str, day: str, clock: Sequence[str | None]) -> datetime:
    hours, minutes, seconds, half = clock
    hour = int(hours or 0)
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(hours)
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    full = int(year) + (2000 if len(year) == 2 else 0)
    return datetime(full, int(month), int(day), hour, int(minutes or 0), int(seconds or 0))  # noqa: DTZ001 - local time


def moment(cell: str, zone: str, order: DayOrder) -> datetime | None:
    """A moment in UTC. Of a local time that exists twice the earlier is meant: the file cannot say. Raises `Refused`."""
    local = local_moment(cell, order)
    if local is None:
        return None
    try:
        return local.astimezone(UTC) if local.tzinfo is not None else to_utc(local, zone, fold=0)
    except (ValueError, OverflowError) as error:
        raise Refused("broken_date") from error


def zone_named(text: str) -> str:
    """The IANA zone that a report's header names, like "UTC" or "Europe/Berlin"; empty if it is none of ours."""
    text = one_line(text)
    if text in zones():
        return text
    found = _OFFSET.match(text)
    if found is None:
        return ""
    sign, hours, minutes = found.groups()
    return "UTC" if not sign or (int(hours) == 0 and not int(minutes or 0)) else ""


def day_order(samples: Iterable[str], zone: str, slots: Sequence[Slot]) -> DayOrder:
    """How dates with slashes are written: so that most of them fall on the days of the run; else as AM and PM suggest."""
    cells = [cell for cell in samples if cell.strip()]
    points = {order: sum(_falls_on(cell, zone, order, slots) for cell in cells) for order in DayOrder}
    if len(set(points.values())) > 1:
        return max(DayOrder, key=lambda order: points[order])
    american = any(re.search(r"\d\s?[AaPp]\.?\s?[Mm]", cell_text(cell)) for cell in cells)
    return DayOrder.MONTH_FIRST if american else DayOrder.DAY_FIRST


def _falls_on(cell: str, zone: str, order: DayOrder, slots: Sequence[Slot]) -> bool:
    day = timedelta(days=1)
    try:
        at = moment(cell, zone, order)
    except Refused:
        return False
    return at is not None and any(slot.starts_at - day <= at <= slot.ends_at + day for slot in slots)


def is_staff_role(cell: str) -> bool:
    """Whether the role in the meeting is one of those who give it."""
    return fold(cell_text(cell)) in STAFF_ROLES


def count(cell: str) -> int | None:
    """A small whole number; none for anything else."""
    text = cell_text(cell)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None
