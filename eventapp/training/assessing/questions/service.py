"""The pool of questions, changed by organizers. Attempts keep their own copy, so nothing here changes what was asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _
from eventapp.training.assessing import queries
from eventapp.training.assessing.rules import KEYS
from eventapp.training.models import AssessmentQuestion, CourseVersion, QuestionKind

MOST_QUESTIONS = 500
LONGEST_TEXT, LONGEST_OPTION = 1000, 300


@dataclass(frozen=True)
class Asked:
    """A question as an organizer wants it; `options` are texts, each with whether it is right."""

    text: str
    kind: QuestionKind
    options: Sequence[tuple[str, bool]]
    points: int = 1
    explanation: str = ""

    @property
    def kept(self) -> list[dict[str, Any]]:
        """The options as the table keeps them."""
        return [{"key": key, "text": text, "right": right} for key, (text, right) in zip(KEYS, self.options, strict=False)]


def check(asked: Asked) -> None:
    """Raises RuleError with 422 unless the question can be asked: two different options or more, and the right ones named."""
    texts = [text.casefold() for text, _right in asked.options]
    right = sum(is_right for _text, is_right in asked.options)
    if len(texts) < 2:
        raise RuleError(_("Give two options or more."), "option_a", 422)
    if len(set(texts)) < len(texts):
        raise RuleError(_("Two options say the same."), "option_a", 422)
    if not right:
        raise RuleError(_("Say which option is right."), "right_a", 422)
    if asked.kind is QuestionKind.SINGLE and right > 1:
        raise RuleError(_("Only one option is right, or let people tick several."), "kind", 422)


def question(version: CourseVersion, question_id: int) -> AssessmentQuestion:
    """A question of that version's pool. Raises NotFoundError."""
    query = select(AssessmentQuestion).where(AssessmentQuestion.id == question_id, AssessmentQuestion.version_id == version.id)
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError(question_id)
    return found


def put(
    version: CourseVersion, asked: Asked, changed: AssessmentQuestion | None, *, by: Actor, at: datetime
) -> AssessmentQuestion:
    """Adds a question, or changes one. Raises RuleError if it cannot be asked, or there are too many."""
    check(asked)
    if changed is None:
        pool = queries.pool(version.id, archived=True)
        if len(pool) >= MOST_QUESTIONS:
            raise RuleError(_("%(n)s questions are enough for one course.", n=MOST_QUESTIONS), "text")
        changed = AssessmentQuestion(version_id=version.id, position=max((one.position for one in pool), default=0) + 1)
        db.session.add(changed)
    _write(changed, asked)
    db.session.flush()
    _record(version, {"question": asked.text, "points": asked.points}, by, at)
    return changed


def move(version: CourseVersion, moved: AssessmentQuestion, up: bool, *, by: Actor, at: datetime) -> None:
    """Moves a question one place up or down; at the end of the list nothing happens."""
    order = list(queries.pool(version.id))
    here = order.index(moved) if moved in order else -1
    there = here - 1 if up else here + 1
    if here >= 0 and 0 <= there < len(order):
        order[here], order[there] = order[there], order[here]
        for position, one in enumerate(order, 1):
            one.position = position
        db.session.flush()
        _record(version, {"question": moved.text, "position": there + 1}, by, at)


def archive(version: CourseVersion, archived: AssessmentQuestion, away: bool, *, by: Actor, at: datetime) -> None:
    """Draws a question no more, or again."""
    archived.archived = away
    db.session.flush()
    _record(version, {"question": archived.text, "drawn_no_more": away}, by, at)


def take_in(version: CourseVersion, found: Sequence[Asked], *, by: Actor, at: datetime) -> tuple[int, int, int]:
    """Adds questions of a file: how many are new, changed, and the same. Known is a question by its text, archived or not."""
    pool = {one.text.casefold(): one for one in queries.pool(version.id, archived=True)}
    position = max((one.position for one in pool.values()), default=0)
    added, changed = 0, 0
    for asked in found:
        check(asked)
        known = pool.get(asked.text.casefold())
        if known is None:
            position, added = position + 1, added + 1
            known = AssessmentQuestion(version_id=version.id, position=position)
            db.session.add(known)
            pool[asked.text.casefold()] = known
        elif asked_of(known) == asked:
            continue
        else:
            changed += 1
        _write(known, asked)
    if len(pool) > MOST_QUESTIONS:
        raise RuleError(_("%(n)s questions are enough for one course.", n=MOST_QUESTIONS), "file", 422)
    db.session.flush()
    if added or changed:
        changes = {"added": added, "changed": changed}
        record("assessing.import_questions", by=by, at=at, changes=changes, **_about(version))
    return added, changed, len(found) - added - changed


def asked_of(one: AssessmentQuestion) -> Asked:
    """A question of the pool as an organizer would type it."""
    options = tuple((option["text"], bool(option["right"])) for option in one.options)
    return Asked(one.text, one.kind, options, one.points, one.explanation)


def _write(one: AssessmentQuestion, asked: Asked) -> None:
    one.text, one.kind, one.points, one.explanation = asked.text, asked.kind, asked.points, asked.explanation
    one.options = asked.kept


def _about(version: CourseVersion) -> dict[str, Any]:
    return {"object_type": "course", "object_id": version.course_id, "object_name": version.title}


def _record(version: CourseVersion, changes: dict[str, object], by: Actor, at: datetime) -> None:
    record("assessing.change_question", by=by, at=at, changes=changes, **_about(version))
