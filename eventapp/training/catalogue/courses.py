"""Courses and their versions: draft → current → retired. Everything in the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.markdown import to_html
from eventapp.training.catalogue import copying, needs
from eventapp.training.catalogue.rules import Needs, fixed_field
from eventapp.training.models import (
    VERSION_TRANSITIONS,
    Course,
    CourseLevel,
    CourseVersion,
    Enrolment,
    Needed,
    Run,
    VersionStatus,
)

NOTHING = Needs(Needed.ALL, frozenset())


@dataclass(frozen=True)
class VersionDetails:
    """What a version of a course teaches and asks, as an organizer fills it in; the fields are those of `CourseVersion`."""

    title: str
    minutes: int
    summary: str = ""
    description: str = ""
    level: CourseLevel = CourseLevel.BEGINNER
    languages: tuple[str, ...] = ("en",)
    product_tags: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    audience_types: tuple[str, ...] = ()
    audience_functions: tuple[str, ...] = ()
    attendance_mark: int = 80
    partial_from: int = 25
    pass_mark: int | None = None
    attempts: int = 3
    time_limit: int | None = None
    drawn: int | None = None
    exercise: str = ""
    exercise_mark: int = 70
    validity_months: int | None = None
    credit_minutes: int = 50
    follow_up_days: int = 60
    needs: Needs = NOTHING

    def columns(self) -> dict[str, Any]:
        """The values by column; what stands in a list is a list."""
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "needs"}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def create(code: str, details: VersionDetails, *, by: Actor, at: datetime) -> CourseVersion:
    """A new course with a draft as its first version. Raises RuleError if there is one of that code."""
    _check_code(code)
    course = Course(code=code, created_at=at)
    db.session.add(course)
    db.session.flush()
    version = CourseVersion(course_id=course.id, created_at=at)
    _fill(version, details, at)
    db.session.add(version)
    db.session.flush()
    needs.set_needs(version, details.needs)
    version.course = course
    _record("training.create_course", version, by, at)
    return version


def change(found: CourseVersion, details: VersionDetails, *, version: int, by: Actor, at: datetime) -> None:
    """Changes a version.

    Raises StaleError if somebody saved since `version`, RuleError at the field that may not be changed any more.
    """
    if found.version != version:
        raise StaleError(_("Somebody else has changed this course since you opened it. Compare, then save again."))
    asked = needs.needs_of(found)
    changes = {n: [getattr(found, n), value] for n, value in details.columns().items() if getattr(found, n) != value}
    if asked != details.needs:
        changes["needs"] = [len(asked.things), len(details.needs.things)]
    fixed = fixed_field(found.status, _enrolled(found), changes)
    if found.status is VersionStatus.RETIRED and fixed is not None:
        raise RuleError(_("This version is retired: it stays as it was for those who took it."))
    if fixed is not None:
        message = _("People are enrolled in this version and were promised this. Make a new version to change it.")
        raise RuleError(message, fixed)
    if not changes:
        return
    _fill(found, details, at)
    needs.set_needs(found, details.needs)
    db.session.flush()
    _record("training.change_course", found, by, at, changes)


def new_version(current: CourseVersion, *, by: Actor, at: datetime) -> CourseVersion:
    """A draft as a copy of a version, with its prerequisites, material, questions and rubric.

    Raises RuleError if the course has a draft already.
    """
    draft = select(exists().where(CourseVersion.course_id == current.course_id, CourseVersion.status == VersionStatus.DRAFT))
    # The course's row keeps two who want a draft at the same moment in a row.
    db.session.execute(select(Course.id).where(Course.id == current.course_id).with_for_update(key_share=True))
    if db.session.scalar(draft):
        raise RuleError(_("There is a draft of the next version already."))
    last = db.session.scalar(select(func.max(CourseVersion.number)).where(CourseVersion.course_id == current.course_id)) or 0
    made = copying.copy_version(current, current.course_id, last + 1, at)
    made.course = current.course
    _record("training.new_version", made, by, at, {"number": made.number})
    return made


def publish(draft: CourseVersion, *, version: int, by: Actor, at: datetime) -> None:
    """Makes a draft the current version; the one before is retired, and runs and certificates of it keep it.

    Raises RuleError for what is no draft or says too little, StaleError if somebody saved since `version`.
    """
    if draft.version != version:
        raise StaleError(_("Somebody else has changed this course since you opened it. Look at it again, then publish."))
    if VersionStatus.CURRENT not in VERSION_TRANSITIONS[draft.status]:
        raise RuleError(_("Only a draft can be published."))
    missing = [label for label, there in (
        (_("a summary"), draft.summary), (_("what it teaches"), draft.description), (_("a language"), draft.languages),
        (_("how it is given"), draft.modes),
    ) if not there]  # fmt: skip
    if missing:
        raise RuleError(_("Before it is published it needs %(what)s.", what=", ".join(missing)))
    needs.check(draft.course_id, needs.needs_of(draft))
    before = db.session.scalar(_current(draft.course_id).with_for_update(key_share=True))
    if before is not None:
        before.status = VersionStatus.RETIRED
        # First, as at most one version of a course is current at any moment.
        db.session.flush()
    draft.status, draft.updated_at = VersionStatus.CURRENT, at
    db.session.flush()
    _record("training.publish_course", draft, by, at, {"status": [VersionStatus.DRAFT, VersionStatus.CURRENT]})


def delete_draft(draft: CourseVersion, *, by: Actor, at: datetime) -> None:
    """Deletes a draft, and the course with it if it has no other version.

    Raises RuleError for what is no draft, or while something stands on it.
    """
    if draft.status is not VersionStatus.DRAFT:
        raise RuleError(_("Only a draft can be deleted. Take the course out of the catalogue instead."))
    if db.session.scalar(select(exists().where(Run.version_id == draft.id))):
        raise RuleError(_("There are runs of this draft. Delete them first."))
    alone = not db.session.scalar(
        select(exists().where(CourseVersion.course_id == draft.course_id, CourseVersion.id != draft.id))
    )
    if alone and copying.is_used(draft.course_id):
        raise RuleError(
            _("Other courses, curricula or lists of people stand on this course. Take it out of the catalogue instead.")
        )
    _record("training.delete_draft", draft, by, at, {"number": draft.number})
    course = draft.course
    db.session.delete(draft)
    db.session.flush()
    if alone:
        db.session.delete(course)
        db.session.flush()


def copy(source: CourseVersion, code: str, *, by: Actor, at: datetime) -> CourseVersion:
    """A new course of that code, as a draft, with everything that this version says. Raises RuleError for a code in use."""
    _check_code(code)
    course = Course(code=code, created_at=at)
    db.session.add(course)
    db.session.flush()
    made = copying.copy_version(source, course.id, 1, at)
    made.course = course
    _record("training.copy_course", made, by, at, {"of": source.course.code})
    return made


def archive(version: CourseVersion, archived: bool, *, by: Actor, at: datetime) -> None:
    """Takes a course out of the catalogue, or puts it back. Runs that exist and certificates stay."""
    course = version.course
    if course.archived == archived:
        return
    course.archived = archived
    db.session.flush()
    if archived:
        _record("training.archive_course", version, by, at)
    else:
        _record("training.restore_course", version, by, at)


def current_version(course_id: int) -> CourseVersion | None:
    """The version that new runs are of."""
    return db.session.scalar(_current(course_id))


def _current(course_id: int) -> Select[CourseVersion]:
    return select(CourseVersion).where(CourseVersion.course_id == course_id, CourseVersion.status == VersionStatus.CURRENT)


def _enrolled(version: CourseVersion) -> bool:
    query = select(exists().where(Enrolment.run_id == Run.id, Run.version_id == version.id))
    return bool(db.session.scalar(query))


def _check_code(code: str) -> None:
    if db.session.scalar(select(Course.id).where(Course.code == code)) is not None:
        raise RuleError(_("There is a course of that code already."), "code")


def _fill(version: CourseVersion, details: VersionDetails, at: datetime) -> None:
    for name, value in details.columns().items():
        setattr(version, name, value)
    version.needed = details.needs.needed
    version.description_html = to_html(details.description)
    version.exercise_html = to_html(details.exercise)
    version.updated_at = at


def _record(action: str, version: CourseVersion, by: Actor, at: datetime, changes: Mapping[str, Any] | None = None) -> None:
    course = version.course
    name = f"{course.code} {version.title}"
    record(action, by=by, at=at, object_type="course", object_id=course.id, object_name=name, changes=changes)
