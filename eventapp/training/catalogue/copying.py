"""Copying a version of a course with everything that belongs to it."""

import secrets
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import undefer

from eventapp.core.db import db
from eventapp.training.catalogue import needs
from eventapp.training.models import (
    AssessmentQuestion,
    CourseInterest,
    CourseMaterial,
    CourseVersion,
    CurriculumCourse,
    Prerequisite,
    RubricCriterion,
    VersionStatus,
)

# What is a copy's own.
OWN = {"id", "course_id", "number", "status", "created_at", "updated_at", "version"}


def copy_version(source: CourseVersion, course_id: int, number: int, at: datetime) -> CourseVersion:
    """A draft with the texts, marks, prerequisites, material, questions and rubric of `source`."""
    values = {column.key: getattr(source, column.key) for column in CourseVersion.__table__.columns if column.key not in OWN}
    made = CourseVersion(**values, course_id=course_id, number=number, status=VersionStatus.DRAFT, created_at=at, updated_at=at)
    db.session.add(made)
    db.session.flush()
    needs.copy_needs(source, made)
    _copy_material(source, made)
    for question in db.session.scalars(
        select(AssessmentQuestion).where(AssessmentQuestion.version_id == source.id, ~AssessmentQuestion.archived)
    ):
        db.session.add(
            AssessmentQuestion(
                version_id=made.id,
                position=question.position,
                kind=question.kind,
                text=question.text,
                options=question.options,
                explanation=question.explanation,
                points=question.points,
            )
        )
    for one in db.session.scalars(select(RubricCriterion).where(RubricCriterion.version_id == source.id)):
        db.session.add(
            RubricCriterion(
                version_id=made.id,
                position=one.position,
                name=one.name,
                description=one.description,
                most=one.most,
                least=one.least,
            )
        )
    db.session.flush()
    return made


def is_used(course_id: int) -> bool:
    """Whether other courses, curricula or interested people stand on a course."""
    uses = (
        exists().where(Prerequisite.course_id == course_id),
        exists().where(CurriculumCourse.course_id == course_id),
        exists().where(CourseInterest.course_id == course_id),
    )
    return any(db.session.scalar(select(use)) for use in uses)


def _copy_material(source: CourseVersion, made: CourseVersion) -> None:
    query = select(CourseMaterial).where(CourseMaterial.version_id == source.id).options(undefer(CourseMaterial.content))
    for one in db.session.scalars(query):
        db.session.add(
            CourseMaterial(
                version_id=made.id,
                position=one.position,
                shown_from=one.shown_from,
                title=one.title,
                url=one.url,
                # The file's address names its version, so the copy has one of its own.
                key=secrets.token_urlsafe(18) if one.key else None,
                name=one.name,
                content=one.content,
                is_public=one.is_public,
            )
        )
