"""The export of certificates: one row each, oldest first, streamed."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, select, type_coerce

from eventapp.core.exports import ExportColumn
from eventapp.core.portions import rows_of
from eventapp.partners.models import Person, PersonEmail
from eventapp.training.certificates.listing import CODE_OF, COMPANY, OF, state_in_sql
from eventapp.training.models import Certificate, Course, CourseVersion, Credential


def _columns(today: date) -> tuple[tuple[ExportColumn, Any], ...]:
    return (
        (ExportColumn("code"), Certificate.code),
        (ExportColumn("name"), Certificate.name),
        (ExportColumn("email"), func.coalesce(PersonEmail.address, "")),
        (ExportColumn("company"), func.coalesce(COMPANY, "")),
        (ExportColumn("of"), OF),
        (ExportColumn("of_code"), CODE_OF),
        (ExportColumn("version", "number"), CourseVersion.number),
        (ExportColumn("mode"), func.coalesce(type_coerce(Certificate.mode, String()), "")),
        (ExportColumn("completed_on"), func.coalesce(cast(Certificate.completed_on, String()), "")),
        (ExportColumn("expires_on"), func.coalesce(cast(Certificate.expires_on, String()), "")),
        (ExportColumn("minutes", "number"), Certificate.minutes),
        (ExportColumn("credits", "number"), Certificate.half_credits / 2.0),
        (ExportColumn("state"), state_in_sql(today)),
        (ExportColumn("by_hand_because"), Certificate.reason),
        (ExportColumn("issued_at", "moment"), Certificate.issued_at),
        (ExportColumn("issued_by"), Certificate.issued_by),
        (ExportColumn("revoked_at", "moment"), Certificate.revoked_at),
        (ExportColumn("revoked_reason"), Certificate.revoked_reason),
    )


def columns(today: date) -> list[ExportColumn]:
    """The columns, in order."""
    return [column for column, _source in _columns(today)]


def rows(conditions: Sequence[ColumnElement[bool]], today: date) -> Iterator[Sequence[Any]]:
    """The certificates that fit, some at a time: memory does not grow with them."""
    query = (
        select(*(source for _column, source in _columns(today)))
        .select_from(Certificate)
        .join(Person, Person.id == Certificate.person_id)
        .outerjoin(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .outerjoin(CourseVersion, CourseVersion.id == Certificate.version_id)
        .outerjoin(Course, Course.id == CourseVersion.course_id)
        .outerjoin(Credential, Credential.id == Certificate.credential_id)
        .where(*conditions)
    )
    return rows_of(query, Certificate.id)
