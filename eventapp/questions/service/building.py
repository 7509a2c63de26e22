"""Questions of a form: adding, changing, moving, archiving. A change is a new version; answers keep theirs."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.markdown import to_html
from eventapp.core.text import fold
from eventapp.events.models import Event
from eventapp.places import service as places
from eventapp.questions import queries
from eventapp.questions.hooks import keeper
from eventapp.questions.models import CHOICES, SILENT, UPLOADS, Kind, OptionPool, Question, QuestionVersion, Scope, Section
from eventapp.questions.rules.asked import Asked, Option
from eventapp.questions.rules.changes import Numbers
from eventapp.questions.service.checking import check_form, lock, note

LENGTH_OF_KEY = 40
# What of a version the log names when it changes.
LOGGED = ("label", "required", "required_from", "frozen_from", "at_door", "in_exports", "special", "settings", "condition")


@dataclass(frozen=True)
class QuestionDetails:
    """What an organizer fills in. `help` is Markdown; an option without a key is new and gets one."""

    label: str
    kind: Kind
    scope: Scope = Scope.PERSON
    key: str = ""
    help: str = ""
    options: tuple[Option, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    required: bool = False
    required_from: datetime | None = None
    frozen_from: datetime | None = None
    at_door: bool = False
    in_exports: bool = True
    special: bool = False
    condition: Mapping[str, Any] | None = None


def key_of(label: str, taken: set[str], given: str = "") -> str:
    """A key made of a label, like `t_shirt_size`, that is not in `taken`."""
    plain = re.sub(r"[^a-z0-9]+", "_", fold(given or label)).strip("_")[:LENGTH_OF_KEY].strip("_") or "question"
    key, number = plain, 2
    while key in taken:
        suffix = f"_{number}"
        key, number = plain[: LENGTH_OF_KEY - len(suffix)] + suffix, number + 1
    return key


def add_question(event: Event | None, section: Section, details: QuestionDetails, *, by: Actor, at: datetime) -> Question:
    """A new question at the end of the section. Raises RuleError for a key that is taken or a condition that cannot work."""
    lock(event)
    taken = queries.keys_in(event.id if event else None)
    _check(details, taken, answered=False)
    made = Question(
        section_id=section.id,
        event_id=event.id if event else None,
        position=queries.next_position(section.id),
        key=key_of(details.label, taken, details.key),
        scope=details.scope,
        kind=details.kind,
    )
    db.session.add(made)
    db.session.flush()
    new = _new_version(made, section, details, 1, by, at)
    _limit(event, new)
    check_form(event, about=made.id)
    if event is not None:
        keeper().recount(event.id, at)
    note("questions.add", made, details.label, event, by, at, kind=details.kind)
    return made


def foresee(event: Event | None, question: Question, section: Section, details: QuestionDetails) -> Numbers:
    """What a change would do with the answers, in numbers. Changes nothing."""
    return keeper().numbers(event.id, _as_asked(question, section, details)) if event is not None else Numbers()


def change_question(
    event: Event | None,
    question: Question,
    section: Section,
    details: QuestionDetails,
    *,
    version: int,
    by: Actor,
    at: datetime,
) -> Numbers:
    """Makes a new version, and takes the answers over. Returns what became of them.

    Raises StaleError if somebody else changed the question since `version`, RuleError if its kind or whom it is about
    would change although it has answers.
    """
    lock(event)
    if question.version != version:
        raise StaleError(_("Somebody else has changed this question since you opened it. Check and save again."))
    _question, before = queries.question(event, question.id)
    answered = bool(keeper().counts([question.id]).get(question.id))
    _check(details, queries.keys_in(question.event_id) - {question.key}, answered=answered, before=before)
    if section.id != question.section_id:
        question.position = queries.next_position(section.id)
        question.section_id = section.id
    question.key = key_of(details.label, set(), details.key) if details.key else question.key
    question.kind, question.scope = details.kind, details.scope
    question.current += 1
    db.session.flush()
    new = _new_version(question, section, details, question.current, by, at)
    _limit(event, new, opening=True)
    numbers = keeper().carry(event.id, new, at) if event is not None else Numbers()
    _limit(event, new)
    check_form(event, about=question.id)
    if event is not None:
        keeper().recount(event.id, at)
    changes: dict[str, object] = {
        name: [getattr(before, name), getattr(new, name)] for name in LOGGED if getattr(before, name) != getattr(new, name)
    }
    if numbers.cut or numbers.dropped or numbers.hidden:
        changes["answers_dropped"] = numbers.cut + numbers.dropped + numbers.hidden
    note("questions.change", question, details.label, event, by, at, **changes)
    return numbers


def move_question(
    event: Event | None, question: Question, to: int, *, section: Section | None = None, by: Actor, at: datetime
) -> None:
    """Puts a question at the place `to` (counted from 0) among those of its section, or of another one."""
    lock(event)
    section_id = section.id if section is not None else question.section_id
    query = select(Question).where(Question.section_id == section_id, ~Question.archived, Question.id != question.id)
    query = query.order_by(Question.position, Question.id).execution_options(populate_existing=True)
    others = list(db.session.scalars(query))
    before = (question.section_id, question.position)
    others.insert(max(0, to), question)
    question.section_id = section_id
    for position, one in enumerate(others, 1):
        one.position = position
    questions = check_form(event)
    if event is not None:
        keeper().recount(event.id, at)
    if before != (question.section_id, question.position):
        label = next((q.label for q in questions if q.id == question.id), question.key)
        note("questions.move", question, label, event, by, at, position=[before[1], question.position])


def archive(event: Event | None, question: Question, *, by: Actor, at: datetime) -> None:
    """Asks a question no more; its answers stay. Raises RuleError while the condition of another one asks about it."""
    _set_archived(event, question, True, by=by, at=at)


def unarchive(event: Event | None, question: Question, *, by: Actor, at: datetime) -> None:
    """Asks an archived question again."""
    _set_archived(event, question, False, by=by, at=at)


def _set_archived(event: Event | None, question: Question, archived: bool, *, by: Actor, at: datetime) -> None:
    lock(event)
    _question, now_asked = queries.question(event, question.id)
    question.archived = archived
    check_form(event)
    if event is not None:
        keeper().recount(event.id, at)
    note("questions.archive" if archived else "questions.unarchive", question, now_asked.label, event, by, at)


def archive_all(event: Event, question_ids: Collection[int], archived: bool, *, by: Actor, at: datetime) -> list[int]:
    """Asks these questions of an event no more, or again, all at once; the ids of those that it changed.

    Raises RuleError where the condition of another question asks about one of them.
    """
    lock(event)
    query = select(Question).where(Question.event_id == event.id, Question.id.in_(question_ids), Question.archived != archived)
    questions = db.session.scalars(query.order_by(Question.id)).all()
    for question in questions:
        _question, now_asked = queries.question(event, question.id)
        question.archived = archived
        note("questions.archive" if archived else "questions.unarchive", question, now_asked.label, event, by, at)
    if questions:
        check_form(event)
    if questions or event.has_form:
        keeper().recount(event.id, at)
    return [question.id for question in questions]


def delete_question(event: Event | None, question: Question, *, by: Actor, at: datetime) -> None:
    """Deletes a question that nobody has answered. Raises RuleError if somebody has: then it can only be archived."""
    lock(event)
    if keeper().counts([question.id]).get(question.id):
        raise RuleError(_("This question has answers. Archive it: then it is asked no more, and the answers stay."))
    _question, now_asked = queries.question(event, question.id)
    note("questions.delete", question, now_asked.label, event, by, at)
    db.session.delete(question)
    check_form(event)
    if event is not None:
        keeper().recount(event.id, at)


def _check(details: QuestionDetails, taken: set[str], *, answered: bool, before: Asked | None = None) -> None:
    if details.key and key_of(details.label, set(), details.key) in taken:
        raise RuleError(_("Another question has this name in exports. Choose another."), "key", 409)
    if details.kind in CHOICES and not details.options:
        raise RuleError(_("Enter at least one option."), "options", 422)
    labels = [o.label for o in details.options]
    if len(set(labels)) < len(labels):
        raise RuleError(_("Two options have the same text."), "options", 422)
    if details.kind in UPLOADS and details.scope is Scope.GROUP:
        raise RuleError(_("Files and pictures are asked of each person. Choose “Each person” below."), "scope", 422)
    if details.special and details.scope is not Scope.PERSON:
        raise RuleError(_("Special-category data is each person's own: choose “Each person” above."), "special", 422)
    if before is not None and answered and before.special and not details.special:
        raise RuleError(_("People have answered in confidence: this stays special-category data."), "special", 409)
    if before is not None and answered and details.kind is not before.kind:
        raise RuleError(_("This question has answers: its kind stays. Archive it and make a new one."), "kind", 409)
    if before is not None and answered and details.scope is not before.scope:
        raise RuleError(_("This question has answers: whom it is about stays. Archive it and make a new one."), "scope", 409)


def _options(details: QuestionDetails) -> list[dict[str, Any]]:
    if details.kind not in CHOICES:
        return []
    found: list[dict[str, Any]] = []
    taken = {o.key for o in details.options if o.key}
    for option in details.options:
        key = option.key or key_of(option.label, taken)
        taken.add(key)
        found.append({"key": key, "label": option.label, "colour": option.colour, "limit": option.limit})
    return found


def _new_version(question: Question, section: Section, details: QuestionDetails, number: int, by: Actor, at: datetime) -> Asked:
    silent = details.kind in SILENT
    version = QuestionVersion(
        question_id=question.id,
        number=number,
        label=details.label,
        help=details.help,
        help_html=to_html(details.help) if details.help else "",
        options=_options(details),
        settings=dict(details.settings),
        required=details.required and not silent,
        required_from=details.required_from if details.required and not silent else None,
        frozen_from=details.frozen_from,
        at_door=details.at_door and not silent,
        in_exports=details.in_exports and not silent,
        special=details.special and not silent,
        condition=dict(details.condition) if details.condition else None,
        created_at=at,
        created_by=by.actor_name[:254],
    )
    db.session.add(version)
    db.session.flush()
    return queries.asked(question, version, section.stage)


def _as_asked(question: Question, section: Section, details: QuestionDetails) -> Asked:
    return Asked(
        id=question.id,
        key=question.key,
        kind=details.kind,
        label=details.label,
        scope=details.scope,
        stage=section.stage,
        section_id=section.id,
        options=tuple(Option(**option) for option in _options(details)),
        settings=details.settings,
        required=details.required,
        condition=details.condition,
    )


def _limit(event: Event | None, new: Asked, *, opening: bool = False) -> None:
    """Brings the pools of the options in line with their limits.

    With `opening` they are without limit for the moment in which answers from before a limit take their places; what
    then stands above the limit is a visible overbooking. The library has no pools: nobody answers it.
    """
    if event is None:
        return
    query = select(OptionPool).where(OptionPool.question_id == new.id)
    pools = {row.key: row.pool_id for row in db.session.scalars(query)}
    for option in new.options:
        if option.key in pools:
            if not opening:
                places.set_capacity(pools[option.key], option.limit)
        elif option.limit is not None:
            pool_id = places.insert_pool(None if opening else option.limit)
            db.session.add(OptionPool(question_id=new.id, key=option.key, pool_id=pool_id))
    db.session.flush()
