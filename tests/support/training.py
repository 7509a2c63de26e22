"""Rows of training for tests, made with as little as possible; everything else has a default. Each is committed."""

import itertools
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from eventapp.accounts.models import User
from eventapp.core.db import db
from eventapp.events.models import EventFormat, EventKind, EventPart
from eventapp.partners.models import Organisation, Person, PersonEmail
from eventapp.registrations.models import Registration
from eventapp.registrations.rules import new_code
from eventapp.training.enrolling import following  # noqa: F401 - enrolments follow registrations once it is imported
from eventapp.training.models import (
    AssessmentQuestion,
    Certificate,
    Course,
    CourseVersion,
    Credential,
    Curriculum,
    CurriculumCourse,
    Enrolment,
    Prerequisite,
    ProgrammeRule,
    RubricCriterion,
    RuleCredential,
    Run,
    RunTrainer,
    VersionStatus,
)
from eventapp.training.rules import new_salt
from tests.support import factories
from tests.support.factories import AT, STARTS, TESTS, commit

_numbers = itertools.count(1)
Row = TypeVar("Row")


def _kept(row: Row) -> Row:
    db.session.add(row)
    commit()
    return row


def course(code: str = "", *, needs: Sequence[Course | Credential] = (), **values: Any) -> CourseVersion:
    """The current version of a new course of two hours: virtual or in person, in English, without an assessment."""
    n = next(_numbers)
    made = _kept(Course(code=code or f"TST-{n:03}", created_at=AT))
    defaults: dict[str, Any] = {
        "number": 1,
        "status": VersionStatus.CURRENT,
        "title": f"Course {n}",
        "languages": ["en"],
        "modes": [EventFormat.VIRTUAL.value, EventFormat.IN_PERSON.value],
        "minutes": 120,
        "created_at": AT,
        "updated_at": AT,
    }
    version = _kept(CourseVersion(course_id=made.id, **{**defaults, **values}))
    for one in needs:
        key = {"course_id": one.id} if isinstance(one, Course) else {"credential_id": one.id}
        db.session.add(Prerequisite(version_id=version.id, **key))
    commit()
    version.course = made
    return version


def run(
    version: CourseVersion, *, slots: Sequence[tuple[datetime, datetime]] = (), trainers: Sequence[User] = (), **values: Any
) -> Run:
    """A published run of a course as an event of its own; `slots` are its parts, none: the whole event.

    `values` named like fields of the run go there, all others to the event, as `factories.event` takes them.
    """
    n = next(_numbers)
    own = {name: values.pop(name) for name in ("seats_min", "late_hours", "language", "done_at") if name in values}
    starts_at = slots[0][0] if slots else STARTS
    ends_at = slots[-1][1] if slots else starts_at + timedelta(minutes=version.minutes)
    defaults: dict[str, Any] = {
        "slug": f"run-{n}",
        "title": version.title,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "format": EventFormat.VIRTUAL,
        "venue": "",
        "city": "",
        "join_url": "https://meet.example/run",
    }
    event = factories.event(**{**defaults, **values})
    event.kind = EventKind.RUN
    for number, (start, end) in enumerate(slots, 1):
        db.session.add(EventPart(event_id=event.id, number=number, starts_at=start, ends_at=end))
    made = Run(version_id=version.id, event_id=event.id, created_at=AT, **own)
    db.session.add(made)
    db.session.flush()
    for position, user in enumerate(trainers):
        db.session.add(RunTrainer(run_id=made.id, user_id=user.id, position=position))
    commit()
    made.event, made.course_version, made.session = event, version, None
    return made


def enrol(run_: Run, company: Organisation, person: Person, **values: Any) -> Enrolment:
    """Registers a member of a company for a run and gives their enrolment; `values` are set on it."""
    address = db.session.scalars(db.select(PersonEmail.address).filter_by(person_id=person.id)).first()
    attendee = factories.attendee(person.given_name, person.family_name, address, mode=run_.event.modes[0])
    (registration,) = factories.register(run_.event, company, attendee)
    return enrolment_of(run_, registration, **values)


def enrolment_of(run_: Run, registration: Registration, **values: Any) -> Enrolment:
    """The enrolment that belongs to a registration; `values` are set on it."""
    query = db.select(Enrolment).filter_by(run_id=run_.id, registration_id=registration.id, person_id=registration.person_id)
    found: Enrolment = db.session.scalars(query).one()
    for name, value in values.items():
        setattr(found, name, value)
    commit()
    return found


def credential(code: str = "", **values: Any) -> Credential:
    """A technical credential worth one point."""
    n = next(_numbers)
    return _kept(Credential(code=code or f"CRED-{n}", **{"name": f"Credential {n}", **values}))


def curriculum(
    of: Credential, required: Sequence[Course] = (), elective: Sequence[Course] = (), electives: int = 0
) -> Curriculum:
    """A way to a credential."""
    made = _kept(Curriculum(credential_id=of.id, name=f"Way {next(_numbers)}", electives=electives))
    for position, one in enumerate([*required, *elective]):
        db.session.add(
            CurriculumCourse(curriculum_id=made.id, course_id=one.id, position=position, required=position < len(required))
        )
    commit()
    return made


def certificate(person: Person, of: CourseVersion | Credential, **values: Any) -> Certificate:
    """A certificate of a course or of a credential, completed on 1 January 2027 and valid for good."""
    key = {"version_id": of.id} if isinstance(of, CourseVersion) else {"credential_id": of.id}
    defaults: dict[str, Any] = {
        "code": new_code(),
        "name": person.full_name,
        "completed_on": date(2027, 1, 1),
        "issued_at": AT,
        "issued_by": str(TESTS),
        "salt": new_salt(),
    }
    return _kept(Certificate(person_id=person.id, **key, **{**defaults, **values}))


def rule(tier: str, credentials: Sequence[Credential], people: int = 1, **values: Any) -> ProgrammeRule:
    """A rule of the programme: so many people of a tier's companies hold one of these credentials."""
    defaults = {"name": f"Rule {next(_numbers)}", "people_min": people, "created_at": AT}
    made = _kept(ProgrammeRule(tier_key=tier, **{**defaults, **values}))
    db.session.add_all(RuleCredential(rule_id=made.id, credential_id=one.id) for one in credentials)
    commit()
    return made


def question(version: CourseVersion, right: str = "a", **values: Any) -> AssessmentQuestion:
    """A question with three options of which one is right, worth one point."""
    options = [{"key": key, "text": f"Option {key}", "right": key == right} for key in "abc"]
    n = next(_numbers)
    defaults = {"position": n, "text": f"Question {n}?", "options": options}
    return _kept(AssessmentQuestion(version_id=version.id, **{**defaults, **values}))


def criterion(version: CourseVersion, name: str = "", **values: Any) -> RubricCriterion:
    """Something that an exercise is marked by, up to five points."""
    n = next(_numbers)
    return _kept(RubricCriterion(version_id=version.id, name=name or f"Criterion {n}", **{"position": n, **values}))
