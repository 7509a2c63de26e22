"""Reading the catalogue: courses, versions, credentials, for organizers and for everybody."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, contains_eager, joinedload

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.training.models import (
    AssessmentQuestion,
    Certificate,
    Course,
    CourseVersion,
    Credential,
    Curriculum,
    CurriculumCourse,
    Prerequisite,
    RubricCriterion,
    Run,
    VersionStatus,
)

NEWEST = select(func.max(CourseVersion.number)).where(CourseVersion.course_id == Course.id).correlate(Course).scalar_subquery()


def holds(column: InstrumentedAttribute[list[Any]], values: Sequence[str]) -> ColumnElement[bool]:
    """Whether a list in a column has one of these texts; SQLite keeps letters outside ASCII escaped, Postgres does not."""
    text = cast(column, Text)
    shapes = {json.dumps(value, ensure_ascii=escaped) for value in values for escaped in (True, False)}
    return or_(*(text.contains(shape, autoescape=True) for shape in sorted(shapes)))


def versions_of(code: str) -> Sequence[CourseVersion]:
    """All versions of the course of that code, the newest first. Raises NotFoundError if there is none."""
    query = select(CourseVersion).join(CourseVersion.course).where(Course.code == code.upper())
    found = db.session.scalars(query.options(joinedload(CourseVersion.course)).order_by(CourseVersion.number.desc())).all()
    if not found:
        raise NotFoundError(code)
    return found


def version_of(code: str, number: int) -> CourseVersion:
    """A version of a course by its number. Raises NotFoundError."""
    for found in versions_of(code):
        if found.number == number:
            return found
    raise NotFoundError(number)


def current_versions() -> Sequence[CourseVersion]:
    """What is offered: the current versions of all courses that are not archived, by level of their code."""
    query = select(CourseVersion).join(CourseVersion.course)
    query = query.where(CourseVersion.status == VersionStatus.CURRENT, ~Course.archived)
    return db.session.scalars(query.options(joinedload(CourseVersion.course)).order_by(Course.code)).all()


def offered(code: str) -> CourseVersion:
    """The current version of a course that is in the catalogue. Raises NotFoundError for everything else."""
    query = select(CourseVersion).join(CourseVersion.course)
    query = query.where(CourseVersion.status == VersionStatus.CURRENT, ~Course.archived, Course.code == code.upper())
    found = db.session.scalar(query.options(joinedload(CourseVersion.course)))
    if found is None:
        raise NotFoundError(code)
    return found


def course_of_event(event_id: int) -> str | None:
    """The code of the course of which an event is a run, if it is offered."""
    query = (
        select(Course.code)
        .join(CourseVersion, CourseVersion.course_id == Course.id)
        .join(Run, Run.version_id == CourseVersion.id)
    )
    offered_now = select(CourseVersion.course_id).where(CourseVersion.status == VersionStatus.CURRENT)
    return db.session.scalar(
        query.where(Run.event_id == event_id, Run.session_id.is_(None), ~Course.archived, Course.id.in_(offered_now))
    )


def titles() -> Sequence[tuple[int, str, str, bool]]:
    """Id, code, title of the newest version, and whether it is archived, of all courses by code."""
    query = select(Course.id, Course.code, CourseVersion.title, Course.archived)
    query = query.join(CourseVersion, CourseVersion.course_id == Course.id).where(CourseVersion.number == NEWEST)
    return [(row[0], row[1], row[2], row[3]) for row in db.session.execute(query.order_by(Course.code))]


def prerequisites(version_id: int) -> Sequence[tuple[Prerequisite, str]]:
    """What a version asks for: courses and credentials, each with its name."""
    query = (
        select(Prerequisite, CourseVersion.title, Credential.name)
        .outerjoin(Course, Course.id == Prerequisite.course_id)
        .outerjoin(CourseVersion, and_(CourseVersion.course_id == Course.id, CourseVersion.number == NEWEST))
        .outerjoin(Credential, Credential.id == Prerequisite.credential_id)
        .where(Prerequisite.version_id == version_id)
        .options(contains_eager(Prerequisite.course), contains_eager(Prerequisite.credential))
        .order_by(Prerequisite.credential_id, Prerequisite.course_id)
    )
    return [(row[0], row[1] or row[2]) for row in db.session.execute(query)]


def numbers(course_id: int) -> Mapping[int, tuple[int, int]]:
    """How many runs and certificates there are of each version of a course, by the version's id."""
    runs = select(func.count()).where(Run.version_id == CourseVersion.id).correlate(CourseVersion).scalar_subquery()
    issued = select(func.count()).where(Certificate.version_id == CourseVersion.id).correlate(CourseVersion).scalar_subquery()
    rows = db.session.execute(select(CourseVersion.id, runs, issued).where(CourseVersion.course_id == course_id))
    return {row[0]: (row[1], row[2]) for row in rows}


