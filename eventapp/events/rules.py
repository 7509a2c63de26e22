"""When registering is possible. Pure functions over facts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from eventapp.core.i18n import _
from eventapp.core.times import city, offset, to_local
from eventapp.events.models import Event, EventStatus


class Window(StrEnum):
    """Where an event stands for somebody who wants to register."""

    DRAFT = "draft"
    EARLY = "early"
    OPEN = "open"
    CLOSED = "closed"
    OVER = "over"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Blocker:
    """A reason why something may not be done now, for people."""

    code: str
    message: str


def window(event: Event, now: datetime) -> Window:
    """Whether registering is possible at this moment, or why not."""
    if event.status is EventStatus.DRAFT:
        return Window.DRAFT
    if event.status is EventStatus.CANCELLED:
        return Window.CANCELLED
    if event.ends_at <= now:
        return Window.OVER
    if event.status is EventStatus.CLOSED:
        return Window.CLOSED
    if event.registration_opens_at is not None and now < event.registration_opens_at:
        return Window.EARLY
    closes = event.registration_closes_at or event.ends_at
    return Window.OPEN if now < closes else Window.CLOSED


def registration_blockers(event: Event, now: datetime) -> list[Blocker]:
    """Why nobody may register at this moment; empty when it is possible. Feeds the button and the act alike."""
    state = window(event, now)
    messages = {
        Window.DRAFT: _("This event is not published yet."),
        Window.CANCELLED: _("This event was cancelled."),
        Window.OVER: _("This event is over."),
        Window.CLOSED: _("Registration is closed."),
    }
    if state is Window.OPEN:
        return []
    if state is Window.EARLY and event.registration_opens_at is not None:
        return [
            Blocker(state.value, _("Registration opens on %(when)s.", when=_moment(event.registration_opens_at, event.time_zone)))
        ]
    return [Blocker(state.value, messages[state])]


def _moment(value: datetime, zone: str) -> str:
    local = to_local(value, zone)
    return f"{local:%d %b %Y, %H:%M} {city(zone)} ({offset(local)})"


def may_change_registration(event: Event, now: datetime) -> bool:
    """Whether a registration may still be cancelled, corrected or handed on by its holder: until the event ends."""
    return event.status is not EventStatus.CANCELLED and now < event.ends_at


def publish_blockers(event: Event, now: datetime) -> list[Blocker]:
    """What an event lacks before people may see it."""
    found = []
    if event.ends_at <= now:
        found.append(Blocker("over", _("The event's end lies in the past.")))
    if event.format.value != "virtual" and not event.venue:
        found.append(Blocker("venue", _("Name the venue, so that people know where to go.")))
    return found
