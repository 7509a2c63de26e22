"""What an exercise is marked by, changed by organizers. In the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _, _l
from eventapp.core.saving import CONSTRAINT_MESSAGES
from eventapp.training.assessing import queries
from eventapp.training.models import CourseVersion, RubricCriterion

MOST_CRITERIA = 20
_TAKEN = ("name", _l("There is a criterion of that name already."))
CONSTRAINT_MESSAGES["uq_rubric_criterion_version_id_name"] = _TAKEN
CONSTRAINT_MESSAGES["rubric_criterion.version_id, rubric_criterion.name"] = _TAKEN


@dataclass(frozen=True)
class Criterion:
    """A criterion as an organizer wants it."""

    name: str
    description: str
    most: int
    least: int


def criterion(version: CourseVersion, criterion_id: int) -> RubricCriterion:
    """A criterion of that version. Raises NotFoundError."""
    query = select(RubricCriterion).where(RubricCriterion.id == criterion_id, RubricCriterion.version_id == version.id)
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError(criterion_id)
    return found


def put(
    version: CourseVersion, wanted: Criterion, changed: RubricCriterion | None, *, by: Actor, at: datetime
) -> RubricCriterion:
    """Adds a criterion, or changes one; what was marked keeps its marks. Raises RuleError beyond MOST_CRITERIA."""
    if wanted.least > wanted.most:
        raise RuleError(_("To pass may not ask for more points than there are."), "least", 422)
    rubric = queries.rubric(version.id)
    if changed is None:
        if len(rubric) >= MOST_CRITERIA:
            raise RuleError(_("%(n)s criteria are enough.", n=MOST_CRITERIA), "name")
        changed = RubricCriterion(version_id=version.id, position=max((one.position for one in rubric), default=0) + 1)
        db.session.add(changed)
    changed.name, changed.description, changed.most, changed.least = wanted.name, wanted.description, wanted.most, wanted.least
    db.session.flush()
    _record(version, {"criterion": wanted.name, "most": wanted.most, "least": wanted.least}, by, at)
    return changed


def move(version: CourseVersion, moved: RubricCriterion, up: bool, *, by: Actor, at: datetime) -> None:
    """Moves a criterion one place up or down; at the end of the list nothing happens."""
    order = list(queries.rubric(version.id))
    here = order.index(moved)
    there = here - 1 if up else here + 1
    if 0 <= there < len(order):
        order[here], order[there] = order[there], order[here]
        for position, one in enumerate(order, 1):
            one.position = position
        db.session.flush()
        _record(version, {"criterion": moved.name, "position": there + 1}, by, at)


def remove(version: CourseVersion, removed: RubricCriterion, *, by: Actor, at: datetime) -> None:
    """Takes a criterion out; what was marked by it keeps its marks."""
    _record(version, {"criterion": [removed.name, ""]}, by, at)
    db.session.delete(removed)
    db.session.flush()


def _record(version: CourseVersion, changes: dict[str, object], by: Actor, at: datetime) -> None:
    record(
        "assessing.change_rubric",
        by=by,
        at=at,
        object_type="course",
        object_id=version.course_id,
        object_name=version.title,
        changes=changes,
    )
