"""What becomes of the answers when a form changes: the part of `questions.hooks` that knows answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from eventapp.core.db import db
from eventapp.partners.models import Organisation
from eventapp.questions import hooks
from eventapp.questions import queries as questions
from eventapp.questions.models import Question, Scope
from eventapp.questions.rules.asked import Asked, Facts
from eventapp.questions.rules.changes import Fate, Numbers, count, fate
from eventapp.questions.rules.conditions import shown
from eventapp.questions.rules.values import as_text, chosen
from eventapp.registrations.answers import holding, queries, service
from eventapp.registrations.answers.models import Answer
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus


@dataclass
class _Person:
    """A registration, or a company's group (no registration), with the answers that count for it."""

    facts: Facts
    answers: dict[int, Any]
    status: RegistrationStatus | None = None
    missing: int = 0


class AnswerKeeper(hooks.Keeper):
    """Keeps the answers in the tables of this folder."""

    def counts(self, question_ids: Iterable[int]) -> dict[int, int]:
        """How many answers each question has."""
        return queries.counts(question_ids)

    def numbers(self, event_id: int, new: Asked) -> Numbers:
        """What a change would do with the answers."""
        return count(new, [(answer.answer, there) for answer, there in _answers(event_id, new)])

    def carry(self, event_id: int, new: Asked, at: datetime) -> Numbers:
        """Cuts and drops answers; answers from before a limit take their places, also above it."""
        found = _answers(event_id, new)
        numbers = count(new, [(answer.answer, there) for answer, there in found])
        going = []
        for answer, there in found:
            what, left = fate(new, answer.answer)
            if not there or what is Fate.DROPPED:
                going.append(answer.id)
            elif what is Fate.CUT:
                holding.give_back([answer.id], chosen(new, answer.answer) - set(left))
                answer.value, answer.text, answer.version_id = {"is": left}, as_text(new, left), new.version_id
        db.session.flush()
        service.drop(going)
        if new.chooses:
            _hold(event_id, new, [answer for answer, _there in found if answer.id not in set(going)], at)
        return numbers

    def recount(self, event_id: int, at: datetime) -> None:
        """Counts anew what is missing, with few statements for any number of registrations."""
        form = questions.questions_in(questions.form_of(event_id))
        for id_, person in _people(event_id, form).items():
            confirmed = person.status is RegistrationStatus.CONFIRMED
            number = len(service.missing(form, person.facts, person.answers, confirmed=confirmed, at=at))
            if number != person.missing:
                statement = update(Registration).where(Registration.id == id_).values(missing_answers=number)
                db.session.execute(statement, execution_options={"synchronize_session": "evaluate"})


def _answers(event_id: int, new: Asked) -> list[tuple[Answer, bool]]:
    """The answers to a question, each with whether the question would still be shown."""
    form = [new if q.id == new.id else q for q in questions.questions_in(questions.form_of(event_id))]
    rows = db.session.scalars(select(Answer).where(Answer.question_id == new.id).order_by(Answer.id)).all()
    people = _people(event_id, form, everybody=True)
    groups = _groups(event_id, form)
    found = []
    for answer in rows:
        person = people[answer.registration_id] if answer.registration_id is not None else groups[answer.organisation_id or 0]
        found.append((answer, new.id in shown(form, person.facts, person.answers)))
    return found


def _hold(event_id: int, new: Asked, answers: Sequence[Answer], at: datetime) -> None:
    """Places for answers that were given before their option had a limit. Those who do not come hold none."""
    pools = {key: pool.id for (id_, key), pool in questions.option_pools(event_id).items() if id_ == new.id}
    there = holding.held([answer.id for answer in answers])
    ended = set(
        db.session.scalars(select(Registration.id).where(Registration.event_id == event_id, Registration.status.in_(ENDED)))
    )
    for answer in answers:
        keys = sorted((chosen(new, answer.answer) & pools.keys()) - there.get(answer.id, {}).keys())
        if keys and answer.registration_id not in ended:
            holding.hold(answer.id, keys, [pools[key] for key in keys], at)


def _people(event_id: int, form: Sequence[Asked], *, everybody: bool = False) -> dict[int, _Person]:
    """The registrations of an event with facts and answers; those that have ended only with `everybody`."""
    query = select(
        Registration.id,
        Registration.organisation_id,
        Registration.mode,
        Registration.kind_id,
        Registration.status,
        Registration.missing_answers,
        Organisation.tier_key,
    ).join(Organisation, Organisation.id == Registration.organisation_id)
    query = query.where(Registration.event_id == event_id)
    rows = db.session.execute(query if everybody else query.where(Registration.status.not_in(ENDED))).all()
    types = queries.types_of({row.organisation_id for row in rows}) if queries.asks(form, "type") else {}
    groups = _groups(event_id, form)
    nothing: dict[int, Any] = {}
    found = {
        row.id: _Person(
            Facts(types.get(row.organisation_id, frozenset()), row.tier_key or "", row.mode.value, str(row.kind_id or "")),
            dict(groups[row.organisation_id].answers if row.organisation_id in groups else nothing),
            row.status,
            row.missing_answers,
        )
        for row in rows
    }
    answers = (
        select(Answer.registration_id, Answer.question_id, Answer.value)
        .join(Question, Question.id == Answer.question_id)
        .where(Question.event_id == event_id, Answer.registration_id.is_not(None))
    )
    for registration_id, question_id, value in db.session.execute(answers):
        if registration_id in found:
            found[registration_id].answers[question_id] = value.get("is")
    return found


def _groups(event_id: int, form: Sequence[Asked]) -> dict[int, _Person]:
    """The companies that have answered for their groups, by id."""
    if not any(q.scope is Scope.GROUP for q in form):
        return {}
    query = (
        select(Answer.organisation_id, Organisation.tier_key, Answer.question_id, Answer.value)
        .join(Question, Question.id == Answer.question_id)
        .join(Organisation, Organisation.id == Answer.organisation_id)
        .where(Question.event_id == event_id)
    )
    rows = db.session.execute(query).all()
    types = queries.types_of({row.organisation_id for row in rows}) if queries.asks(form, "type") else {}
    found: dict[int, _Person] = {}
    for company_id, tier, question_id, value in rows:
        if company_id not in found:
            found[company_id] = _Person(Facts(types.get(company_id, frozenset()), tier or ""), {})
        found[company_id].answers[question_id] = value.get("is")
    return found


hooks.keep_answers(AnswerKeeper())
