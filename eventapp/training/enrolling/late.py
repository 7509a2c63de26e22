"""Saying that a seat in a run is given back late: before somebody does it, and afterwards on their own page."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.i18n import _, ngettext
from eventapp.registrations import hooks
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.training import queries
from eventapp.training.models import ENROLMENT_LABELS, Enrolment, EnrolmentState, Run
from eventapp.training.rules import enrolment_state
from eventapp.training.runs.pages import title_of


def warning(registration: Registration, at: datetime) -> str:
    """What the page says before somebody cancels: that it counts as late by now; empty where it does not."""
    held = select(Enrolment.run_id).where(
        Enrolment.registration_id == registration.id,
        Enrolment.person_id == registration.person_id,
        Enrolment.state == EnrolmentState.ENROLLED,
    )
    found = db.session.scalars(queries.runs().where(Run.id.in_(held)).order_by(Run.id)).all()
    slots = queries.slots_of(found)
    late = []
    for run in found:
        starts_at = slots[run.id][0].starts_at if slots[run.id] else run.event.starts_at
        state = enrolment_state(RegistrationStatus.CANCELLED, True, at, starts_at, run.late_hours)
        if state is EnrolmentState.LATE_CANCELLED:
            late.append(run)
    return " ".join(_sentence(run) for run in late)


def _sentence(run: Run) -> str:
    return ngettext(
        "Less than %(num)s hour is left until “%(run)s” begins. Cancelling now counts as cancelled late.",
        "Less than %(num)s hours are left until “%(run)s” begins. Cancelling now counts as cancelled late.",
        run.late_hours,
        run=title_of(run),
    )


def own_lines(registration: Registration) -> list[tuple[Any, str]]:
    """The line of one's own page about a seat that was given back late."""
    query = select(Enrolment.state).where(
        Enrolment.registration_id == registration.id,
        Enrolment.person_id == registration.person_id,
        Enrolment.state == EnrolmentState.LATE_CANCELLED,
    )
    return [(_("Course"), str(ENROLMENT_LABELS[state])) for state in db.session.scalars(query)]


hooks.CANCELLING.append(warning)
hooks.FURTHER.append(own_lines)
