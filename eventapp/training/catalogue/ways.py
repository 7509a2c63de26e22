"""The ways to credentials that a course is part of, and how far somebody has come on them."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import contains_eager

from eventapp.core.db import db
from eventapp.training.catalogue import queries
from eventapp.training.models import Certificate, Course, CourseVersion, Credential, Curriculum, CurriculumCourse


@dataclass(frozen=True)
class Held:
    """What somebody holds valid certificates of: ids of courses and of credentials."""

    courses: frozenset[int] = frozenset()
    credentials: frozenset[int] = frozenset()


NOTHING = Held()


@dataclass(frozen=True)
class Step:
    """A course on the way."""

    course_id: int
    code: str
    title: str
    required: bool
    offered: bool
    held: bool


@dataclass(frozen=True)
class WayTo:
    """A curriculum with its courses: `done` of `needed` are held, as far as they count."""

    credential: Credential
    name: str
    steps: Sequence[Step]
    electives: int
    needed: int
    done: int
    held: bool


def held_by(person_id: int, today: date) -> Held:
    """What a person holds on that day: neither revoked, nor replaced, nor expired."""
    query = (
        select(CourseVersion.course_id, Certificate.credential_id)
        .select_from(Certificate)
        .outerjoin(CourseVersion, CourseVersion.id == Certificate.version_id)
        .where(
            Certificate.person_id == person_id,
            Certificate.revoked_at.is_(None),
            Certificate.replaced_by_id.is_(None),
            or_(Certificate.expires_on.is_(None), Certificate.expires_on >= today),
        )
    )
    rows = db.session.execute(query).all()
    return Held(frozenset(row[0] for row in rows if row[0]), frozenset(row[1] for row in rows if row[1]))


def ways_with(course_id: int, held: Held = NOTHING) -> list[WayTo]:
    """The open curricula that a course is part of, by the credential's name. One query, as for `ways_to`."""
    inside = select(CurriculumCourse.curriculum_id).where(CurriculumCourse.course_id == course_id)
    return _ways(Curriculum.id.in_(inside), held)


def ways_to(credential_id: int, held: Held = NOTHING) -> list[WayTo]:
    """The open curricula that lead to a credential."""
    return _ways(Curriculum.credential_id == credential_id, held)


def _ways(condition: ColumnElement[bool], held: Held) -> list[WayTo]:
    query = (
        select(Curriculum, CurriculumCourse, CourseVersion.title)
        .join(Curriculum.credential)
        .join(CurriculumCourse, CurriculumCourse.curriculum_id == Curriculum.id)
        .join(CurriculumCourse.course)
        .join(CourseVersion, and_(CourseVersion.course_id == Course.id, CourseVersion.number == queries.NEWEST))
        .where(condition, ~Curriculum.archived, ~Credential.archived)
        .options(contains_eager(Curriculum.credential), contains_eager(CurriculumCourse.course))
        .order_by(func.lower(Credential.name), func.lower(Curriculum.name), CurriculumCourse.position, Course.id)
    )
    found: dict[Curriculum, list[tuple[CurriculumCourse, str]]] = {}
    for curriculum, row, title in db.session.execute(query):
        found.setdefault(curriculum, []).append((row, title))
    return [_way(curriculum, rows, held) for curriculum, rows in found.items()]


def _way(curriculum: Curriculum, rows: Sequence[tuple[CurriculumCourse, str]], held: Held) -> WayTo:
    steps = [
        Step(row.course_id, row.course.code, title, row.required, not row.course.archived, row.course_id in held.courses)
        for row, title in rows
    ]
    needed, done = progress(
        {step.course_id for step in steps if step.required},
        {step.course_id for step in steps if not step.required},
        curriculum.electives,
        held.courses,
    )
    has = curriculum.credential_id in held.credentials
    return WayTo(curriculum.credential, curriculum.name, steps, curriculum.electives, needed, done, has)


def progress(required: Set[int], elective: Set[int], electives: int, held: Set[int]) -> tuple[int, int]:
    """How many courses a way needs, and how many of those are held; electives beyond what is asked for do not count."""
    return len(required) + electives, len(required & held) + min(electives, len(elective & held))
