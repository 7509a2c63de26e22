"""Keeping answers. Everything in the caller's transaction, under the lock of the event's pool."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.partners.models import Organisation
from eventapp.places import service as places
from eventapp.questions import queries as questions
from eventapp.questions.models import UPLOADS, Scope, Stage
from eventapp.questions.rules.asked import Asked, Facts, Given
from eventapp.questions.rules.conditions import shown
from eventapp.questions.rules.values import as_text, chosen
from eventapp.registrations.answers import files, holding, queries
from eventapp.registrations.answers.models import Answer
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus

TOLD = "•••"


@dataclass(frozen=True)
class Difference:
    """An answer that is another one now; what was told in confidence is not said again."""

    label: str
    old: str = ""
    new: str = ""
    confidential: bool = True

    @property
    def looked_at(self) -> bool:
        """Whether it is anything that an organizer could look at again: a first answer is not."""
        return bool(self.old)


@dataclass(frozen=True)
class _Subject:
    """Whom answers are about: a registration, or a company's group at the event."""

    event: Event
    organisation_id: int
    registration: Registration | None = None

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The questions that are about this subject."""
        return (Scope.GROUP,) if self.registration is None else (Scope.PERSON, Scope.ORGANIZER)

    @property
    def holds(self) -> bool:
        """Whether its answers take places."""
        return self.registration is None or self.registration.status not in ENDED


def store_all(
    event: Event, company: Organisation, given: Sequence[tuple[Registration, Given | None]], *, by: Actor, at: datetime
) -> None:
    """Keeps the answers of people who are being registered, and counts what each still has to answer.

    Raises RuleError at its field for an option whose last place has gone.
    """
    if not event.has_form:
        return
    form = questions.questions_in(questions.form_of(event.id))
    group = queries.values(queries.of_group(event.id, company.id))
    types = queries.facts_of(form, company).types
    for registration, answers in given:
        facts = Facts(types, company.tier_key or "", registration.mode.value, str(registration.kind_id or ""))
        subject = _Subject(event, company.id, registration)
        kept: dict[int, Answer] = {}
        if answers is not None:
            _keep(subject, form, facts, kept, answers, group, by=by, at=at)
        _count(registration, form, facts, {**group, **queries.values(kept)}, at)


def store(registration: Registration, given: Given, *, by: Actor, at: datetime) -> list[Difference]:
    """Keeps what was answered about a registration. Returns what of it the person may be told.

    Raises RuleError at its field for what cannot be kept any more.
    """
    event = registration.event
    places.lock([event.pool_id])
    form = questions.questions_in(questions.form_of(event.id))
    facts = queries.facts_of_registration(form, registration)
    group = queries.values(queries.of_group(event.id, registration.organisation_id))
    kept = queries.of_registration(registration.id)
    subject = _Subject(event, registration.organisation_id, registration)
    changes = _keep(subject, form, facts, kept, given, group, by=by, at=at)
    _count(registration, form, facts, {**group, **queries.values(kept)}, at)
    if changes:
        record(
            "registrations.answers",
            by=by,
            at=at,
            object_type="registration",
            object_id=registration.id,
            # As the company typed it: the log that it reads must not tell it a stranger's own name.
            object_name=registration.name,
            event_id=event.id,
            organisation_id=registration.organisation_id,
            person_id=registration.person_id,
            changes=dict(changes),
        )
    told = [(q, changes[q.key]) for q in form if q.key in changes and q.scope is Scope.PERSON]
    return [Difference(q.label) if q.special else Difference(q.label, old, new, False) for q, (old, new) in told]


def store_group(event: Event, company: Organisation, given: Given, *, by: Actor, at: datetime) -> None:
    """Keeps a company's answers for its group."""
    places.lock([event.pool_id])
    form = questions.questions_in(questions.form_of(event.id))
    facts = queries.facts_of(form, company)
    kept = queries.of_group(event.id, company.id)
    changes = _keep(_Subject(event, company.id), form, facts, kept, given, {}, by=by, at=at)
    if changes:
        record(
            "registrations.group_answers",
            by=by,
            at=at,
            object_type="organisation",
            object_id=company.id,
            object_name=company.name,
            event_id=event.id,
            organisation_id=company.id,
            changes=dict(changes),
        )