def unpassable(version: CourseVersion) -> Sequence[str]:
    """What is lacking without which nobody can pass a version: `questions` of its assessment, the `rubric` of its exercise."""
    if not version.assessed:
        return []
    asks = exists().where(AssessmentQuestion.version_id == version.id, ~AssessmentQuestion.archived)
    marks = exists().where(RubricCriterion.version_id == version.id)
    has_questions, has_rubric = db.session.execute(select(asks, marks)).one()
    lacking = []
    if version.pass_mark is not None and not has_questions:
        lacking.append("questions")
    if version.exercise and not has_rubric:
        lacking.append("rubric")
    return lacking


def asked_by(course_id: int) -> Sequence[tuple[str, str]]:
    """Code and title of the courses that ask for this one, in the versions that are current or being written."""
    query = (
        select(Course.code, CourseVersion.title)
        .join(CourseVersion, CourseVersion.course_id == Course.id)
        .join(Prerequisite, Prerequisite.version_id == CourseVersion.id)
        .where(Prerequisite.course_id == course_id, CourseVersion.status != VersionStatus.RETIRED, ~Course.archived)
    )
    return [(row[0], row[1]) for row in db.session.execute(query.distinct().order_by(Course.code))]


def credentials(*, archived: bool = True) -> Sequence[Credential]:
    """All credentials, those that are not given out any more last."""
    query = select(Credential).order_by(Credential.archived, Credential.kind, Credential.code)
    return db.session.scalars(query if archived else query.where(~Credential.archived)).all()


def credential(credential_id: int) -> Credential:
    """A credential. Raises NotFoundError."""
    found = db.session.get(Credential, credential_id)
    if found is None:
        raise NotFoundError(credential_id)
    return found


def credential_given(code: str) -> Credential:
    """A credential that is given out, by its code. Raises NotFoundError."""
    found = db.session.scalar(select(Credential).where(Credential.code == code.upper(), ~Credential.archived))
    if found is None:
        raise NotFoundError(code)
    return found


def held_by(credential_ids: Sequence[int]) -> Mapping[int, int]:
    """How many people were given each credential, whatever has become of it."""
    query = select(Certificate.credential_id, func.count(Certificate.person_id.distinct()))
    query = query.where(Certificate.credential_id.in_(credential_ids)).group_by(Certificate.credential_id)
    return {row[0]: row[1] for row in db.session.execute(query) if row[0] is not None}


def curricula(credential_ids: Sequence[int]) -> Sequence[Curriculum]:
    """The ways to these credentials; those that are closed last."""
    query = select(Curriculum).where(Curriculum.credential_id.in_(credential_ids))
    return db.session.scalars(query.order_by(Curriculum.archived, func.lower(Curriculum.name))).all()


def curriculum(credential_id: int, curriculum_id: int) -> Curriculum:
    """A way to that credential. Raises NotFoundError."""
    found = db.session.get(Curriculum, curriculum_id)
    if found is None or found.credential_id != credential_id:
        raise NotFoundError(curriculum_id)
    return found


def courses_in(curriculum_ids: Sequence[int]) -> Mapping[int, Sequence[CurriculumCourse]]:
    """The courses of each curriculum in their order."""
    query = select(CurriculumCourse).where(CurriculumCourse.curriculum_id.in_(curriculum_ids))
    query = query.options(joinedload(CurriculumCourse.course))
    found: dict[int, list[CurriculumCourse]] = {id_: [] for id_ in curriculum_ids}
    for row in db.session.scalars(query.order_by(CurriculumCourse.position, CurriculumCourse.course_id)):
        found[row.curriculum_id].append(row)
    return found


def stamp() -> tuple[Any, ...]:
    """What the public pages depend on besides their dates, as far as it has a version."""
    courses = select(func.count(), func.max(CourseVersion.updated_at)).select_from(CourseVersion).join(CourseVersion.course)
    ways_ = select(func.coalesce(func.sum(Curriculum.version), 0)).scalar_subquery()
    titles_ = select(func.coalesce(func.sum(Credential.version), 0)).scalar_subquery()
    inside = select(func.count()).select_from(CurriculumCourse).scalar_subquery()
    row = courses.where(CourseVersion.status == VersionStatus.CURRENT, ~Course.archived).add_columns(ways_, titles_, inside)
    return tuple(db.session.execute(row).one())
