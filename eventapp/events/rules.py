"""When registering is possible. Pure functions over facts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from eventapp.core.i18n import _
from eventapp.core.times import city, offset, to_local
from eventapp.events.models import MODES, Admission, Event, EventFormat, EventStatus, Mode


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


class PublicState(NamedTuple):
    """What an event's public page depends on, besides its text, which `version` stands for. No capacity: no limit."""

    id: int
    version: int
    status: EventStatus
    format: EventFormat
    registration_opens_at: datetime | None
    registration_closes_at: datetime | None
    ends_at: datetime
    capacity: int | None
    taken: int
    capacity_in_person: int | None
    taken_in_person: int
    capacity_virtual: int | None
    taken_virtual: int


def state_of(event: Event) -> PublicState:
    """The public state of an event that is loaded with its pools."""
    pools = (event.pool, event.in_person_pool, event.virtual_pool)
    counts = (number for pool in pools for number in (pool.capacity, pool.taken))
    return PublicState(*(getattr(event, name) for name in PublicState._fields[:7]), *counts)


def availability(state: PublicState) -> str:
    """`free`, `few` (a tenth or less is left) or `full`, over the modes together; `none` where there is no limit."""
    rooms = {
        Mode.IN_PERSON: (state.capacity_in_person, state.taken_in_person),
        Mode.VIRTUAL: (state.capacity_virtual, state.taken_virtual),
    }
    modes = [(capacity, taken) for capacity, taken in (rooms[m] for m in MODES[state.format]) if capacity is not None]
    if state.capacity is not None and state.taken >= state.capacity:
        return "full"
    limited = modes or ([(state.capacity, state.taken)] if state.capacity is not None else [])
    if not limited:
        return "none"
    free = sum(max(0, capacity - taken) for capacity, taken in limited)
    if free == 0:
        return "full"
    return "few" if free * 10 <= sum(capacity for capacity, _taken in limited) else "free"


def window(
    event: Event | PublicState, now: datetime, *, opens_at: datetime | None = None, closes_at: datetime | None = None
) -> Window:
    """Whether registering is possible at this moment, or why not.

    `opens_at` and `closes_at` go before the event's own times, for an admission kind or a wave.
    """
    if event.status is EventStatus.DRAFT:
        return Window.DRAFT
    if event.status is EventStatus.CANCELLED:
        return Window.CANCELLED
    if event.ends_at <= now:
        return Window.OVER
    if event.status is EventStatus.CLOSED:
        return Window.CLOSED
    opens = opens_at or event.registration_opens_at
    if opens is not None and now < opens:
        return Window.EARLY
    closes = closes_at or event.registration_closes_at or event.ends_at
    return Window.OPEN if now < closes else Window.CLOSED


def registration_blockers(event: Event, now: datetime) -> list[Blocker]:
    """Why somebody of whom we know nothing may not register at this moment; empty when it is possible.

    Feeds the button and the act alike. The rules for single companies and people stand in events/admission.
    """
    state = window(event, now)
    if state is not Window.OPEN:
        return [blocker_of(event, state, event.registration_opens_at)]
    if event.admission is Admission.INVITATION:
        text = _("People come to this event by invitation only. If you have one, use the link in it; else ask the organizer.")
        return [Blocker("invitation", text)]
    return []


def blocker_of(event: Event, state: Window, opens_at: datetime | None) -> Blocker:
    """What to tell somebody who cannot register in that state."""
    if state is Window.EARLY and opens_at is not None:
        return Blocker(state.value, _("Registration opens on %(when)s.", when=_moment(opens_at, event.time_zone)))
    messages = {
        Window.DRAFT: _("This event is not published yet."),
        Window.CANCELLED: _("This event was cancelled."),
        Window.OVER: _("This event is over."),
        Window.CLOSED: _("Registration is closed."),
    }
    return Blocker(state.value, messages[state])


def _moment(value: datetime, zone: str) -> str:
    local = to_local(value, zone)
    return f"{local:%d %b %Y, %H:%M} {city(zone)} ({offset(local)})"


def may_change_registration(event: Event, now: datetime) -> bool:
    """Whether a registration may still be cancelled, corrected or handed on by its holder: until the event ends."""
    return event.status is not EventStatus.CANCELLED and now < event.ends_at


def may_cancel(event: Event, now: datetime) -> bool:
    """Whether people with a place may still give it back by themselves: until the event's date for that."""
    return may_change_registration(event, now) and (event.cancel_until is None or now < event.cancel_until)


def may_edit_answers(event: Event, now: datetime) -> bool:
    """Whether people may still correct their name and answers: until the freeze date, else while the event lasts."""
    return may_change_registration(event, now) and (event.edit_until is None or now < event.edit_until)


def may_change_mode(event: Event, now: datetime) -> bool:
    """Whether people may still switch between in person and on video: until the cut-off, else until the event starts."""
    return may_change_registration(event, now) and len(event.modes) > 1 and now < (event.mode_change_until or event.starts_at)


def publish_blockers(event: Event, now: datetime) -> list[Blocker]:
    """What an event lacks before people may see it."""
    found = []
    if event.ends_at <= now:
        found.append(Blocker("over", _("The event's end lies in the past.")))
    if event.format.value != "virtual" and not event.venue:
        found.append(Blocker("venue", _("Name the venue, so that people know where to go.")))
    return found
