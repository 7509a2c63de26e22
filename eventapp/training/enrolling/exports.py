"""Enrolments as a file: a row for each, of one run or of many, streamed. No addresses."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import String, and_, func, select, type_coerce

from eventapp.core.exports import ExportColumn
from eventapp.core.portions import rows_of
from eventapp.partners.models import Organisation, Person
from eventapp.registrations.models import SHOWN_COMPANY, Registration
from eventapp.training.models import Enrolment, Waiver
from eventapp.training.runs.facts import RunFacts, facts_of

# The headers are stable: people's spreadsheets and scripts rely on them.
_OF_RUN = (
    ExportColumn("run"),
    ExportColumn("run_title"),
    ExportColumn("starts_at", "moment"),
    ExportColumn("course_code"),
    ExportColumn("course_version", "number"),
)
_OF_ENROLMENT: tuple[tuple[ExportColumn, Any], ...] = (
    (ExportColumn("given_name"), Person.given_name),
    (ExportColumn("family_name"), Person.family_name),
    (ExportColumn("company"), SHOWN_COMPANY),
    (ExportColumn("programme_id"), func.coalesce(Organisation.programme_id, "")),
    (ExportColumn("country"), Organisation.country_code),
    (ExportColumn("mode"), type_coerce(Registration.mode, String())),
    (ExportColumn("source"), type_coerce(Registration.source, String())),
    (ExportColumn("state"), type_coerce(Enrolment.state, String())),
    (ExportColumn("enrolled_at", "moment"), Enrolment.enrolled_at),
    (ExportColumn("cancelled_at", "moment"), Enrolment.cancelled_at),
    (ExportColumn("waiver"), func.coalesce(Waiver.reason, "")),
    (ExportColumn("attended_seconds", "number"), Enrolment.attended),
    (ExportColumn("slot_seconds", "number"), Enrolment.slots),
    (ExportColumn("attendance"), type_coerce(Enrolment.attendance, String())),
    (ExportColumn("result"), type_coerce(Enrolment.result, String())),
    (ExportColumn("score", "number"), Enrolment.score),
    (ExportColumn("completed_at", "moment"), Enrolment.completed_at),
)


def columns() -> list[ExportColumn]:
    """The columns of the export, in order."""
    return [*_OF_RUN, *(column for column, _source in _OF_ENROLMENT)]


def rows(run_ids: Sequence[int]) -> Iterator[Sequence[Any]]:
    """The enrolments of these runs, those that were cancelled among them, run by run and some at a time: memory does
    not grow with them."""
    for run in facts_of(run_ids):
        front = (run.slug, run.title, run.starts_at, run.course_code, run.course_version)
        yield from ((*front, *row) for row in _of_run(run))


def _of_run(run: RunFacts) -> Iterator[Sequence[Any]]:
    query = (
        select(*(source for _column, source in _OF_ENROLMENT))
        .select_from(Enrolment)
        .join(Registration, Registration.id == Enrolment.registration_id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Organisation, Organisation.id == Enrolment.organisation_id)
        .outerjoin(Waiver, and_(Waiver.run_id == Enrolment.run_id, Waiver.person_id == Enrolment.person_id))
        .where(Enrolment.run_id == run.id)
    )
    return rows_of(query, Enrolment.id)
