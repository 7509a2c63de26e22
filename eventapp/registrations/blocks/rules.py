"""When places of a block may be named, and when its holder is reminded: pure functions over facts."""

from datetime import datetime, timedelta
from enum import StrEnum

from eventapp.core.i18n import _
from eventapp.core.times import LocalTimeError, city, day_text, offset, to_local, to_utc
from eventapp.events.models import Event, EventStatus

# Days before the last moment for naming on which the holder and those with allotted places are reminded.
NOTICE_DAYS = (14, 7, 1)
# A notice that could not go out for so long is not worth sending: it would state a wrong number of days.
TOO_LATE = timedelta(hours=12)


class BlockState(StrEnum):
    """Where a block stands: names may be given, no more, or its unnamed places have fallen back."""

    NAMING = "naming"
    CLOSED = "closed"
    RELEASED = "released"


def state_of(released_at: datetime | None, name_until: datetime, now: datetime) -> BlockState:
    """The state of a block at this moment."""
    if released_at is not None:
        return BlockState.RELEASED
    return BlockState.NAMING if now < name_until else BlockState.CLOSED


def naming_blocker(event: Event, name_until: datetime, released_at: datetime | None, now: datetime) -> str:
    """Why nobody can be named for a place of the block now; empty when it is possible. For the button and the act alike.

    The event's own window does not count: the block has its own.
    """
    if event.status is EventStatus.DRAFT:
        return _("This event is not published yet.")
    if event.status is EventStatus.CANCELLED:
        return _("This event was cancelled.")
    if event.ends_at <= now:
        return _("This event is over.")
    state = state_of(released_at, name_until, now)
    if state is BlockState.RELEASED:
        return _("These places have fallen back to the event.")
    if state is BlockState.CLOSED:
        return _("These places could be named until %(when)s.", when=in_words(name_until, event.time_zone))
    return ""


def date_problems(event: Event, name_until: datetime, releases_at: datetime, now: datetime) -> list[tuple[str, str]]:
    """What is wrong with the dates of a block: field and message."""
    found = []
    if name_until <= now:
        found.append(("name_until", _("Choose a moment that is still to come.")))
    if releases_at < name_until:
        found.append(("releases_at", _("Places cannot fall back while they may still be named.")))
    if releases_at >= event.ends_at:
        found.append(("releases_at", _("Unnamed places must fall back before the event is over.")))
    return found


def notice_due(name_until: datetime, zone: str, noticed: int | None, now: datetime) -> int | None:
    """The days before `name_until` whose notice is to go out now; none if it has gone out, or its time has passed.

    Counted in days of the event's zone, so a clock change in between does not move the hour.
    """
    if now >= name_until:
        return None
    reached = [days for days in NOTICE_DAYS if days_before(name_until, days, zone) <= now]
    if not reached:
        return None
    days = min(reached)
    if (noticed is not None and noticed <= days) or now - days_before(name_until, days, zone) > TOO_LATE:
        return None
    return days


def days_before(moment: datetime, days: int, zone: str) -> datetime:
    """The moment at which clocks in `zone` show the same time so many days before."""
    local = to_local(moment, zone).replace(tzinfo=None) - timedelta(days=days)
    try:
        return to_utc(local, zone, fold=0)
    except LocalTimeError as error:
        return error.choices[-1]


def in_words(moment: datetime, zone: str) -> str:
    """A moment with the city and offset that it is meant in."""
    local = to_local(moment, zone)
    return f"{day_text(local.date())}, {local:%H:%M} {city(zone)} ({offset(local)})"
