"""When an invitation can be answered, and what it waives. Pure functions over facts."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from eventapp.core.i18n import _
from eventapp.core.times import LocalTimeError, to_local, to_utc
from eventapp.events.models import Event, EventStatus
from eventapp.events.rules import Blocker
from eventapp.registrations.invitations.models import OPEN, Invitation, InvitationState

# How often and how long after the last mail the silent are reminded, unless the organizer says otherwise.
USUAL_DAYS, USUAL_TIMES = 3, 3
MOST_DAYS, MOST_TIMES = 60, 10


class Exclusion(StrEnum):
    """Why somebody on the list gets no invitation."""

    TWICE = "twice"
    INVITED = "invited"
    DECLINED = "declined"
    REGISTERED = "registered"
    OBJECTED = "objected"
    NO_ADDRESS = "no_address"
    SUSPENDED = "suspended"


def blockers(invitation: Invitation, event: Event, now: datetime) -> list[Blocker]:
    """Why the invitation cannot be answered any more. Feeds the link's page and the acts alike.

    What it says is about the invitation alone: whoever holds an old link learns nothing about people.
    """
    if event.status is EventStatus.CANCELLED:
        return [Blocker("cancelled", f"{_('This event was cancelled.')} {event.cancelled_reason}".rstrip())]
    if event.ends_at <= now:
        return [Blocker("over", _("This event is over."))]
    if invitation.state in OPEN and invitation.expires_at <= now:
        return [Blocker("expired", _ended(InvitationState.EXPIRED))]
    if invitation.state in OPEN or (invitation.of_company and admits(invitation, now)):
        return []
    return [Blocker(invitation.state.value, _ended(invitation.state))]


def _ended(state: InvitationState) -> str:
    return {
        InvitationState.DONE: _("This invitation has been used. The mail about the registration has the link to it."),
        InvitationState.DECLINED: _("This invitation was declined."),
        InvitationState.DELEGATED: _("This invitation was passed on to a deputy, who has a link of their own."),
        InvitationState.WITHDRAWN: _("This invitation was taken back."),
        InvitationState.EXPIRED: _("The time to answer this invitation is over."),
    }[state]


def admits(invitation: Invitation, now: datetime) -> bool:
    """Whether people may register on the invitation: on a company's also after the first has, until it expires."""
    states = (*OPEN, InvitationState.DONE) if invitation.of_company else OPEN
    return invitation.state in states and invitation.expires_at > now


def end_of(day: date, event: Event) -> datetime:
    """The moment at which a time to answer ends whose last day is `day` where the event is, and at most the event's end."""
    return min(_moment(datetime.combine(day + timedelta(days=1), time()), event), event.ends_at)


def last_day(moment: datetime, event: Event) -> date:
    """The last day of a time that ends at that moment."""
    return to_local(moment - timedelta(microseconds=1), event.time_zone).date()


def usual_end(event: Event, now: datetime) -> date:
    """The last day to answer that is offered first: that of registration, else the day before the event."""
    closes = event.registration_closes_at if event.registration_closes_at and event.registration_closes_at > now else None
    return max(last_day(closes or event.starts_at, event), to_local(now, event.time_zone).date())


def morning_of(day: date, event: Event) -> datetime:
    """Nine o'clock of that day where the event is: when reminders go out."""
    return _moment(datetime.combine(day, time(9)), event)


def _moment(local: datetime, event: Event) -> datetime:
    try:
        return to_utc(local, event.time_zone, fold=0)
    except LocalTimeError as error:
        return error.choices[-1]


@dataclass(frozen=True)
class Counts:
    """A batch in numbers: people and companies that get an invitation, mails that go out, and who gets none by reason."""

    people: int = 0
    companies: int = 0
    mails: int = 0
    no_company: int = 0
    excluded: dict[str, int] | None = None

    @property
    def total(self) -> int:
        """How many invitations are made."""
        return self.people + self.companies
