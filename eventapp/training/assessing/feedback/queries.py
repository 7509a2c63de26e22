"""Reading what people said; nothing here asks who it was."""

from collections import Counter
from collections.abc import Iterable
from random import SystemRandom
from typing import Any

from sqlalchemy import func, or_, select

from eventapp.core.db import db
from eventapp.training.assessing.feedback.rules import LEAST, NPS, ONE_TO_FIVE, USED, Sum
from eventapp.training.models import CourseFeedback, Enrolment, EnrolmentState

_random = SystemRandom()
_NAMES = (*ONE_TO_FIVE, USED, NPS)


def said(enrolment_id: int) -> CourseFeedback | None:
    """What somebody has said of a run, for themselves."""
    return db.session.get(CourseFeedback, enrolment_id, populate_existing=True)


def sums(run_ids: Iterable[int]) -> dict[int, dict[str, Sum]]:
    """What was answered by run and question, whether it may be shown or not: ask the sums. One query."""
    columns: list[Any] = []
    for name in _NAMES:
        column = getattr(CourseFeedback, name)
        good, bad = (9, 6) if name == NPS else (4, 0)
        columns += [
            func.count(column),
            func.count(column).filter(column >= good),
            func.count(column).filter(column <= bad),
            func.coalesce(func.sum(column), 0),
        ]
    query: Any = select(Enrolment.run_id, *columns).join(Enrolment, Enrolment.id == CourseFeedback.enrolment_id)
    query = query.where(Enrolment.run_id.in_(list(run_ids)), Enrolment.state == EnrolmentState.ENROLLED)
    found = {}
    for run_id, *numbers in db.session.execute(query.group_by(Enrolment.run_id)):
        found[run_id] = {name: Sum(*map(int, numbers[n * 4 : n * 4 + 4])) for n, name in enumerate(_NAMES)}
    return found


def people(run_ids: Iterable[int]) -> dict[int, int]:
    """How many people have said anything right after each run."""
    anything = or_(CourseFeedback.comment != "", *(getattr(CourseFeedback, n).is_not(None) for n in (*ONE_TO_FIVE, NPS)))
    query: Any = select(Enrolment.run_id, func.count()).join(CourseFeedback, CourseFeedback.enrolment_id == Enrolment.id)
    query = query.where(Enrolment.run_id.in_(list(run_ids)), Enrolment.state == EnrolmentState.ENROLLED, anything)
    return dict(db.session.execute(query.group_by(Enrolment.run_id)).all())


def spread(run_id: int) -> dict[str, dict[int, int]]:
    """How many gave each answer, by question, where that may be shown. One query."""
    query: Any = select(*(getattr(CourseFeedback, name) for name in _NAMES))
    query = query.join(Enrolment, Enrolment.id == CourseFeedback.enrolment_id)
    query = query.where(Enrolment.run_id == run_id, Enrolment.state == EnrolmentState.ENROLLED)
    columns = list(zip(*db.session.execute(query), strict=True)) or [()] * len(_NAMES)
    counts = {name: Counter(one for one in given if one is not None) for name, given in zip(_NAMES, columns, strict=True)}
    return {name: dict(found) for name, found in counts.items() if found.total() >= LEAST}


def texts(run_id: int, answered: int, used: int) -> tuple[list[str], list[str]]:
    """What was written right after a run, and what later, in an order that tells nothing.

    Nothing where fewer than LEAST people have said anything, `answered` right after and `used` later.
    """
    after = _texts(CourseFeedback.comment, run_id) if answered >= LEAST else []
    return after, _texts(CourseFeedback.used_comment, run_id) if used >= LEAST else []


def _texts(column: Any, run_id: int) -> list[str]:
    query: Any = select(column).join(Enrolment, Enrolment.id == CourseFeedback.enrolment_id)
    query = query.where(Enrolment.run_id == run_id, Enrolment.state == EnrolmentState.ENROLLED, column != "")
    found = list(db.session.scalars(query))
    _random.shuffle(found)
    return found
