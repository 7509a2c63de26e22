"""Warnings in words: what is wrong with which session, with which other one, and when."""

from dataclasses import dataclass
from typing import Any

from eventapp.agenda.timetable.rules import Problem, Warning
from eventapp.core.i18n import _, _l
from eventapp.core.times import span

# The word in the grid.
SHORT: dict[Problem, Any] = {
    Problem.SPEAKER_TWICE: _l("Speaker twice"),
    Problem.SPEAKER_AWAY: _l("Speaker away"),
    Problem.ROOM_TWICE: _l("Room twice"),
    Problem.ROOM_CLOSED: _l("Room closed"),
    Problem.ROOM_SMALL: _l("Room too small"),
    Problem.CHANGEOVER: _l("Changeover"),
    Problem.AUDIENCE_SPLIT: _l("Audience split"),
    Problem.OUTSIDE: _l("Outside the event"),
}


@dataclass(frozen=True)
class Told:
    """A warning as it stands in the list: the parts that it is about, its word, its sentence, and when."""

    slot_id: int
    other_id: int | None
    title: str
    other: str
    word: str
    text: str
    when: str


def told(warning: Warning, zone: str) -> Told:
    """The warning in words."""
    part, other = warning.part, warning.other
    return Told(
        part.id,
        other.id if other else None,
        part.title,
        other.title if other else "",
        str(SHORT[warning.problem]),
        _sentence(warning),
        span(part.starts_at, part.ends_at, zone),
    )


def _sentence(warning: Warning) -> str:
    """What is wrong; the sessions themselves stand beside it as links."""
    name, number, limit = warning.name, warning.number, warning.limit
    match warning.problem:
        case Problem.SPEAKER_TWICE:
            return _("%(name)s speaks in both at the same time.", name=name)
        case Problem.SPEAKER_AWAY:
            return _("%(name)s is away then.", name=name)
        case Problem.ROOM_TWICE if name:
            return _("Both are in %(room)s at the same time.", room=name)
        case Problem.ROOM_TWICE:
            return _("Both stand over all rooms at the same time.")
        case Problem.ROOM_CLOSED:
            return _("%(room)s cannot be used then.", room=name)
        case Problem.ROOM_SMALL:
            return _("%(people)s people, but %(room)s holds %(limit)s.", people=number, room=name, limit=limit)
        case Problem.CHANGEOVER:
            text = "%(room)s has %(minutes)s minutes between the two and needs %(limit)s."
            return _(text, room=name, minutes=number, limit=limit)
        case Problem.AUDIENCE_SPLIT:
            return _("Same track, same audience, both with sign-up: nobody can go to both.")
        case Problem.OUTSIDE:
            return _("It begins before the event or ends after it.")
