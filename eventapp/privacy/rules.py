"""What may be asked and shown, and for how long. Pure functions over facts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from eventapp.core.i18n import _l
from eventapp.events.models import Event, EventFormat, Mode
from eventapp.registrations.models import ENDED, Registration

# Only by the secret link, which lies in a mailbox, answers are shown no longer than this.
LINK_SHOWS = timedelta(days=30)

DIETS: dict[str, Any] = {
    "none": _l("I eat everything"),
    "vegetarian": _l("Vegetarian"),
    "vegan": _l("Vegan"),
    "halal": _l("Halal"),
    "kosher": _l("Kosher"),
    "gluten_free": _l("Gluten-free"),
    "lactose_free": _l("Lactose-free"),
    "other": _l("Something else"),
}
# Regulation (EU) No 1169/2011, Annex II: the fourteen allergens that food must declare.
ALLERGENS: dict[str, Any] = {
    "gluten": _l("Cereals with gluten"),
    "crustaceans": _l("Crustaceans"),
    "eggs": _l("Eggs"),
    "fish": _l("Fish"),
    "peanuts": _l("Peanuts"),
    "soybeans": _l("Soybeans"),
    "milk": _l("Milk"),
    "nuts": _l("Nuts"),
    "celery": _l("Celery"),
    "mustard": _l("Mustard"),
    "sesame": _l("Sesame"),
    "sulphites": _l("Sulphites"),
    "lupin": _l("Lupin"),
    "molluscs": _l("Molluscs"),
}


def has_catering(event: Event) -> bool:
    """Whether people come to a place where they eat and have to get in."""
    return event.format is not EventFormat.VIRTUAL


def asks_needs(registration: Registration, now: datetime) -> bool:
    """Whether needs are asked: of whoever comes in person and has not cancelled, until the event is over."""
    event = registration.event
    return (
        has_catering(event) and registration.mode is Mode.IN_PERSON and registration.status not in ENDED and now < event.ends_at
    )


def link_shows_answers(event: Event, now: datetime) -> bool:
    """Whether the secret link alone still shows what was answered: until 30 days after the event."""
    return now < event.ends_at + LINK_SHOWS


def purge_day(ends_at: datetime, days: int) -> date:
    """The day on which needs are deleted: so many days after the event has ended."""
    return (ends_at + timedelta(days=days)).date()


@dataclass(frozen=True)
class Kept:
    """A kind of data that is kept for a time: `days` unless changed, within `least` and `most`."""

    kind: str
    label: Any
    text: Any
    days: int
    least: int
    most: int


KEPT = (
    Kept("needs", _l("Food and access needs"), _l("Deleted so many days after the event has ended."), 30, 1, 30),
    Kept(
        "special_answers",
        _l("Special-category answers"),
        _l("What people told in confidence in forms of events; deleted so many days after the event has ended."),
        30,
        1,
        30,
    ),
    Kept("drafts", _l("Forms to be finished later"), _l("Deleted so many days after they were last saved."), 14, 1, 60),
    Kept(
        "mail_texts",
        _l("Texts of sent mails"),
        _l("The text and the calendar file go; that a mail was sent, to whom and when, stays."),
        400,
        30,
        1500,
    ),
    Kept(
        "import_files",
        _l("Rows of imported files"),
        _l("The file and its rows go, and with them the way to take the import back; its numbers stay."),
        90,
        1,
        730,
    ),
    Kept("account_links", _l("Links in mails about logins"), _l("Deleted so many days after they ran out."), 30, 1, 365),
    Kept("sessions", _l("Ended sessions of logins"), _l("Device and network address of whoever was signed in."), 90, 7, 400),
    Kept(
        "audit",
        _l("Log"),
        _l("Names and contents go; that something happened, when, stays and can be verified."),
        3650,
        365,
        7300,
    ),
)
KEPT_BY_KIND = {kept.kind: kept for kept in KEPT}