def reconsider(registration: Registration, *, by: Actor, at: datetime) -> list[Difference]:
    """Drops answers to questions that are not shown any more, after the mode or the kind was changed. Returns which."""
    return store(registration, Given({}, frozenset()), by=by, at=at) if registration.event.has_form else []


def forget(registration_ids: Iterable[int]) -> None:
    """Deletes all answers about these registrations, and gives their places back: they are another person's now."""
    ids = list(registration_ids)
    drop(list(db.session.scalars(_ids_of(ids))))


def let_go(registrations: Iterable[Registration]) -> None:
    """Gives back the places of those who do not come, and deletes what is special-category of all of these.

    Other answers stay: a cancellation can be undone.
    """
    found = list(registrations)
    ended = [r.id for r in found if r.status in ENDED]
    if ended:
        holding.give_back(list(db.session.scalars(_ids_of(ended))))
    drop(queries.special_answers([r.id for r in found]))


def take_again(registration: Registration, *, at: datetime) -> None:
    """Takes places again after a cancellation was undone. An option that is full meanwhile falls out of the answer."""
    kept = queries.of_registration(registration.id)
    pools = {key: pool.id for key, pool in questions.option_pools(registration.event_id).items()} if kept else {}
    there = {answer.id: question for question, answer in queries.as_asked(list(kept.values()))} if pools else {}
    for answer in list(kept.values()) if pools else ():
        question, left = there[answer.id], []
        for key in sorted(chosen(question, answer.answer)):
            try:
                holding.take(answer, question, [key], pools, field="", at=at)
                left.append(key)
            except RuleError:
                continue
        if question.chooses and len(left) < len(chosen(question, answer.answer)):
            _cut(answer, question, left, kept)
    recount([registration], at=at)


def _cut(answer: Answer, question: Asked, left: list[str], kept: dict[int, Answer]) -> None:
    if not left:
        drop([answer.id])
        kept.pop(answer.question_id)
        return
    answer.value, answer.text = {"is": left}, as_text(question, left)


def recount(registrations: Sequence[Registration], *, at: datetime) -> None:
    """Counts anew what registrations of one event still have to answer, after their status has changed."""
    if not registrations or not registrations[0].event.has_form:
        return
    form = questions.questions_in(questions.form_of(registrations[0].event_id))
    if not any(q.required for q in form) and not any(r.missing_answers for r in registrations):
        return
    for registration in registrations:
        facts = queries.facts_of_registration(form, registration)
        group = queries.values(queries.of_group(registration.event_id, registration.organisation_id))
        own = queries.values(queries.of_registration(registration.id))
        _count(registration, form, facts, {**group, **own}, at)
    db.session.flush()


def missing(form: Sequence[Asked], facts: Facts, answers: Mapping[int, Any], *, confirmed: bool, at: datetime) -> list[Asked]:
    """The questions that a person still has to answer: those of the second stage only once the place is confirmed."""
    visible = shown(form, facts, answers)
    return [
        q
        for q in form
        if q.id in visible
        and q.scope is Scope.PERSON
        and q.required_at(at)
        and q.id not in answers
        and (confirmed or q.stage is Stage.A)
    ]


def _count(registration: Registration, form: Sequence[Asked], facts: Facts, answers: Mapping[int, Any], at: datetime) -> None:
    confirmed = registration.status is RegistrationStatus.CONFIRMED
    number = 0 if registration.status in ENDED else len(missing(form, facts, answers, confirmed=confirmed, at=at))
    if registration.missing_answers != number:
        registration.missing_answers = number


