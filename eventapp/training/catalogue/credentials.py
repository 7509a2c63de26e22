"""Credentials, and the curricula that lead to them. Everything in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.training.catalogue import needs
from eventapp.training.models import (
    Certificate,
    Course,
    Credential,
    CredentialKind,
    Curriculum,
    CurriculumCourse,
    Prerequisite,
    RuleCredential,
)


@dataclass(frozen=True)
class CredentialDetails:
    """A credential as an organizer fills it in."""

    code: str
    name: str
    description: str = ""
    kind: CredentialKind = CredentialKind.TECHNICAL
    points: int = 1
    validity_months: int | None = None


def save_credential(
    found: Credential | None, details: CredentialDetails, *, version: int = 0, by: Actor, at: datetime
) -> Credential:
    """Adds or changes a credential. Raises RuleError for a code in use, StaleError if somebody saved since `version`."""
    if found is not None and found.version != version:
        raise StaleError(_("Somebody else has changed this credential since you opened it. Compare, then save again."))
    taken = select(Credential.id).where(Credential.code == details.code)
    if db.session.scalar(taken if found is None else taken.where(Credential.id != found.id)) is not None:
        raise RuleError(_("There is a credential of that code already."), "code")
    row = found or Credential()
    changes = {n: [getattr(row, n), value] for n, value in vars(details).items() if found and getattr(row, n) != value}
    for name, value in vars(details).items():
        setattr(row, name, value)
    db.session.add(row)
    db.session.flush()
    if found is None:
        _record("training.create_credential", row, by, at)
    elif changes:
        _record("training.change_credential", row, by, at, changes)
    return row


def archive_credential(found: Credential, archived: bool, *, by: Actor, at: datetime) -> None:
    """Stops giving a credential out, or gives it out again. Whoever holds it keeps it."""
    if found.archived != archived:
        found.archived = archived
        db.session.flush()
        _record("training.change_credential", found, by, at, {"archived": [not archived, archived]})


def delete_credential(found: Credential, *, by: Actor, at: datetime) -> None:
    """Deletes a credential. Raises RuleError while anything stands on it."""
    uses = (
        exists().where(Certificate.credential_id == found.id),
        exists().where(Prerequisite.credential_id == found.id),
        exists().where(RuleCredential.credential_id == found.id),
        exists().where(Curriculum.credential_id == found.id),
    )
    if any(db.session.scalar(select(use)) for use in uses):
        raise RuleError(_("Certificates, courses, curricula or rules stand on this credential. Stop giving it out instead."))
    _record("training.delete_credential", found, by, at)
    db.session.delete(found)
    db.session.flush()


def save_curriculum(
    credential: Credential, found: Curriculum | None, name: str, electives: int, *, version: int = 0, by: Actor, at: datetime
) -> Curriculum:
    """Adds or changes a curriculum.

    Raises RuleError for a name in use and for more electives than there are, StaleError if somebody saved since `version`.
    """
    if found is not None and found.version != version:
        raise StaleError(_("Somebody else has changed this curriculum since you opened it. Compare, then save again."))
    taken = select(Curriculum.id).where(Curriculum.credential_id == credential.id, func.lower(Curriculum.name) == name.lower())
    if db.session.scalar(taken if found is None else taken.where(Curriculum.id != found.id)) is not None:
        raise RuleError(_("There is a curriculum of that name already."), "name")
    there = _electives_of(found) if found is not None else 0
    if electives > there:
        raise RuleError(_("There are only %(n)s electives in it.", n=there), "electives", 422)
    row = found or Curriculum(credential_id=credential.id)
    before = (row.name, row.electives)
    row.name, row.electives = name, electives
    db.session.add(row)
    db.session.flush()
    if before != (name, electives):
        changes = {"curriculum": [before[0], name], "electives": [before[1], electives]}
        _record("training.change_curriculum", credential, by, at, changes)
    return row


def archive_curriculum(credential: Credential, found: Curriculum, archived: bool, *, by: Actor, at: datetime) -> None:
    """Closes a way to a credential, or opens it again."""
    if found.archived != archived:
        found.archived = archived
        db.session.flush()
        needs.check_ways()
        _record(
            "training.change_curriculum", credential, by, at, {"curriculum": found.name, "archived": [not archived, archived]}
        )


def add_course(
    credential: Credential, curriculum: Curriculum, course: Course, required: bool, *, by: Actor, at: datetime
) -> CurriculumCourse:
    """Puts a course at the end of a curriculum. Raises RuleError if it is in it, or needs the credential itself."""
    if db.session.get(CurriculumCourse, (curriculum.id, course.id)) is not None:
        raise RuleError(_("This course is in it already."), "course")
    rows = courses_of(curriculum)
    row = CurriculumCourse(curriculum_id=curriculum.id, course_id=course.id, position=len(rows) + 1, required=required)
    db.session.add(row)
    db.session.flush()
    needs.check_ways()
    _record("training.change_curriculum", credential, by, at, {"curriculum": curriculum.name, "course": [None, course.code]})
    return row


def remove_course(credential: Credential, curriculum: Curriculum, row: CurriculumCourse, *, by: Actor, at: datetime) -> None:
    """Takes a course out of a curriculum; it cannot ask for more electives than are left."""
    code = db.session.get_one(Course, row.course_id).code
    db.session.delete(row)
    db.session.flush()
    curriculum.electives = min(curriculum.electives, _electives_of(curriculum))
    db.session.flush()
    _record("training.change_curriculum", credential, by, at, {"curriculum": curriculum.name, "course": [code, None]})


def require(
    credential: Credential, curriculum: Curriculum, row: CurriculumCourse, required: bool, *, by: Actor, at: datetime
) -> None:
    """Makes a course of a curriculum required, or an elective."""
    if row.required == required:
        return
    row.required = required
    db.session.flush()
    curriculum.electives = min(curriculum.electives, _electives_of(curriculum))
    db.session.flush()
    needs.check_ways()
    code = db.session.get_one(Course, row.course_id).code
    changes = {"curriculum": curriculum.name, "course": code, "required": [not required, required]}
    _record("training.change_curriculum", credential, by, at, changes)


def move(curriculum: Curriculum, row: CurriculumCourse, up: bool) -> None:
    """Exchanges a course with its neighbour in the order."""
    rows = list(courses_of(curriculum))
    here = rows.index(row)
    other = here - 1 if up else here + 1
    if 0 <= other < len(rows):
        rows[here], rows[other] = rows[other], rows[here]
        for position, one in enumerate(rows, 1):
            one.position = position
        db.session.flush()


def courses_of(curriculum: Curriculum) -> Sequence[CurriculumCourse]:
    """The courses of a curriculum in their order."""
    query = select(CurriculumCourse).where(CurriculumCourse.curriculum_id == curriculum.id)
    return db.session.scalars(query.order_by(CurriculumCourse.position, CurriculumCourse.course_id)).all()


def _electives_of(curriculum: Curriculum) -> int:
    query = select(func.count()).where(CurriculumCourse.curriculum_id == curriculum.id, ~CurriculumCourse.required)
    return db.session.scalar(query) or 0


def _record(action: str, credential: Credential, by: Actor, at: datetime, changes: dict[str, Any] | None = None) -> None:
    name = f"{credential.code} {credential.name}"
    record(action, by=by, at=at, object_type="credential", object_id=credential.id, object_name=name, changes=changes)
