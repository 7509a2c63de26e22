"""What a move is made of, and what follows from it. Pure functions over facts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from eventapp.core.i18n import _
from eventapp.events.models import Event, EventFormat, EventStatus, Mode
from eventapp.lifecycle.converting.models import ConversionKind
from eventapp.questions.rules.asked import Asked
from eventapp.questions.rules.conditions import needed

UNDO_LASTS = timedelta(days=7)
FORMATS = {ConversionKind.VIRTUAL: EventFormat.VIRTUAL, ConversionKind.IN_PERSON: EventFormat.IN_PERSON}
MODES = {ConversionKind.VIRTUAL: Mode.VIRTUAL, ConversionKind.IN_PERSON: Mode.IN_PERSON}
MESSAGES = {
    ConversionKind.VIRTUAL: "moved_virtual",
    ConversionKind.IN_PERSON: "moved_in_person",
    ConversionKind.DATE: "moved_date",
}


class TooMany(StrEnum):
    """What becomes of people with a place when the hall has fewer: all keep it, or the last to register wait."""

    KEEP = "keep"
    WAIT = "wait"


@dataclass(frozen=True)
class SessionChoice:
    """What becomes of a session: `postponed` it leaves the timetable; else it has this link, or that of its room."""

    link: str = ""
    postponed: bool = False


@dataclass(frozen=True)
class Plan:
    """What an organizer has chosen. Fields that a kind does not ask for stay as they are here.

    `capacity` is none for no limit; `join_url` is the link of everything that has none of its own; `room_links` and
    `sessions` are by id. `above_company` confirms as well who waits for a place of the company. `hide` and `show` are ids
    of questions. `needs_until` is the day on which food and access data is deleted. Times are UTC; without `ends_at` the event
    takes as long as before.
    """

    kind: ConversionKind
    note: str = ""
    capacity: int | None = None
    above_company: bool = False
    join_url: str = ""
    room_links: Mapping[int, str] = field(default_factory=dict)
    sessions: Mapping[int, SessionChoice] = field(default_factory=dict)
    hide: frozenset[int] = frozenset()
    needs_until: date | None = None
    venue: str = ""
    address: str = ""
    city: str = ""
    too_many: TooMany = TooMany.KEEP
    show: frozenset[int] = frozenset()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    move_sessions: bool = True


def blocker(event: Event, kind: ConversionKind, at: datetime) -> str:
    """Why the event cannot be moved that way now; empty if it can."""
    if event.status is EventStatus.CANCELLED:
        return _("This event was cancelled.")
    if event.status is EventStatus.DRAFT:
        return _("This event is a draft that nobody has seen. Change it on its edit page.")
    if event.ends_at <= at:
        return _("This event is over.")
    if kind is ConversionKind.VIRTUAL and event.format is EventFormat.VIRTUAL:
        return _("This event takes place on video already.")
    if kind is ConversionKind.IN_PERSON and event.format is EventFormat.IN_PERSON:
        return _("This event takes place in person already.")
    return ""


def room_bound(questions: Sequence[Asked]) -> set[int]:
    """Ids of the questions that are asked only of people who come in person, and of those that depend on them."""
    found: set[int] = set()
    for question in questions:
        if _only_in_person(question) or found.intersection(needed(question.condition)):
            found.add(question.id)
    return found


def with_dependent(questions: Sequence[Asked], chosen: Collection[int]) -> set[int]:
    """The chosen questions, and all whose condition asks about one of them: without it they cannot be asked."""
    found = set(chosen)
    for question in questions:
        if found.intersection(needed(question.condition)):
            found.add(question.id)
    return found


def _only_in_person(question: Asked) -> bool:
    condition = question.condition or {}
    tests = condition.get("tests", ())
    bound = [_asks_for_a_room(test) for test in tests]
    return bool(bound) and (any(bound) if condition.get("all", True) else all(bound))


def _asks_for_a_room(test: Mapping[str, str]) -> bool:
    wanted = {"is": Mode.IN_PERSON.value, "is_not": Mode.VIRTUAL.value}
    return test["on"] == "mode" and wanted.get(test["is"]) == test.get("value")
