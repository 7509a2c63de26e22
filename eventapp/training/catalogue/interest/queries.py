"""Reading who wants which course."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, func, or_, select

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.partners.models import Country, Organisation, Person, SubRegion
from eventapp.training.catalogue.queries import NEWEST
from eventapp.training.models import Course, CourseInterest, CourseVersion, Enrolment, EnrolmentState, Run

GONE = (EnrolmentState.CANCELLED, EnrolmentState.LATE_CANCELLED)


def _served() -> Any:
    """Whether somebody has a place in a run of the course by now, or waits for one: then they are not waiting for a date."""
    return (
        exists()
        .where(
            Enrolment.person_id == CourseInterest.person_id,
            Enrolment.run_id == Run.id,
            Run.version_id == CourseVersion.id,
            CourseVersion.course_id == CourseInterest.course_id,
            Enrolment.state.not_in(GONE),
        )
        .correlate(CourseInterest)
    )


def waiting_for(course_id: int) -> Select[CourseInterest]:
    """Who still waits for a date of a course, in no order."""
    return select(CourseInterest).where(CourseInterest.course_id == course_id, ~_served())


def of_people(course_id: int, person_ids: Sequence[int]) -> Sequence[CourseInterest]:
    """What is noted for these people."""
    where = (CourseInterest.course_id == course_id, CourseInterest.person_id.in_(person_ids))
    return db.session.scalars(select(CourseInterest).where(*where)).all()


def own_company(viewer: Viewer, course_id: int) -> frozenset[int]:
    """Ids of the people who want the course: the viewer, and of the company that they are an admin of all."""
    seat = viewer.seat
    mine = CourseInterest.person_id == (seat.person_id if seat is not None else None)
    where = or_(mine, CourseInterest.organisation_id.in_(viewer.company_ids)) if viewer.company_ids else mine
    query = select(CourseInterest.person_id).where(CourseInterest.course_id == course_id, where)
    return frozenset(db.session.scalars(query))


@dataclass(frozen=True)
class Demand:
    """How many people of a sub-region want a course."""

    region: str
    label: str
    people: int


@dataclass(frozen=True)
class Wanted:
    """A course that people want, with where they are: the most first."""

    course_id: int
    code: str
    title: str
    people: int
    regions: Sequence[Demand]

    def enough(self, threshold: int) -> Sequence[Demand]:
        """Sub-regions in which a run would be worth it."""
        return [one for one in self.regions if one.people >= threshold]


def wanted() -> list[Wanted]:
    """The courses that people still wait for, the most wanted first. Two queries."""
    number = func.count()
    query = (
        select(CourseInterest.course_id, SubRegion.key, SubRegion.label, number)
        .join(Organisation, Organisation.id == CourseInterest.organisation_id)
        .join(Country, Country.code == Organisation.country_code)
        .join(SubRegion, SubRegion.key == Country.sub_region_key)
        .where(~_served())
        .group_by(CourseInterest.course_id, SubRegion.key, SubRegion.label)
        .order_by(number.desc(), SubRegion.label)
    )
    regions: dict[int, list[Demand]] = {}
    for course_id, key, label, people in db.session.execute(query):
        regions.setdefault(course_id, []).append(Demand(key, label, people))
    titles = select(Course.id, Course.code, CourseVersion.title).join(CourseVersion, CourseVersion.course_id == Course.id)
    titles = titles.where(CourseVersion.number == NEWEST, Course.id.in_(regions))
    found = [
        Wanted(row.id, row.code, row.title, sum(one.people for one in regions[row.id]), regions[row.id])
        for row in db.session.execute(titles)
    ]
    return sorted(found, key=lambda one: (-one.people, one.code))


def people() -> Select[*tuple[Any, ...]]:
    """Who waits for which course: the person, the company, where it is, since when, and when they were told."""
    return (
        select(
            Course.id.label("course_id"),
            Course.code,
            Person.id.label("person_id"),
            Person.given_name,
            Person.family_name,
            Organisation.id.label("organisation_id"),
            Organisation.name.label("company"),
            Country.name.label("country"),
            SubRegion.label.label("region"),
            CourseInterest.note,
            CourseInterest.noted_at,
            CourseInterest.told_at,
        )
        .select_from(CourseInterest)
        .join(Course, Course.id == CourseInterest.course_id)
        .join(Person, Person.id == CourseInterest.person_id)
        .join(Organisation, Organisation.id == CourseInterest.organisation_id)
        .join(Country, Country.code == Organisation.country_code)
        .join(SubRegion, SubRegion.key == Country.sub_region_key)
        .where(~_served())
    )
