"""Who is in a run: the list for whoever gives it, with names and companies only."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from werkzeug.datastructures import MultiDict

from eventapp.core.db import db
from eventapp.core.i18n import _, ngettext
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.core.text import fold
from eventapp.events.models import MODE_LABELS
from eventapp.partners.models import Organisation, Person
from eventapp.registrations.models import SHOWN_COMPANY, Registration
from eventapp.training.models import (
    ATTENDANCE_LABELS,
    ENROLMENT_LABELS,
    RESULT_LABELS,
    Enrolment,
    EnrolmentState,
    Run,
    Waiver,
)

TONES = {
    EnrolmentState.REQUESTED: "wait",
    EnrolmentState.WAITLISTED: "wait",
    EnrolmentState.OFFERED: "wait",
    EnrolmentState.ENROLLED: "ok",
    EnrolmentState.CANCELLED: "off",
    EnrolmentState.LATE_CANCELLED: "warn",
}
ENDED = (EnrolmentState.CANCELLED, EnrolmentState.LATE_CANCELLED)


def _select(run: Run) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Enrolment.id.label("id"),
            Enrolment.state,
            Enrolment.attendance,
            Enrolment.result,
            Enrolment.enrolled_at,
            Enrolment.cancelled_at,
            Enrolment.person_id,
            Person,
            SHOWN_COMPANY.label("company"),
            Registration.mode,
            Waiver.reason.label("waived"),
        )
        .join(Registration, Registration.id == Enrolment.registration_id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Organisation, Organisation.id == Enrolment.organisation_id)
        .outerjoin(Waiver, and_(Waiver.run_id == Enrolment.run_id, Waiver.person_id == Enrolment.person_id))
        .where(Enrolment.run_id == run.id)
    )


def _search(text: str) -> ColumnElement[bool]:
    wanted = f"%{fold(text)}%"
    return or_(Person.sort_key.like(wanted), Organisation.sort_key.like(wanted))


def page(run: Run, path: str, args: MultiDict[str, str]) -> Listing:
    """A page of the people of a run; whoever has cancelled only on demand. The caller has asked whether the viewer may."""
    table = Table(
        path=path,
        columns=(
            Column("name", _("Name"), Person.sort_key),
            Column("company", _("Company"), Organisation.sort_key),
            Column("state", _("State")),
            Column("mode", _("How")),
            Column("enrolled_at", _("Since"), Enrolment.enrolled_at),
        ),
        key=Enrolment.id,
        default="name",
        filters=(
            Filter("state", _("State"), [(s.value, str(ENROLMENT_LABELS[s]), None) for s in EnrolmentState], Enrolment.state.in_),
            Filter("mode", _("How"), [(m.value, str(label), None) for m, label in MODE_LABELS.items()], Registration.mode.in_),
            Filter("waiver", _("Waiver"), [("yes", _("With a waiver"), None)], lambda _v: Waiver.person_id.is_not(None)),
        ),
        search=_search,
        search_label=_("Search name, company"),
    )
    query = _select(run)
    if not args.getlist("state"):
        query = query.where(Enrolment.state.not_in(ENDED))

    def totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
        found = query.with_only_columns(Enrolment.organisation_id).where(*conditions).subquery()
        row = db.session.execute(select(func.count(), func.count(func.distinct(found.c.organisation_id)))).one()
        return [(row[0], ngettext("person", "people", row[0])), (row[1], ngettext("company", "companies", row[1]))]

    return table.page(query, args, totals)


LABELS = {"state": ENROLMENT_LABELS, "attendance": ATTENDANCE_LABELS, "result": RESULT_LABELS, "mode": MODE_LABELS}
