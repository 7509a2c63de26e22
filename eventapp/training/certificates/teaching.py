"""The certificates of a run: who gets one when its results are final, and who waits for a name that can be printed."""

from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import ngettext
from eventapp.core.saving import saving
from eventapp.partners.audiences import viewer
from eventapp.partners.models import Organisation, Person
from eventapp.registrations.models import SHOWN_COMPANY, Registration
from eventapp.training import queries as training
from eventapp.training.audiences import run_reader, trainer
from eventapp.training.certificates import files, issuing, printing, queries
from eventapp.training.certificates.rules import printed_name, state_of
from eventapp.training.certificates.verifying import TONES
from eventapp.training.models import (
    ATTENDANCE_LABELS,
    CERTIFICATE_LABELS,
    RESULT_LABELS,
    Certificate,
    Enrolment,
    EnrolmentState,
    Run,
)
from eventapp.training.subnav import run_tabs

blueprint = Blueprint("run_certificates", __name__)
# A name of each of so many people can be typed in one form.
MOST_NAMES = 500


@dataclass
class Line:
    """Somebody enrolled: what came of it, the certificate if there is one, and what of their name cannot be printed."""

    enrolment_id: int
    name: str
    company: str
    attendance: str
    result: str
    complete: bool
    certificate: Certificate | None
    missing: str = ""


def lines_of(run: Run) -> list[Line]:
    """Everybody enrolled in a run, by name. A constant number of queries."""
    query = (
        select(Enrolment, Registration.name, SHOWN_COMPANY, Person.given_name, Person.family_name)
        .join(Registration, Registration.id == Enrolment.registration_id)
        .join(Organisation, Organisation.id == Enrolment.organisation_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.run_id == run.id, Enrolment.state == EnrolmentState.ENROLLED)
        .order_by(Person.sort_key, Enrolment.id)
    )
    latest = {one.enrolment_id: one for one in queries.of_run(run)}
    found, spelt = [], {}
    for enrolment, name, company, given, family in db.session.execute(query):
        line = Line(
            enrolment.id,
            name,
            company,
            str(ATTENDANCE_LABELS[enrolment.attendance]) if enrolment.attendance else "",
            str(RESULT_LABELS[enrolment.result]),
            enrolment.completed_at is not None,
            latest.get(enrolment.id),
        )
        if line.complete and line.certificate is None:
            spelt[line.enrolment_id] = printed_name(f"{given} {family}")
        found.append(line)
    gone = printing.missing(spelt.values())
    for line in found:
        line.missing = " ".join(gone.get(spelt.get(line.enrolment_id, ""), ()))
    return found


@blueprint.get("/teach/<id:run_id>/certificates")
@run_reader
def index(run_id: int) -> str:
    """Who has a certificate of the run, and who gets one when the results are final."""
    run, at = training.run_to_teach(viewer(), run_id), now()
    lines = lines_of(run)
    return render_template(
        "training/certificates/run.html",
        run=run,
        lines=lines,
        held=sum(line.certificate is not None for line in lines),
        due=[line for line in lines if line.complete and line.certificate is None and not line.missing],
        waiting=[line for line in lines if line.missing and line.certificate is None],
        state_of=lambda certificate: state_of(certificate, at.date()),
        state_tones=TONES,
        labels=CERTIFICATE_LABELS,
        form=ActionForm(),
        subnav=run_tabs(run, "certificates"),
        subnav_title=run.course_version.title,
    )


@blueprint.post("/teach/<id:run_id>/certificates/issue")
@trainer
def issue(run_id: int) -> ResponseReturnValue:
    """Issues what is missing of a run that is final, with the names that were typed for those that cannot be printed."""
    run = training.run_to_give(viewer(), run_id)
    names = {}
    for key, text in list(request.form.items())[: MOST_NAMES + 10]:
        number = key.removeprefix("name-")
        if key.startswith("name-") and number.isascii() and number.isdigit() and len(number) < 10:
            names[int(number)] = text[:200]
    issued = issuing.Issued()
    with saving(ActionForm()) as saved:
        issued = issuing.for_enrolments(queries.complete_in(run), names=names, by=current_user, at=now())
        saved.location = url_for(".index", run_id=run_id)
        made, waiting = len(issued.certificates), len(issued.held_back)
    if saved.error is not None:
        flash(saved.error.message, "danger")
        return redirect(url_for(".index", run_id=run_id))
    flash(ngettext("%(num)s certificate issued.", "%(num)s certificates issued.", made), "success" if made else "info")
    if waiting:
        text = ngettext("%(num)s waits for a name that can be printed.", "%(num)s wait for names that can be printed.", waiting)
        flash(text, "warning")
    return redirect(saved.location)


@blueprint.get("/teach/<id:run_id>/certificates.zip")
@run_reader
def download(run_id: int) -> Response:
    """All certificates of the run that count, as PDFs in one file."""
    run, at = training.run_to_teach(viewer(), run_id), now()
    ids = [one.id for one in queries.of_run(run) if one.revoked_at is None and one.replaced_by_id is None]
    return files.zipped(ids, at.date(), f"certificates-run-{run.id}")
