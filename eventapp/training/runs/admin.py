"""Organizer pages: all runs with how full they are, new ones, and sessions that become runs."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms.fields import SelectChoice

from eventapp.accounts.audiences import organizer, reader
from eventapp.agenda.models import AgendaSession
from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.carrying import carry_out
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.events import queries as events
from eventapp.partners.audiences import viewer
from eventapp.training.attendance import exports as attendance
from eventapp.training.enrolling import exports as enrolments
from eventapp.training.models import RUN_LABELS, CourseVersion
from eventapp.training.runs import listing, queries, service
from eventapp.training.runs.forms import ROWS, InsideForm, run_form
from eventapp.training.runs.pages import TONES, more_rows, rows_in
from eventapp.training.subnav import training_tabs

blueprint = Blueprint("runs_admin", __name__)
FORMATS = [(p.name, p.label) for p in files.PRESETS.values()] + [("xlsx", "Excel (XLSX)"), ("json", "JSON")]


@blueprint.get("/admin/training/runs/")
@reader
def index() -> str:
    """All runs: search, filters, how full they are, and which have too few."""
    at = now()
    found = listing.page(viewer(), url_for(".index"), request.args, at)
    return render_template(
        "training/runs/admin/index.html",
        listing=found,
        subnav=training_tabs("runs"),
        trainers=listing.trainers_of([row.id for row in found.rows]),
        labels=RUN_LABELS,
        run_tones=TONES,
        formats=FORMATS,
    )


@blueprint.post("/admin/training/runs/export")
@reader
def export() -> ResponseReturnValue:
    """The runs that the list shows, as a file; that it was taken out stands in the log."""
    name, at = asked_format(), now()
    rows = list(listing.export_rows(url_for(".index"), request.args, at))
    with saving():
        record(
            "runs.export",
            by=current_user,
            at=at,
            object_type="run",
            object_id=None,
            object_name=_("Runs"),
            changes={"format": name, "runs": len(rows)},
        )
    return table_file(rows, listing.EXPORT, name, of="training", content="runs", title=_("Runs"), zone="UTC", at=at)


@blueprint.post("/admin/training/runs/export/<any(enrolments, attendance):run_rows>")
@reader
def export_rows(run_rows: str) -> ResponseReturnValue:
    """Gives a row for each enrolment, or each interval of attendance, of all runs that the list shows; it is logged."""
    name, at = asked_format(), now()
    run_ids = listing.ids(url_for(".index"), request.args, at)
    with saving():
        record(
            "runs.export_enrolments" if run_rows == "enrolments" else "runs.export_attendance",
            by=current_user,
            at=at,
            object_type="run",
            object_id=None,
            object_name=_("Runs"),
            changes={"format": name, "runs": len(run_ids), "filter": request.query_string.decode("ascii", "replace")[:500]},
        )
    if run_rows == "enrolments":
        columns, rows, title = enrolments.columns(), enrolments.rows(run_ids), _("Enrolments")
    else:
        columns, rows, title = attendance.columns(), attendance.intervals(run_ids), _("Attendance")
    # Runs lie in many zones.
    return table_file(rows, columns, name, of="training", content=run_rows, title=title, zone="UTC", at=at)


@blueprint.get("/admin/training/runs/new")
@organizer
def choose() -> str:
    """Of which course the new run is to be."""
    return render_template("training/runs/admin/choose.html", versions=queries.current_versions())


@blueprint.route("/admin/training/runs/new/<id:version_id>", methods=["GET", "POST"])
@organizer
def new(version_id: int) -> ResponseReturnValue:
    """A new run of a course, at first a draft."""
    version = queries.current_version(version_id)
    form = run_form(version, rows_in(ROWS), service.possible_trainers(), events.countries(), data=_first_values(version))

    def act() -> str:
        made = service.create(version, form.details(), by=current_user, now=now())
        return url_for("teaching.show", run_id=made.id)

    def show(_stale: bool) -> str:
        return render_template("training/runs/admin/new.html", form=form, version=version, has_errors=form.refused)

    if more_rows():
        return show(False)
    return carry_out(form, act, show, said=lambda: _("Saved as a draft. Nobody sees it until you publish it."))


def _first_values(version: CourseVersion) -> dict[str, object]:
    modes = list(version.modes)
    return {"format": modes[0] if len(modes) == 1 else None, "sender_name": "", "contact_email": current_user.email}


@blueprint.route("/admin/training/runs/inside/<id:version_id>/<slug:slug>", methods=["GET", "POST"])
@organizer
def attach(version_id: int, slug: str) -> ResponseReturnValue:
    """Makes a session of an event's agenda a run of the course."""
    version, event = queries.current_version(version_id), events.event_by_slug(viewer(), slug)
    form = InsideForm()
    form.offer_own(version, service.possible_trainers())
    sessions = queries.sessions_without_run(event)
    form.session.choices = [SelectChoice(one.id, one.title) for one in sessions]

    def act() -> str:
        session = db.session.get(AgendaSession, form.session.data)
        if session is None:
            raise NotFoundError(form.session.data)
        made = service.attach(version, session, form.details(), by=current_user, now=now())
        return url_for("teaching.show", run_id=made.id)

    def show(_stale: bool) -> str:
        return render_template(
            "training/runs/admin/attach.html", form=form, version=version, event=event, sessions=sessions, has_errors=form.refused
        )

    return carry_out(form, act, show)


@blueprint.get("/admin/training/runs/inside/<id:version_id>")
@organizer
def choose_event(version_id: int) -> str:
    """In which event's agenda the run is to be."""
    version = queries.current_version(version_id)
    return render_template("training/runs/admin/choose_event.html", version=version, events=queries.events_with_sign_ups(now()))
