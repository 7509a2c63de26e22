"""Reading answers, and what conditions ask about who gives them."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.partners.models import Organisation, OrganisationType, Relationship
from eventapp.questions import queries as questions
from eventapp.questions.models import Question, QuestionVersion, Scope
from eventapp.questions.rules.asked import Asked, Facts
from eventapp.registrations.answers.models import Answer
from eventapp.registrations.models import Registration

# What a question is now counts, not what it was when it was answered: once answered it may become special, never cease to be.
SPECIAL = (
    select(Answer.id)
    .join(Question, Question.id == Answer.question_id)
    .join(QuestionVersion, (QuestionVersion.question_id == Question.id) & (QuestionVersion.number == Question.current))
    .where(QuestionVersion.special)
)


def of_registration(registration_id: int) -> dict[int, Answer]:
    """The answers about one registration, by question."""
    query = select(Answer).where(Answer.registration_id == registration_id)
    return {answer.question_id: answer for answer in db.session.scalars(query)}


def of_group(event_id: int, organisation_id: int) -> dict[int, Answer]:
    """A company's answers for its group at an event, by question."""
    query = (
        select(Answer)
        .join(Question, Question.id == Answer.question_id)
        .where(Answer.organisation_id == organisation_id, Question.event_id == event_id)
    )
    return {answer.question_id: answer for answer in db.session.scalars(query)}


def values(answers: dict[int, Answer]) -> dict[int, Any]:
    """The values by question."""
    return {id_: answer.answer for id_, answer in answers.items()}


def counts(question_ids: Iterable[int]) -> dict[int, int]:
    """How many answers each question has; those without any are left out."""
    query = select(Answer.question_id, func.count()).where(Answer.question_id.in_(list(question_ids)))
    return dict(db.session.execute(query.group_by(Answer.question_id)).all())


def asks(asked: Iterable[Asked], fact: str) -> bool:
    """Whether some condition asks about that fact."""
    return any(test["on"] == fact for q in asked for test in (q.condition or {}).get("tests", ()))


def types_of(company_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """All types of companies, the primary one among them."""
    found: dict[int, set[str]] = {id_: set() for id_ in company_ids}
    primary = select(Organisation.id, Organisation.primary_type).where(Organisation.id.in_(list(company_ids)))
    further = select(OrganisationType.organisation_id, OrganisationType.type).where(
        OrganisationType.organisation_id.in_(list(company_ids))
    )
    for query in (primary, further):
        for id_, type_ in db.session.execute(query):
            found[id_].add(type_.value)
    return {id_: frozenset(types) for id_, types in found.items()}


def facts_of(asked: Iterable[Asked], company: Organisation, mode: str = "", kind_id: int | None = None) -> Facts:
    """What conditions may ask about somebody of the company. The types cost queries, so only if they are asked about."""
    # Of a row that stands for no company nothing is known.
    known = asks(asked, "type") and not company.stands_aside
    types = types_of([company.id])[company.id] if known else frozenset()
    return Facts(types, company.tier_key or "", mode, str(kind_id or ""))


def facts_of_registration(asked: Iterable[Asked], registration: Registration) -> Facts:
    """What conditions may ask about a registration."""
    return facts_of(asked, registration.organisation, registration.mode.value, registration.kind_id)


def connected(company: Organisation) -> dict[int, str]:
    """The companies that somebody of this one may name: the own, and those connected with it. Others are nobody's business."""
    above = select(Relationship.from_id).where(Relationship.to_id == company.id)
    below = select(Relationship.to_id).where(Relationship.from_id == company.id)
    query = select(Organisation.id, Organisation.name).where(
        or_(Organisation.id == company.id, Organisation.id.in_(above), Organisation.id.in_(below)),
        Organisation.merged_into_id.is_(None),
    )
    return dict(db.session.execute(query.order_by(Organisation.sort_key, Organisation.id)).all())


def as_asked(answers: Collection[Answer]) -> list[tuple[Asked, Answer]]:
    """Answers with their questions as they were asked, in the order of the answers."""
    versions = questions.versions([answer.version_id for answer in answers])
    return [(versions[answer.version_id], answer) for answer in answers]


def exported(event: Event, *, special: bool) -> list[Asked]:
    """The questions whose answers go into exports, archived ones too; special-category ones only with the right."""
    found = questions.questions_in(questions.form_of(event.id, archived=True))
    return [q for q in found if not q.silent and q.in_exports and (special or not q.special)]


def texts(question_ids: Collection[int], registration_ids: Sequence[int]) -> dict[tuple[int, int], str]:
    """Answers in words by registration and question; those of its company's group count for each registration."""
    return _by_registration(Answer.text, question_ids, registration_ids)


def values_of(question_ids: Collection[int], registration_ids: Sequence[int]) -> dict[tuple[int, int], Any]:
    """The values by registration and question, as `texts` finds the words."""
    return {key: value.get("is") for key, value in _by_registration(Answer.value, question_ids, registration_ids).items()}


def _by_registration(
    column: InstrumentedAttribute[Any], question_ids: Collection[int], registration_ids: Sequence[int]
) -> dict[tuple[int, int], Any]:
    own = select(Answer.registration_id, Answer.question_id, column).where(
        Answer.question_id.in_(list(question_ids)), Answer.registration_id.in_(registration_ids)
    )
    group = (
        select(Registration.id, Answer.question_id, column)
        .join(
            Answer,
            and_(Answer.organisation_id == Registration.organisation_id, Answer.question_id.in_(list(question_ids))),
        )
        .join(Question, and_(Question.id == Answer.question_id, Question.scope == Scope.GROUP))
        .where(Registration.id.in_(registration_ids))
    )
    rows = [*db.session.execute(own), *db.session.execute(group)]
    return {(registration_id or 0, question_id): found for registration_id, question_id, found in rows}


def special_answers(registration_ids: Collection[int]) -> list[int]:
    """Ids of the special-category answers about these registrations."""
    return list(db.session.scalars(SPECIAL.where(Answer.registration_id.in_(list(registration_ids)))))
