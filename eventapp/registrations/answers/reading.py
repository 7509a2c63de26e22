"""Answers as people of the vendor read them: with the question as it was asked, and in confidence what was told so."""

from typing import NamedTuple

from eventapp.accounts.permissions import NEEDS_READERS, Viewer
from eventapp.questions import queries as questions
from eventapp.questions.models import UPLOADS, Kind, Scope
from eventapp.registrations.answers import queries
from eventapp.registrations.models import Registration


def reads_special(viewer: Viewer) -> bool:
    """Whether the viewer may read special-category answers: who may read needs, and not organizers as such."""
    return bool(viewer.roles & NEEDS_READERS)


class Shown(NamedTuple):
    """An answer on a page, with the question as it was asked; `now` is what it is called now, if that differs.

    `hidden`: told in confidence. `picture`: the file is one that pages show.
    """

    label: str
    text: str
    now: str
    hidden: bool
    group: bool
    file_key: str = ""
    picture: bool = False


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
        label = current.label if current.label != asked.label else ""
        file_key = answer.answer["id"] if asked.kind in UPLOADS and not hidden else ""
        text, picture = "" if hidden else answer.text, asked.kind is Kind.PICTURE
        shown = Shown(asked.label, text, label, hidden, asked.scope is Scope.GROUP, file_key, picture)
        found.append((position, shown))
    return [shown for _position, shown in sorted(found, key=lambda pair: pair[0])]
