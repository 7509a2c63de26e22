"""Every message about a registration in one place: what it is called, when it leaves, what it may say.

Pages, sending and tests go by this list. The text of a kind stands in `templates/mail/registrations/<key>.md`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from eventapp.core.i18n import _l

# What every message may say; a kind adds to it.
COMMON = (
    *("name", "given_name", "company", "event", "details", "when", "where", "mode", "start_day", "start_time"),
    *("contact", "registered_by", "link", "join_link", "details_link", "object_link"),
)


@dataclass(frozen=True)
class Schedule:
    """When a message leaves by itself: `days` before the first day or, negative, after the last, at an hour there.

    With `before` instead it leaves that long before the start, to the minute. Whoever did not get it `grace` after it
    was due is passed over: too late is worse than not at all. An `urgent` one leaves in the night as well. One `each_day`
    is about the next day of an event that takes place in several parts, not about the event as a whole.
    """

    days: int = 0
    hour: int = 9
    before: timedelta | None = None
    grace: timedelta = timedelta(hours=12)
    urgent: bool = False
    each_day: bool = False


@dataclass(frozen=True)
class Kind:
    """One message. `when` says in words what makes it leave, `without` what is lost when it is off.

    `calendar`: a message to everybody of the event that also moves the entries in their calendars. A `further` one belongs
    to a later feature, and is there only for events of which `hooks.FURTHER_KINDS` names it.
    """

    key: str
    label: Any
    when: Any
    extra: tuple[str, ...] = ()
    on: bool = True
    schedule: Schedule | None = None
    without: Any = ""
    calendar: bool = False
    further: bool = False

    @property
    def has_hour(self) -> bool:
        """Whether it leaves on a day, at an hour that can be chosen."""
        return self.schedule is not None and bool(self.schedule.days)

    @property
    def placeholders(self) -> tuple[str, ...]:
        """What its text may hold, in the order in which it is offered."""
        return (*self.extra, *COMMON)


_NO_LINK = _l("Nobody gets the link to their registration, with the QR code and the way to cancel.")
_NOT_TOLD = _l("Nobody is told by us.")
# What the messages may say that tell everybody where the event has gone.
_OF_MOVES = ("standing", "changes", "reason")

ALL = (
    Kind("confirmed", _l("Place confirmed"), _l("When somebody gets a place by registering"), without=_NO_LINK),
    Kind(
        "waiting",
        _l("On the waiting list"),
        _l("When there is no place left"),
        ("position", "waiting_reason", "promise"),
        without=_NO_LINK,
    ),
    Kind("pending", _l("Application received"), _l("When a registration needs your approval first"), without=_NO_LINK),
    Kind("approved", _l("Application approved"), _l("When you approve and there is a place"), without=_NO_LINK),
    Kind("declined", _l("Application declined"), _l("When you decline"), ("reason",), without=_NOT_TOLD),
    Kind(
        "offered",
        _l("A place is offered"),
        _l("When somebody who waits may take a place until a deadline"),
        ("deadline",),
        without=_l("Nobody hears of the offer, and it lapses."),
    ),
    Kind("promoted", _l("Moved up from the waiting list"), _l("When somebody who waited gets a place"), without=_NOT_TOLD),
    Kind("changed", _l("Registration changed"), _l("When somebody's answers or way to take part change"), ("changes",)),
    Kind(
        "cancelled",
        _l("Registration cancelled"),
        _l("When a registration is cancelled"),
        ("reason", "undo_link"),
        without=_l("It stays in people's calendars, and nobody learns that they may undo it."),
    ),
    Kind(
        "substituted",
        _l("Place handed on"),
        _l("To the former holder, when a colleague comes instead"),
        without=_l("It stays in the former holder's calendar."),
    ),
    Kind(
        "event_changed",
        _l("Event moved"),
        _l("When you change its name, time or place"),
        ("changes",),
        schedule=Schedule(grace=timedelta(days=3), urgent=True),
        without=_l("Calendars keep the old time and place."),
        calendar=True,
    ),
    Kind(
        "moved_virtual",
        _l("Moved to video"),
        _l("When you convert the event to virtual"),
        _OF_MOVES,
        without=_NOT_TOLD,
        calendar=True,
    ),
    Kind(
        "moved_in_person",
        _l("Moved into a room"),
        _l("When you convert the event to in person"),
        _OF_MOVES,
        without=_NOT_TOLD,
        calendar=True,
    ),
    Kind(
        "moved_date",
        _l("Moved to another date"),
        _l("When you give the event a new date"),
        _OF_MOVES,
        without=_NOT_TOLD,
        calendar=True,
    ),
    Kind(
        "moved_back",
        _l("Move taken back"),
        _l("When you undo one of the three above"),
        _OF_MOVES,
        without=_NOT_TOLD,
        calendar=True,
    ),
    Kind(
        "group_place",
        _l("Place in a group"),
        _l("When you announce the places of circles, tables or rooms, or tell that somebody's has changed"),
        ("activity", "group", "group_where", "group_when"),
        without=_NOT_TOLD,
    ),
    Kind(
        "group_place_gone",
        _l("No place in a group any more"),
        _l("When you tell changes, to those who were told a place that is no longer theirs"),
        ("activity",),
        without=_NOT_TOLD,
    ),
    Kind("event_cancelled", _l("Event cancelled"), _l("When you cancel the event"), ("reason",), without=_NOT_TOLD),
    Kind(
        "before_30d",
        _l("30 days before"),
        _l("To everybody with a place"),
        on=False,
        schedule=Schedule(days=30, grace=timedelta(days=2)),
    ),
    Kind(
        "incomplete",
        _l("Reminder to complete"),
        _l("14 days before, to everybody with a place who still owes an answer"),
        ("missing",),
        schedule=Schedule(days=14, grace=timedelta(days=2)),
    ),
    Kind(
        "before_7d",
        _l("7 days before"),
        _l("To everybody with a place"),
        on=False,
        schedule=Schedule(days=7, grace=timedelta(days=1)),
    ),
    Kind("before_1d", _l("The day before"), _l("To everybody with a place"), schedule=Schedule(days=1, each_day=True)),
    Kind(
        "before_1h",
        _l("One hour before"),
        _l("To everybody who takes part on video"),
        schedule=Schedule(before=timedelta(hours=1), grace=timedelta(minutes=30), urgent=True, each_day=True),
    ),
    Kind(
        "thanks",
        _l("Thanks"),
        _l("The day after, to everybody who was checked in, or with a place if nobody was"),
        on=False,
        schedule=Schedule(days=-1, hour=10, grace=timedelta(days=3)),
    ),
    Kind(
        "course_feedback",
        _l("How was the course?"),
        _l("The morning after a run of a course, to everybody with a seat who did not stay away"),
        ("course", "course_link"),
        without=_l("Nobody is asked; who looks at their own page can still say something."),
        further=True,
    ),
    Kind(
        "course_follow_up",
        _l("What do you use of the course?"),
        _l("30 to 90 days after a run, as its course says, to the same people"),
        ("course", "course_link"),
        without=_l("Nobody is asked what they use of it."),
        further=True,
    ),
)
KINDS = {kind.key: kind for kind in ALL}
# Those that leave on a date of their own, earliest first; the others leave when something happens.
DATED = tuple(kind for kind in ALL if kind.schedule is not None and (kind.schedule.days or kind.schedule.before))
