"""Sections of a form, and the deadlines of its stages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.markdown import to_html
from eventapp.events.models import Event
from eventapp.questions import queries
from eventapp.questions.hooks import keeper
from eventapp.questions.models import FormStage, Question, Section, Stage
from eventapp.questions.service.checking import MOST_SECTIONS, check_form, lock, note


@dataclass(frozen=True)
class SectionDetails:
    """What an organizer fills in; `help` is Markdown."""

    title: str
    help: str = ""
    stage: Stage = Stage.A


def _siblings(event: Event | None, stage: Stage) -> list[Section]:
    same = Section.event_id == event.id if event is not None else Section.event_id.is_(None)
    query = select(Section).where(same, Section.stage == stage).order_by(Section.position, Section.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def add_section(event: Event | None, details: SectionDetails, *, by: Actor, at: datetime) -> Section:
    """A new section at the end of its stage; without an event in the library."""
    lock(event)
    there = _siblings(event, details.stage)
    if len(there) >= MOST_SECTIONS:
        raise RuleError(_("A stage has at most %(n)d sections.", n=MOST_SECTIONS), status=422)
    made = Section(
        event_id=event.id if event else None,
        stage=details.stage,
        position=(there[-1].position if there else 0) + 1,
        title=details.title,
        help=details.help,
        help_html=to_html(details.help) if details.help else "",
    )
    db.session.add(made)
    db.session.flush()
    note("questions.add_section", made, made.title, event, by, at)
    return made


def change_section(event: Event | None, section: Section, details: SectionDetails, *, by: Actor, at: datetime) -> None:
    """Changes title, help and stage. Raises RuleError if a condition would then ask about what comes later."""
    lock(event)
    changes = {n: [getattr(section, n), getattr(details, n)] for n in ("title", "help", "stage")}
    if details.stage is not section.stage:
        there = _siblings(event, details.stage)
        section.position = (there[-1].position if there else 0) + 1
    section.title, section.help, section.stage = details.title, details.help, details.stage
    section.help_html = to_html(details.help) if details.help else ""
    check_form(event)
    if event is not None:
        keeper().recount(event.id, at)
    note("questions.change_section", section, section.title, event, by, at, **{k: v for k, v in changes.items() if v[0] != v[1]})


def move_section(event: Event | None, section: Section, to: int, *, by: Actor, at: datetime) -> None:
    """Puts a section at the place `to` of its stage, counted from 0."""
    lock(event)
    there = _siblings(event, section.stage)
    before = there.index(section)
    there.remove(section)
    there.insert(max(0, to), section)
    for position, one in enumerate(there, 1):
        one.position = position
    check_form(event)
    if before != there.index(section):
        note("questions.move", section, section.title, event, by, at, position=[before + 1, there.index(section) + 1])


def delete_section(event: Event | None, section: Section, *, by: Actor, at: datetime) -> None:
    """Deletes an empty section."""
    lock(event)
    if db.session.scalar(select(func.count()).select_from(Question).where(Question.section_id == section.id)):
        raise RuleError(_("This section still has questions, perhaps archived ones. Move or delete them first."))
    note("questions.delete_section", section, section.title, event, by, at)
    db.session.delete(section)
    db.session.flush()


def set_deadlines(event: Event, closing: Mapping[Stage, datetime | None], *, by: Actor, at: datetime) -> None:
    """Until when each stage may be filled in; none: until the event ends."""
    before = queries.deadlines(event.id)
    for stage, closes_at in closing.items():
        row = db.session.get(FormStage, (event.id, stage))
        if row is None:
            row = FormStage(event_id=event.id, stage=stage)
            db.session.add(row)
        row.closes_at = closes_at
    db.session.flush()
    changes = {f"stage_{s.value}": [before[s], moment] for s, moment in closing.items() if before[s] != moment}
    if changes:
        record(
            "questions.deadlines",
            by=by,
            at=at,
            object_type="event",
            object_id=event.id,
            object_name=event.title,
            event_id=event.id,
            changes=changes,
        )
