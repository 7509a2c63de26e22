"""What the log calls acts on forms, and where questions are found."""

from collections.abc import Collection, Mapping

from flask import url_for
from sqlalchemy import select

from eventapp.audit.words import Thing, declare_acts, declare_fields, declare_kind
from eventapp.core.db import db
from eventapp.core.i18n import _l
from eventapp.core.web.audiences import may_open
from eventapp.events.models import Event
from eventapp.questions.models import Question, QuestionVersion, Section


def _questions(ids: Collection[int]) -> Mapping[int, Thing]:
    query = (
        select(Question.id, QuestionVersion.label, Event.slug)
        .join(QuestionVersion, (QuestionVersion.question_id == Question.id) & (QuestionVersion.number == Question.current))
        .outerjoin(Event, Event.id == Question.event_id)
        .where(Question.id.in_(ids))
    )
    may = may_open("questions_admin.edit")
    return {
        id_: Thing(label, url_for("questions_admin.edit", slug=slug, question_id=id_) if may and slug else "")
        for id_, label, slug in db.session.execute(query)
    }


def _sections(ids: Collection[int]) -> Mapping[int, Thing]:
    query = select(Section.id, Section.title, Event.slug).outerjoin(Event, Event.id == Section.event_id)
    may = may_open("questions_admin.index")
    return {
        id_: Thing(title, url_for("questions_admin.index", slug=slug) if may and slug else "")
        for id_, title, slug in db.session.execute(query.where(Section.id.in_(ids)))
    }


declare_acts(
    "questions",
    _l("Forms"),
    {
        "add": _l("Added a question"),
        "change": _l("Changed a question"),
        "move": _l("Moved a part of the form"),
        "archive": _l("Archived a question"),
        "unarchive": _l("Asked an archived question again"),
        "delete": _l("Deleted a question"),
        "add_section": _l("Added a section to the form"),
        "change_section": _l("Changed a section of the form"),
        "delete_section": _l("Deleted a section of the form"),
        "deadlines": _l("Changed the deadlines of the form"),
        "copy": _l("Copied the form of another event"),
    },
)
declare_fields(
    label=_l("Question"), kind=_l("Kind"), help=_l("Help text"), stage=_l("Asked"), required=_l("Required"),
    required_from=_l("Required from"), frozen_from=_l("Frozen from"), at_door=_l("Shown at the door"),
    in_exports=_l("In exports"), special=_l("Special category"), settings=_l("Settings"), condition=_l("Condition"),
    position=_l("Position"), title=_l("Title"), source=_l("Copied from"), questions=_l("Questions"),
    answers_dropped=_l("Answers dropped or cut"), stage_a=_l("Form A open until"), stage_b=_l("Form B open until"),
)  # fmt: skip
declare_kind("question", _l("Question"), _questions)
declare_kind("form_section", _l("Section of a form"), _sections)
