"""Attendance as a file: a row for each interval, of one run or of many, streamed."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select

from eventapp.core.exports import ExportColumn
from eventapp.core.portions import rows_of
from eventapp.partners.models import Organisation
from eventapp.registrations.models import SHOWN_COMPANY, Registration
from eventapp.training.attendance import rules
from eventapp.training.attendance.rules import Said, Span
from eventapp.training.models import AttendanceInterval, AttendanceReport, Enrolment
from eventapp.training.runs.facts import RunFacts, facts_of


def _value(one: Any) -> str:
    return str(one.value)


# The headers are stable: people's spreadsheets and scripts rely on them.
_OF_RUN = (ExportColumn("run"), ExportColumn("run_title"), ExportColumn("course_code"))
_COLUMNS: tuple[tuple[ExportColumn, Any], ...] = (
    (ExportColumn("code"), Registration.code),
    (ExportColumn("name"), Registration.name),
    (ExportColumn("company"), SHOWN_COMPANY),
    (ExportColumn("programme_id"), Organisation.programme_id),
    (ExportColumn("attendance", show=_value), Enrolment.attendance),
    (ExportColumn("source", show=_value), AttendanceInterval.source),
    (ExportColumn("joined_at", "moment"), AttendanceInterval.joined_at),
    (ExportColumn("left_at", "moment"), AttendanceInterval.left_at),
    (ExportColumn("matched", show=_value), AttendanceInterval.matched),
    (ExportColumn("line_name"), AttendanceInterval.name),
    (ExportColumn("report"), func.coalesce(AttendanceReport.file_name, "")),
    (ExportColumn("checks_asked", "number"), AttendanceInterval.checks_asked),
    (ExportColumn("checks_answered", "number"), AttendanceInterval.checks_answered),
)
_COUNTED = ExportColumn("seconds_in_slots", "number")


def columns() -> list[ExportColumn]:
    """The columns of the export, in order."""
    return [*_OF_RUN, *(column for column, _source in _COLUMNS), _COUNTED]


def intervals(run_ids: Sequence[int]) -> Iterator[Sequence[Any]]:
    """The intervals of these runs, run by run in the order in which they came in, some at a time: memory does not
    grow with them.

    Lines that were matched to nobody have no code and no company. A missing leave stays empty; `seconds_in_slots` are those
    with the slot's end for it.
    """
    for run in facts_of(run_ids):
        yield from ((run.slug, run.title, run.course_code, *row) for row in _of_run(run))


def _of_run(run: RunFacts) -> Iterator[Sequence[Any]]:
    query = (
        select(*(source for _column, source in _COLUMNS))
        .select_from(AttendanceInterval)
        .outerjoin(Enrolment, Enrolment.id == AttendanceInterval.enrolment_id)
        .outerjoin(Registration, Registration.id == Enrolment.registration_id)
        .outerjoin(Organisation, Organisation.id == Registration.organisation_id)
        .outerjoin(AttendanceReport, AttendanceReport.id == AttendanceInterval.report_id)
        .where(AttendanceInterval.run_id == run.id)
    )
    for row in rows_of(query, AttendanceInterval.id):
        said = Said(row.source, row.joined_at, row.left_at)
        span = Span(said.joined_at, rules.end_of(said, run.slots))
        yield (*row, sum(part.seconds for part in rules.clip(span, run.slots)))
