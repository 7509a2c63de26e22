"""The list of those enrolled with their attendance, and the lines about one of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import MultiDict

from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.partners.models import Organisation
from eventapp.partners.queries import company_matches, person_matches
from eventapp.registrations.models import SHOWN_COMPANY, Registration
from eventapp.training.attendance import evidence
from eventapp.training.attendance.evidence import Evidence, Participant
from eventapp.training.models import (
    ATTENDANCE_LABELS,
    AttendanceInterval,
    AttendanceState,
    Enrolment,
    EnrolmentState,
    IntervalSource,
    Run,
)

NOT_COUNTED = "open"


@dataclass(frozen=True)
class Known:
    """What stands in the list besides numbers: the sources, lines without an end, and whether sources disagree."""

    sources: list[IntervalSource]
    without_end: bool
    doubtful: bool


def said(found: Evidence, person: Participant) -> Known:
    """What the sources say about somebody, in short."""
    lines = found.lines.get(person.id, [])
    sources = evidence.sources(lines, found.marks.get(person.id, {}))
    without_end = any(line.left_at is None and line.source is not IntervalSource.DOOR for line in lines)
    return Known(sources, without_end, bool(found.doubts(person)))


def counts(people: Sequence[Participant]) -> Counter[AttendanceState | None]:
    """How many people have which state; none: not counted yet."""
    return Counter(person.attendance for person in people)


def page(run: Run, path: str, args: "MultiDict[str, str]") -> Listing:
    """A page of those who are enrolled."""
    return table(path).page(rows(run), args, lambda conditions: _totals(run, conditions))


def rows(run: Run) -> Select[*tuple[Any, ...]]:
    """The columns of a line of the list."""
    columns = (
        *(Enrolment.id, Registration.name, SHOWN_COMPANY.label("company"), Enrolment.attended, Enrolment.slots),
        *(Enrolment.attendance, Enrolment.settled_at, Enrolment.settled_reason),
    )
    return _of(select(*columns), run)


def _of(query: Select[*tuple[Any, ...]], run: Run) -> Select[*tuple[Any, ...]]:
    return (
        query.select_from(Enrolment)
        .join(Registration, Registration.id == Enrolment.registration_id)
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .where(Enrolment.run_id == run.id, Enrolment.state == EnrolmentState.ENROLLED)
    )


def table(path: str) -> Table:
    """What the list can do."""
    choices = [*((s.value, str(ATTENDANCE_LABELS[s]), None) for s in AttendanceState), (NOT_COUNTED, _("Not counted yet"), None)]
    return Table(
        path=path,
        columns=[
            Column("name", _("Name"), func.lower(Registration.name)),
            Column("company", _("Company"), func.lower(SHOWN_COMPANY)),
            Column("minutes", _("Minutes"), Enrolment.attended, numeric=True),
            Column("percent", _("Share"), numeric=True),
            Column("state", _("Attendance")),
            Column("sources", _("Said by")),
        ],
        key=Enrolment.id,
        default="name",
        filters=[Filter("state", _("Attendance"), choices, _in_states)],
        search=_search,
        search_label=_("Name or company"),
    )


def _in_states(values: list[str]) -> ColumnElement[bool]:
    states = [AttendanceState(value) for value in values if value != NOT_COUNTED]
    found: list[ColumnElement[bool]] = [Enrolment.attendance.in_(states)]
    if NOT_COUNTED in values:
        found.append(Enrolment.attendance.is_(None))
    return or_(*found)


def _search(text: str) -> ColumnElement[bool] | None:
    found = (company_matches(Registration.organisation_id, text), person_matches(Registration.person_id, text))
    conditions = [condition for condition in found if condition is not None]
    return or_(*conditions) if conditions else None


def _totals(run: Run, conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
    people = db.session.scalar(_of(select(func.count()), run).where(*conditions)) or 0
    return [(people, _("person") if people == 1 else _("people"))]


def enrolment(run_id: int, enrolment_id: int) -> Enrolment | None:
    """The enrolment of that id, if it holds a seat in the run."""
    query = select(Enrolment).where(
        Enrolment.id == enrolment_id, Enrolment.run_id == run_id, Enrolment.state == EnrolmentState.ENROLLED
    )
    return db.session.scalar(query)


def lines(run_id: int, enrolment_id: int) -> list[AttendanceInterval]:
    """Everything that was said about somebody, by time, with the report that it stands in."""
    query = select(AttendanceInterval).where(AttendanceInterval.run_id == run_id, AttendanceInterval.enrolment_id == enrolment_id)
    query = query.options(joinedload(AttendanceInterval.report))
    return list(db.session.scalars(query.order_by(AttendanceInterval.joined_at, AttendanceInterval.id)))
