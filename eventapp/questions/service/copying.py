"""Copying: from the library, to the library, the whole form of another event."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.questions import queries
from eventapp.questions.models import Question, Section
from eventapp.questions.rules.asked import Asked
from eventapp.questions.rules.conditions import asks_question
from eventapp.questions.service.building import QuestionDetails, add_question
from eventapp.questions.service.checking import lock
from eventapp.questions.service.sections import SectionDetails, add_section


def details_of(question: Asked, ids: dict[int, int] | None = None) -> QuestionDetails:
    """A question as it would be typed in anew. What its condition asks is taken to the copies by `ids`, else left out."""
    return QuestionDetails(
        label=question.label,
        kind=question.kind,
        scope=question.scope,
        key="",
        help=question.help,
        options=question.options,
        settings=question.settings,
        required=question.required,
        at_door=question.at_door,
        in_exports=question.in_exports,
        special=question.special,
        condition=_condition(question, ids or {}),
    )


def _condition(question: Asked, ids: dict[int, int]) -> dict[str, Any] | None:
    tests = []
    for test in (question.condition or {}).get("tests", ()):
        id_ = asks_question(test["on"])
        if id_ is None:
            if test["on"] != "kind":  # each event has its own kinds
                tests.append(dict(test))
        elif id_ in ids:
            tests.append({**test, "on": f"q{ids[id_]}"})
    return {"all": (question.condition or {}).get("all", True), "tests": tests} if tests else None


def from_library(event: Event, section: Section, question: Asked, *, by: Actor, at: datetime) -> Question:
    """Puts a copy of a question of the library at the end of a section."""
    return add_question(event, section, details_of(question), by=by, at=at)


def to_library(question: Asked, *, by: Actor, at: datetime) -> Question:
    """Puts a copy of a question into the library's last section, made if there is none. Conditions on answers stay behind."""
    sections = queries.library()
    if any(q.label == question.label and q.kind is question.kind for q in queries.questions_in(sections)):
        raise RuleError(_("The library has this question already."))
    if sections:
        section = queries.section(None, sections[-1].id)
    else:
        section = add_section(None, SectionDetails(_("Saved from events")), by=by, at=at)
    return add_question(None, section, details_of(question), by=by, at=at)


def copy_form(event: Event, source: Event, *, by: Actor, at: datetime) -> int:
    """Puts copies of all sections and questions of `source` behind what is there. Returns how many questions.

    Dates from which something is required or frozen belong to the other event and are not copied.
    """
    lock(event)
    ids: dict[int, int] = {}
    for section in queries.form_of(source.id):
        made = add_section(event, SectionDetails(section.title, section.help, section.stage), by=by, at=at)
        for question in section.questions:
            details = replace(details_of(question, ids), key=_free_key(event, question.key))
            ids[question.id] = add_question(event, made, details, by=by, at=at).id
    if not ids:
        raise RuleError(_("That event has no questions to copy."), "source", 409)
    db.session.flush()
    record(
        "questions.copy",
        by=by,
        at=at,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        changes={"source": source.title, "questions": len(ids)},
    )
    return len(ids)


def _free_key(event: Event, key: str) -> str:
    """The other event's name of the column, so that exports of both can be put together; none if it is taken."""
    return "" if key in queries.keys_in(event.id) else key
