"""Reading what came of runs: person by person for who gives one, in numbers for organizers."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, select

from eventapp.accounts.models import User
from eventapp.core.db import db
from eventapp.events.models import Event, EventStatus
from eventapp.partners.models import Organisation, Person
from eventapp.training.assessing.feedback import queries as feedback
from eventapp.training.assessing.feedback.rules import Sums, csat, nps, percent, together
from eventapp.training.models import (
    AssessmentAttempt,
    AttendanceState,
    Certificate,
    Course,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    ResultState,
    Run,
    RunTrainer,
    Submission,
)


class Participant(NamedTuple):
    """Somebody enrolled in a run, by name and company only, and how they stand."""

    id: int
    name: str
    company: str
    attendance: AttendanceState | None
    result: ResultState
    score: int | None
    attempts: int
    # Id, number and result of each recording, in order.
    submissions: Sequence[tuple[int, int, bool | None]]


def participants(run: Run) -> list[Participant]:
    """Everybody enrolled in a run, by name. Three queries."""
    query = (
        select(Enrolment, Person, Organisation.name)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Organisation, Organisation.id == Enrolment.organisation_id)
        .where(Enrolment.run_id == run.id, Enrolment.state == EnrolmentState.ENROLLED)
        .order_by(Person.sort_key, Enrolment.id)
    )
    rows = db.session.execute(query).all()
    of_run = select(Enrolment.id).where(Enrolment.run_id == run.id)
    counted: Any = select(AssessmentAttempt.enrolment_id, func.count()).where(
        AssessmentAttempt.enrolment_id.in_(of_run), AssessmentAttempt.submitted_at.is_not(None)
    )
    tried = dict(db.session.execute(counted.group_by(AssessmentAttempt.enrolment_id)).all())
    handed: dict[int, list[tuple[int, int, bool | None]]] = {}
    columns = (Submission.enrolment_id, Submission.id, Submission.number, Submission.passed)
    query_of_handed = select(*columns).where(Submission.enrolment_id.in_(of_run)).order_by(Submission.number)
    for enrolment_id, id_, number, passed in db.session.execute(query_of_handed):
        handed.setdefault(enrolment_id, []).append((id_, number, passed))
    return [
        Participant(
            one.id,
            person.full_name,
            company,
            one.attendance,
            one.result,
            one.score,
            tried.get(one.id, 0),
            handed.get(one.id, ()),
        )
        for one, person, company in rows
    ]


class Waiting(NamedTuple):
    """A recording that waits for its marks."""

    id: int
    name: str
    company: str
    number: int
    handed_in_at: datetime


def marking_queue(run: Run) -> list[Waiting]:
    """The recordings of a run that wait for their marks, oldest first."""
    query = (
        select(Submission, Person, Organisation.name)
        .join(Enrolment, Enrolment.id == Submission.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Organisation, Organisation.id == Enrolment.organisation_id)
        .where(Enrolment.run_id == run.id, Submission.marked_at.is_(None))
        .order_by(Submission.handed_in_at, Submission.id)
    )
    return [
        Waiting(one.id, person.full_name, company, one.number, one.handed_in_at)
        for one, person, company in db.session.execute(query)
    ]


@dataclass(frozen=True)
class Figures:
    """What came of a run, or of several together, in numbers. `counted` are those whose attendance is known and not excused."""

    runs: int = 0
    enrolled: int = 0
    counted: int = 0
    no_shows: int = 0
    passed: int = 0
    failed: int = 0
    scores: int = 0
    score_sum: int = 0
    half_credits: int = 0
    sums: Sums = field(default_factory=dict)
    people: int = 0

    @property
    def pass_rate(self) -> int | None:
        """Percent that passed of those with a final result."""
        return percent(self.passed, self.passed + self.failed) if self.passed + self.failed else None

    @property
    def average(self) -> int | None:
        """The average best score in percent."""
        return self.score_sum // self.scores if self.scores else None

    @property
    def no_show_rate(self) -> int | None:
        """Percent of the counted that stayed away."""
        return percent(self.no_shows, self.counted) if self.counted else None

    @property
    def credits(self) -> float:
        """Credits on certificates that hold."""
        return self.half_credits / 2

    @property
    def csat(self) -> int | None:
        """The share of satisfied answers, if it may be shown."""
        return csat(self.sums)

    @property
    def nps(self) -> int | None:
        """The net promoter score, if it may be shown."""
        return nps(self.sums)


@dataclass(frozen=True)
class RunFigures:
    """A run with its numbers and who gave it: (id, name) of its trainers."""

    id: int
    course_id: int
    code: str
    title: str
    starts_at: datetime
    zone: str
    trainers: Sequence[tuple[int, str]]
    figures: Figures


def run_figures(conditions: Iterable[ColumnElement[bool]] = ()) -> list[RunFigures]:
    """The numbers of each run that has begun or was planned, newest first, narrowed by `conditions`. Six queries."""
    query = (
        select(Run.id, Course.id, Course.code, CourseVersion.title, Event.starts_at, Event.time_zone)
        .join(Event, Event.id == Run.event_id)
        .join(CourseVersion, CourseVersion.id == Run.version_id)
        .join(Course, Course.id == CourseVersion.course_id)
        .where(Event.status.in_((EventStatus.PUBLISHED, EventStatus.CLOSED)), *conditions)
        .order_by(Event.starts_at.desc(), Run.id.desc())
    )
    rows = db.session.execute(query).all()
    ids = [row[0] for row in rows]
    counts, credits = _counts(ids), _credits(ids)
    sums, people = feedback.sums(ids), feedback.people(ids)
    given: dict[int, list[tuple[int, str]]] = {}
    named = select(RunTrainer.run_id, User.id, User.name).join(User, User.id == RunTrainer.user_id)
    for run_id, user_id, name in db.session.execute(named.where(RunTrainer.run_id.in_(ids)).order_by(RunTrainer.position)):
        given.setdefault(run_id, []).append((user_id, name))
    return [
        RunFigures(
            *row,
            given.get(row[0], ()),
            replace(
                counts.get(row[0], Figures(runs=1)),
                half_credits=credits.get(row[0], 0),
                sums=sums.get(row[0], {}),
                people=people.get(row[0], 0),
            ),
        )
        for row in rows
    ]


def _counts(run_ids: Collection[int]) -> dict[int, Figures]:
    """What is counted by enrolments of each run."""

    def number(condition: ColumnElement[bool]) -> Any:
        return func.sum(case((condition, 1), else_=0))

    counted = and_(Enrolment.attendance.is_not(None), Enrolment.attendance != AttendanceState.EXCUSED)
    columns: dict[str, Any] = {
        "enrolled": func.count(),
        "counted": number(counted),
        "no_shows": number(Enrolment.attendance == AttendanceState.NO_SHOW),
        "passed": number(Enrolment.result == ResultState.PASSED),
        "failed": number(Enrolment.result == ResultState.FAILED),
        "scores": func.count(Enrolment.score),
        "score_sum": func.coalesce(func.sum(Enrolment.score), 0),
    }
    query: Any = select(Enrolment.run_id, *columns.values())
    query = query.where(Enrolment.run_id.in_(run_ids), Enrolment.state == EnrolmentState.ENROLLED).group_by(Enrolment.run_id)
    found = {}
    for run_id, *numbers in db.session.execute(query):
        counts: dict[str, Any] = dict(zip(columns, map(int, numbers), strict=True))
        found[run_id] = Figures(runs=1, **counts)
    return found


def _credits(run_ids: Collection[int]) -> dict[int, int]:
    """Half credits on certificates of each run that hold."""
    query: Any = select(Enrolment.run_id, func.sum(Certificate.half_credits)).join(
        Certificate, Certificate.enrolment_id == Enrolment.id
    )
    holds = (Certificate.revoked_at.is_(None), Certificate.replaced_by_id.is_(None))
    query = query.where(Enrolment.run_id.in_(run_ids), *holds).group_by(Enrolment.run_id)
    return {run_id: int(number or 0) for run_id, number in db.session.execute(query)}


def added_up(runs: Iterable[RunFigures]) -> Figures:
    """Several runs together; of what people said only what may be shown of each run by itself."""
    found = [run.figures for run in runs]
    names = ("runs", "enrolled", "counted", "no_shows", "passed", "failed", "scores", "score_sum", "half_credits", "people")
    numbers = {name: sum(getattr(one, name) for one in found) for name in names}
    return Figures(**numbers, sums=together(one.sums for one in found))


class Line(NamedTuple):
    """A line of the results: a course, or a trainer."""

    key: int
    label: str
    sub: str
    figures: Figures


def by_course(runs: Sequence[RunFigures]) -> list[Line]:
    """Results by course, in the order of the codes; the title is that of the newest run."""
    groups: dict[int, list[RunFigures]] = {}
    for run in runs:
        groups.setdefault(run.course_id, []).append(run)
    found = [Line(id_, of[0].title, of[0].code, added_up(of)) for id_, of in groups.items()]
    return sorted(found, key=lambda line: line.sub)


def by_trainer(runs: Sequence[RunFigures]) -> list[Line]:
    """Results by who gave the runs, by name; a run that several gave counts for each of them."""
    groups: dict[tuple[int, str], list[RunFigures]] = {}
    for run in runs:
        for who in run.trainers:
            groups.setdefault(who, []).append(run)
    found = [Line(id_, name, "", added_up(of)) for (id_, name), of in groups.items()]
    return sorted(found, key=lambda line: (line.label.casefold(), line.key))
