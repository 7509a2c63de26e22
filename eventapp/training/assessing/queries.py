"""Reading what people try: their enrolments, attempts and recordings."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import joinedload

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import Event, EventStatus
from eventapp.partners.models import Person
from eventapp.registrations.models import Registration
from eventapp.training import queries as training
from eventapp.training.assessing.rules import Facts
from eventapp.training.models import (
    AssessmentAttempt,
    AssessmentQuestion,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    RubricCriterion,
    Run,
    Submission,
)
from eventapp.training.rules import Slot

# What is no seat yet, and may become one.
AHEAD = (EnrolmentState.WAITLISTED, EnrolmentState.OFFERED, EnrolmentState.REQUESTED)
MOST_OWN = 40
_RUN = joinedload(Enrolment.run)
LOADED = (
    _RUN.joinedload(Run.event).joinedload(Event.pool),
    _RUN.joinedload(Run.session),
    _RUN.joinedload(Run.course_version).joinedload(CourseVersion.course),
    joinedload(Enrolment.person),
    joinedload(Enrolment.organisation),
    joinedload(Enrolment.registration).joinedload(Registration.person),
)


def _held(token: str) -> Select[Enrolment]:
    """The enrolments of whoever holds that link now; those of a former holder are not theirs."""
    query = select(Enrolment).options(*LOADED).join(Registration, Registration.id == Enrolment.registration_id)
    return query.where(Registration.token == token, Enrolment.person_id == Registration.person_id)


def by_token(token: str, run_id: int) -> Enrolment:
    """The enrolment in that run of whoever holds the link. Raises NotFoundError."""
    found = db.session.scalar(_held(token).where(Enrolment.run_id == run_id))
    if found is None:
        raise NotFoundError(run_id)
    return found


def of_token(token: str) -> Sequence[Enrolment]:
    """Everything that the holder of a link is enrolled in by that registration."""
    return db.session.scalars(_held(token).order_by(Enrolment.id)).all()


def of_login(viewer: Viewer, enrolment_id: int) -> Enrolment:
    """An enrolment of the person behind the visitor's own login. Raises NotFoundError."""
    query = select(Enrolment).options(*LOADED).join(Person, Person.id == Enrolment.person_id)
    user_id = viewer.user.id if viewer.user else None
    found = db.session.scalar(query.where(Enrolment.id == enrolment_id, Person.user_id == user_id))
    if found is None or found.registration.person_id != found.person_id:
        raise NotFoundError(enrolment_id)
    return found


class OwnCourses(NamedTuple):
    """The runs of somebody that are not completed, each with its slots: `coming` soonest first, those `begun` newest first."""

    coming: Sequence[tuple[Enrolment, Sequence[Slot]]]
    begun: Sequence[tuple[Enrolment, Sequence[Slot]]]


def own_courses(viewer: Viewer, at: datetime) -> OwnCourses:
    """What the person behind the visitor's login has a seat in, or until it begins waits for; a completed one is a
    certificate."""
    user_id = viewer.user.id if viewer.user else None
    query = select(Enrolment).options(*LOADED).join(Person, Person.id == Enrolment.person_id)
    query = query.join(Run, Run.id == Enrolment.run_id).join(Event, Event.id == Run.event_id)
    ahead = and_(Enrolment.state.in_(AHEAD), Event.ends_at > at)
    wanted = (Person.user_id == user_id, or_(Enrolment.state == EnrolmentState.ENROLLED, ahead), Enrolment.completed_at.is_(None))
    there = Event.status.in_((EventStatus.PUBLISHED, EventStatus.CLOSED))
    rows = query.where(*wanted, there).order_by(Event.starts_at.desc(), Enrolment.id).limit(MOST_OWN)
    found = db.session.scalars(rows).all()
    slots = training.slots_of([one.run for one in found])
    coming, begun = [], []
    for one in found:
        times = slots[one.run_id]
        starts_at = times[0].starts_at if times else one.run.event.starts_at
        if starts_at > at:
            coming.append((one, times))
        elif one.state is EnrolmentState.ENROLLED:
            begun.append((one, times))
    return OwnCourses(coming[::-1], begun)


def locked(enrolment_id: int) -> Enrolment:
    """The enrolment as it is now, locked until the transaction ends, with what `LOADED` says."""
    query = select(Enrolment).options(*LOADED).where(Enrolment.id == enrolment_id)
    return db.session.scalars(query.with_for_update(of=Enrolment).execution_options(populate_existing=True)).one()


def attempts(enrolment_id: int) -> Sequence[AssessmentAttempt]:
    """All tries of the assessment, in order."""
    query = select(AssessmentAttempt).where(AssessmentAttempt.enrolment_id == enrolment_id)
    return db.session.scalars(query.order_by(AssessmentAttempt.number)).all()


def submissions(enrolment_id: int) -> Sequence[Submission]:
    """All recordings handed in, in order."""
    query = select(Submission).where(Submission.enrolment_id == enrolment_id)
    return db.session.scalars(query.order_by(Submission.number)).all()


def pool(version_id: int, *, archived: bool = False) -> Sequence[AssessmentQuestion]:
    """The questions of a version of a course in their order; only on request those that are not drawn any more."""
    query = select(AssessmentQuestion).where(AssessmentQuestion.version_id == version_id)
    if not archived:
        query = query.where(~AssessmentQuestion.archived)
    order = (AssessmentQuestion.archived, AssessmentQuestion.position, AssessmentQuestion.id)
    return db.session.scalars(query.order_by(*order)).all()


def rubric(version_id: int) -> Sequence[RubricCriterion]:
    """What an exercise is marked by, in its order."""
    query = select(RubricCriterion).where(RubricCriterion.version_id == version_id)
    return db.session.scalars(query.order_by(RubricCriterion.position, RubricCriterion.id)).all()


def version_by_id(version_id: int) -> CourseVersion:
    """A version of a course, for the vendor's own pages. Raises NotFoundError."""
    query = select(CourseVersion).options(joinedload(CourseVersion.course)).where(CourseVersion.id == version_id)
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError(version_id)
    return found


def facts_of_attempts(enrolment: Enrolment, tried: Sequence[AssessmentAttempt], *, asks: bool = True) -> Facts:
    """What says whether somebody may begin another attempt. `asks`: there are questions to ask."""
    finished = [attempt for attempt in tried if attempt.submitted_at is not None]
    return Facts(
        enrolment.state,
        enrolment.run.event.status,
        starts_at(enrolment.run),
        used=len(finished),
        most=enrolment.run.course_version.attempts,
        passed=any(attempt.passed for attempt in finished),
        open=len(finished) < len(tried),
        asks=asks,
    )


def facts_of_submissions(enrolment: Enrolment, handed: Sequence[Submission]) -> Facts:
    """What says whether somebody may hand in a recording; one that waits for its marks may be replaced."""
    marked = [one for one in handed if one.marked_at is not None]
    return Facts(
        enrolment.state,
        enrolment.run.event.status,
        starts_at(enrolment.run),
        used=len(marked),
        most=enrolment.run.course_version.attempts,
        passed=any(one.passed for one in marked),
        open=len(marked) < len(handed),
    )


def starts_at(run: Run) -> datetime | None:
    """When the first slot of a run begins; none while it has none."""
    slots = training.slots_of([run])[run.id]
    return slots[0].starts_at if slots else None


def ends_at(run: Run) -> datetime | None:
    """When the last slot of a run ends; none while it has none."""
    slots = training.slots_of([run])[run.id]
    return slots[-1].ends_at if slots else None