def _ids_of(registration_ids: list[int]) -> Any:
    # Here and not in queries: ids are all that deleting needs.
    return Answer.__table__.select().with_only_columns(Answer.id).where(Answer.registration_id.in_(registration_ids))


def drop(answer_ids: Sequence[int]) -> None:
    """Deletes answers and gives their places back."""
    if answer_ids:
        holding.give_back(answer_ids)
        gone = delete(Answer).where(Answer.id.in_(answer_ids))
        db.session.execute(gone, execution_options={"synchronize_session": "fetch"})


def _keep(
    subject: _Subject,
    form: Sequence[Asked],
    facts: Facts,
    kept: dict[int, Answer],
    given: Given,
    context: Mapping[int, Any],
    *,
    by: Actor,
    at: datetime,
) -> dict[str, list[str]]:
    """Brings `kept` in line with what was given: what is not shown has no answer. Returns what the log says."""
    merged = queries.values(kept)
    for id_ in given.asked:
        merged.pop(id_, None)
        if id_ in given.values:
            merged[id_] = given.values[id_]
    visible = shown(form, facts, {**context, **merged})
    changes: dict[str, list[str]] = {}
    taking: list[tuple[Answer, Asked]] = []
    for question in form:
        if question.scope not in subject.scopes or (question.id in visible and question.id not in given.asked):
            continue
        old = kept.get(question.id)
        new = merged.get(question.id) if question.id in visible else None
        if new == (old.answer if old is not None else None):
            continue
        _check(question, given, at)
        changes[question.key] = [TOLD, TOLD] if question.special else [old.text if old else "", as_text(question, new)]
        if new is None:
            assert old is not None
            drop([old.id])
            del kept[question.id]
            if question.kind in UPLOADS and subject.registration is not None:
                files.forget(subject.registration.id, question.id)
        else:
            if question.kind in UPLOADS and subject.registration is not None:
                files.forget(subject.registration.id, question.id, new["id"])
            kept[question.id] = _write(subject, question, old, new, by, at)
            taking.append((kept[question.id], question))
    db.session.flush()
    if subject.holds:
        _take_places(subject, taking, given, at)
    return changes


def _check(question: Asked, given: Given, at: datetime) -> None:
    """Raises RuleError for what has changed while the form was being filled in."""
    field = f"{given.prefix}q{question.id}"
    if question.id in given.asked and question.frozen_at(at) and not given.frozen_too:
        raise RuleError(_("This cannot be changed any more."), field)
    if question.chooses and any(question.option(key) is None for key in chosen(question, given.values.get(question.id))):
        raise RuleError(_("What you chose is not offered any more. Choose another."), field)


def _write(subject: _Subject, question: Asked, old: Answer | None, new: Any, by: Actor, at: datetime) -> Answer:
    answer = old
    if answer is None:
        registration = subject.registration
        answer = Answer(
            question_id=question.id,
            registration_id=registration.id if registration is not None else None,
            organisation_id=None if registration is not None else subject.organisation_id,
        )
        db.session.add(answer)
    answer.version_id, answer.value, answer.text = question.version_id, {"is": new}, as_text(question, new)
    answer.answered_at, answer.answered_by = at, by.actor_name[:254]
    return answer


def _take_places(subject: _Subject, taking: list[tuple[Answer, Asked]], given: Given, at: datetime) -> None:
    """First all places that changed answers give back, then those that they take."""
    limited = [(answer, question) for answer, question in taking if question.chooses]
    if not limited:
        return
    pools = {key: pool.id for key, pool in questions.option_pools(subject.event.id).items()}
    if not pools:
        return
    there = holding.held([answer.id for answer, _question in limited])
    for answer, question in limited:
        gone = there.get(answer.id, {}).keys() - chosen(question, answer.answer)
        if gone:
            holding.give_back([answer.id], gone)
    for answer, question in limited:
        new = sorted(chosen(question, answer.answer) - there.get(answer.id, {}).keys())
        holding.take(answer, question, new, pools, field=f"{given.prefix}q{question.id}", at=at)
