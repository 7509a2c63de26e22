"""Saying that no date of a course fits, taking it back, and telling people of a new run. In the caller's transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import joinedload

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.events.models import EventFormat, EventStatus
from eventapp.partners.models import Country, Organisation
from eventapp.training import hooks
from eventapp.training.catalogue.interest import mails, queries
from eventapp.training.models import CourseInterest, CourseVersion, Run


def want(version: CourseVersion, organisation_id: int, person_ids: Collection[int], note: str, *, by: Actor, at: datetime) -> int:
    """Notes that these people of a company want a date. Returns how many are new; for the others the note is changed."""
    there = {
        row.person_id: row
        for row in db.session.scalars(
            select(CourseInterest).where(CourseInterest.course_id == version.course_id, CourseInterest.person_id.in_(person_ids))
        )
    }
    for person_id in sorted(person_ids):
        row = there.get(person_id)
        if row is None:
            row = CourseInterest(course_id=version.course_id, person_id=person_id, noted_at=at, noted_by=by.actor_name)
            db.session.add(row)
            _record("interest.want", version, organisation_id, person_id, by, at)
        # Who has moved to another company wants it there.
        row.organisation_id, row.note = organisation_id, note
    db.session.flush()
    return len(set(person_ids) - there.keys())


def withdraw(version: CourseVersion, organisation_id: int, person_ids: Collection[int], *, by: Actor, at: datetime) -> int:
    """Takes back what was noted for these people of a company. Returns for how many."""
    query = select(CourseInterest.person_id).where(
        CourseInterest.course_id == version.course_id,
        CourseInterest.person_id.in_(person_ids),
        CourseInterest.organisation_id == organisation_id,
    )
    found = sorted(db.session.scalars(query))
    where = (CourseInterest.course_id == version.course_id, CourseInterest.person_id.in_(found))
    db.session.execute(delete(CourseInterest).where(*where))
    for person_id in found:
        _record("interest.withdraw", version, organisation_id, person_id, by, at)
    return len(found)


def tell(run: Run, _by: Actor, at: datetime) -> None:
    """Tells those who want the course of a run that they can enrol in, each of them once.

    Of one in a room those in its sub-region are told, of one that can be followed on video everybody.
    """
    event = run.event
    if event.status is not EventStatus.PUBLISHED or event.ends_at <= at:
        return
    course_id = run.course_version.course_id
    query = queries.waiting_for(course_id).where(CourseInterest.told_at.is_(None)).options(joinedload(CourseInterest.person))
    if event.format is EventFormat.IN_PERSON and event.country_code:
        here = select(Country.sub_region_key).where(Country.code == event.country_code).scalar_subquery()
        near = select(Organisation.id).join(Country, Country.code == Organisation.country_code)
        query = query.where(CourseInterest.organisation_id.in_(near.where(or_(Country.sub_region_key == here))))
    told: Sequence[CourseInterest] = db.session.scalars(query.with_for_update(of=CourseInterest)).all()
    for row in told:
        row.told_at = at
    db.session.flush()
    mails.send_new_run(run, told, at=at)


def _record(action: str, version: CourseVersion, organisation_id: int, person_id: int, by: Actor, at: datetime) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="course",
        object_id=version.course_id,
        object_name=f"{version.course.code} {version.title}",
        organisation_id=organisation_id,
        person_id=person_id,
    )


hooks.OPENED.append(tell)
