"""Reading forms: sections with their questions as they are asked now, the library, versions of the past."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import Event
from eventapp.partners.models import Country
from eventapp.places.models import Pool
from eventapp.questions.models import FormStage, OptionPool, Question, QuestionVersion, Section, Stage
from eventapp.questions.rules.asked import Asked, Option


@dataclass(frozen=True)
class AskedSection:
    """A section with its questions, in their order."""

    id: int
    stage: Stage
    title: str
    help: str
    help_html: str
    questions: list[Asked]


def asked(question: Question, version: QuestionVersion, stage: Stage) -> Asked:
    """A version of a question, for the rules."""
    return Asked(
        id=question.id,
        key=question.key,
        kind=question.kind,
        label=version.label,
        scope=question.scope,
        stage=stage,
        version_id=version.id,
        number=version.number,
        section_id=question.section_id,
        help=version.help,
        help_html=version.help_html,
        options=tuple(Option(**option) for option in version.options),
        settings=version.settings,
        required=version.required,
        required_from=version.required_from,
        frozen_from=version.frozen_from,
        at_door=version.at_door,
        in_exports=version.in_exports,
        special=version.special,
        condition=version.condition,
        archived=question.archived,
    )


_CURRENT = (
    select(Section, Question, QuestionVersion)
    .outerjoin(Question, Question.section_id == Section.id)
    .outerjoin(QuestionVersion, (QuestionVersion.question_id == Question.id) & (QuestionVersion.number == Question.current))
    .order_by(Section.stage, Section.position, Section.id, Question.position, Question.id)
)


def _sections(query: Select[Section, Question, QuestionVersion], *, archived: bool) -> list[AskedSection]:
    found: dict[int, AskedSection] = {}
    for section, question, version in db.session.execute(query):
        if section.id not in found:
            found[section.id] = AskedSection(section.id, section.stage, section.title, section.help, section.help_html, [])
        if question is not None and (archived or not question.archived):
            found[section.id].questions.append(asked(question, version, section.stage))
    return list(found.values())


def form_of(event_id: int, *, archived: bool = False) -> list[AskedSection]:
    """The sections of an event's form, stage A first; archived questions only if wanted."""
    return _sections(_CURRENT.where(Section.event_id == event_id), archived=archived)


def library() -> list[AskedSection]:
    """The sections of the library of reusable questions."""
    return _sections(_CURRENT.where(Section.event_id.is_(None)), archived=False)


def questions_in(sections: Iterable[AskedSection]) -> list[Asked]:
    """All questions of a form in their order."""
    return [question for section in sections for question in section.questions]


def has_form(event_id: int) -> bool:
    """Whether anything is asked at an event."""
    query = select(Question.id).where(Question.event_id == event_id, ~Question.archived).limit(1)
    return db.session.scalar(query) is not None


def section(event: Event | None, section_id: int) -> Section:
    """A section of that event's form, or of the library. Raises NotFoundError."""
    found = db.session.get(Section, section_id)
    if found is None or found.event_id != (event.id if event else None):
        raise NotFoundError(section_id)
    return found


def question(event: Event | None, question_id: int) -> tuple[Question, Asked]:
    """A question of that event's form, or of the library, as it is asked now. Raises NotFoundError."""
    query = (
        select(Question, QuestionVersion, Section.stage)
        .join(Section, Section.id == Question.section_id)
        .join(QuestionVersion, (QuestionVersion.question_id == Question.id) & (QuestionVersion.number == Question.current))
        .where(Question.id == question_id)
    )
    row = db.session.execute(query).one_or_none()
    if row is None or row[0].event_id != (event.id if event else None):
        raise NotFoundError(question_id)
    return row[0], asked(*row)


def versions(version_ids: Collection[int]) -> dict[int, Asked]:
    """Questions as they were asked in these versions, by id of the version."""
    query = (
        select(Question, QuestionVersion, Section.stage)
        .join(Section, Section.id == Question.section_id)
        .join(QuestionVersion, QuestionVersion.question_id == Question.id)
        .where(QuestionVersion.id.in_(list(version_ids)))
    )
    return {row[1].id: asked(*row) for row in db.session.execute(query)} if version_ids else {}


def history(question_id: int) -> Sequence[QuestionVersion]:
    """All versions of a question, the newest first."""
    query = select(QuestionVersion).where(QuestionVersion.question_id == question_id).order_by(QuestionVersion.number.desc())
    return db.session.scalars(query).all()


def option_pools(event_id: int) -> dict[tuple[int, str], Pool]:
    """The pools of options with a limit, by question and key of the option."""
    query = (
        select(OptionPool.question_id, OptionPool.key, Pool)
        .join(Pool, Pool.id == OptionPool.pool_id)
        .join(Question, Question.id == OptionPool.question_id)
        .where(Question.event_id == event_id)
    )
    return {(row[0], row[1]): row[2] for row in db.session.execute(query)}


def next_position(section_id: int) -> int:
    """Where a new question of the section goes: at its end."""
    return (db.session.scalar(select(func.max(Question.position)).where(Question.section_id == section_id)) or 0) + 1


def deadlines(event_id: int) -> dict[Stage, datetime | None]:
    """Until when each stage may be filled in; none: until the event ends."""
    rows = db.session.execute(select(FormStage.stage, FormStage.closes_at).where(FormStage.event_id == event_id))
    found = dict(rows.all())
    return {stage: found.get(stage) for stage in Stage}


def stage_open(event: Event, until: datetime | None, now: datetime) -> bool:
    """Whether a stage of that deadline may still be filled in."""
    return now < min(until or event.ends_at, event.ends_at)


def became_required(after: datetime, until: datetime) -> list[int]:
    """Ids of events at which a question has become required between two moments."""
    query = (
        select(Question.event_id)
        .join(QuestionVersion, (QuestionVersion.question_id == Question.id) & (QuestionVersion.number == Question.current))
        .where(QuestionVersion.required_from > after, QuestionVersion.required_from <= until, Question.event_id.is_not(None))
    )
    return sorted({id_ for id_ in db.session.scalars(query.distinct()) if id_ is not None})


def country_names() -> dict[str, str]:
    """The countries to choose from: code and name, by name."""
    return dict(db.session.execute(select(Country.code, Country.name).order_by(Country.name)).all())


def other_forms(event: Event) -> list[tuple[int, str]]:
    """Id and title of the other events that have a form to copy, the latest first."""
    query = (
        select(Event.id, Event.title)
        .where(Event.id != event.id, Event.id.in_(select(Section.event_id).where(Section.event_id.is_not(None))))
        .order_by(Event.starts_at.desc(), Event.id)
        .limit(100)
    )
    return [(row.id, row.title) for row in db.session.execute(query)]


def keys_in(event_id: int | None) -> set[str]:
    """The keys of all questions of an event's form, or of the library."""
    same = Question.event_id == event_id if event_id is not None else Question.event_id.is_(None)
    return set(db.session.scalars(select(Question.key).where(same)))
