"""Answers as people of the vendor read them: with the question as it was asked, and in confidence what was told so."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from eventapp.accounts.permissions import NEEDS_READERS, Viewer
from eventapp.events.models import Event
from eventapp.questions import queries as questions
from eventapp.questions.models import UPLOADS, Kind, Scope
from eventapp.questions.rules.asked import Asked
from eventapp.questions.rules.values import as_text, chosen
from eventapp.registrations.answers import queries
from eventapp.registrations.models import Registration


def reads_special(viewer: Viewer) -> bool:
    """Whether the viewer may read special-category answers: who may read needs, and not organizers as such."""
    return bool(viewer.roles & NEEDS_READERS)


class Mark(NamedTuple):
    """An option that somebody has chosen, with its word and colour, which may be empty."""

    word: str
    colour: str


class Shown(NamedTuple):
    """An answer on a page, with the question as it was asked; `now` is what it is called now, if that differs.

    `hidden`: told in confidence. `picture`: the file is one that pages show. `marks`: the options chosen, if any of these
    has a colour.
    """

    label: str
    text: str
    now: str = ""
    hidden: bool = False
    group: bool = False
    file_key: str = ""
    picture: bool = False
    at_door: bool = False
    marks: list[Mark] = []  # noqa: RUF012 - never changed


def of_registration(viewer: Viewer, registration: Registration) -> list[Shown]:
    """The answers about a registration and those of its company's group, in the form's order."""
    answers = [
        *queries.of_registration(registration.id).values(),
        *queries.of_group(registration.event_id, registration.organisation_id).values(),
    ]
    if not answers:
        return []
    form = questions.questions_in(questions.form_of(registration.event_id, archived=True))
    now_asked = {question.id: (place, question) for place, question in enumerate(form)}
    special = set(queries.special_answers([registration.id]))
    found = []
    for asked, answer in queries.as_asked(answers):
        position, current = now_asked[asked.id]
        hidden = answer.id in special and not reads_special(viewer)
        shown = Shown(
            asked.label,
            "" if hidden else answer.text,
            now=current.label if current.label != asked.label else "",
            hidden=hidden,
            group=asked.scope is Scope.GROUP,
            file_key=answer.answer["id"] if asked.kind in UPLOADS and not hidden else "",
            picture=asked.kind is Kind.PICTURE,
            at_door=current.at_door,
            marks=[] if hidden else _marks(current, answer.answer),
        )
        found.append((position, shown))
    return [shown for _position, shown in sorted(found, key=lambda pair: pair[0])]


def _marks(question: Asked, value: Any) -> list[Mark]:
    """The chosen options with the colours that they have now; nothing unless one of them has any."""
    options = [o for o in question.options if o.key in chosen(question, value)]
    return [Mark(o.label, o.colour) for o in options] if any(o.colour for o in options) else []


def in_list(viewer: Viewer, event: Event, registration_ids: Sequence[int]) -> dict[int, list[Shown]]:
    """What a list shows of each of these people: answers for the door, and those with colours.

    Three statements for any number.
    """
    form = questions.questions_in(questions.form_of(event.id)) if event.has_form else []
    wanted = [q for q in form if (q.at_door or q.coloured) and (reads_special(viewer) or not q.special)]
    values = queries.values_of([q.id for q in wanted], registration_ids) if wanted and registration_ids else {}
    return {id_: [_in_line(q, values[id_, q.id]) for q in wanted if (id_, q.id) in values] for id_ in registration_ids}


def _in_line(question: Asked, value: Any) -> Shown:
    return Shown(
        question.label,
        as_text(question, value),
        file_key=value["id"] if question.kind in UPLOADS else "",
        picture=question.kind is Kind.PICTURE,
        at_door=question.at_door,
        marks=_marks(question, value),
    )
