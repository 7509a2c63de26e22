"""A run's own pages, for whoever gives it and for organizers: what it is, and how it is changed."""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, language_name, ngettext
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.events import queries as events
from eventapp.events import service as event_service
from eventapp.events.models import FORMAT_LABELS, EventStatus
from eventapp.events.moments import moment_values
from eventapp.events.parts import MOST_PARTS
from eventapp.partners.audiences import viewer
from eventapp.training import queries
from eventapp.training.audiences import run_reader
from eventapp.training.enrolling import following  # noqa: F401 - enrolments follow registrations from here on
from eventapp.training.models import RUN_LABELS, Run, RunStatus
from eventapp.training.runs import listing, service
from eventapp.training.runs.forms import CopyForm, InsideForm, RunForm, run_form, values_of
from eventapp.training.runs.pages import TONES, more_rows, page, rows_in

blueprint = Blueprint("teaching", __name__)


@blueprint.get("/teach/")
@run_reader
def index() -> str:
    """The runs that the visitor gives: running, to finish, coming, done."""
    found = listing.own(viewer(), now())
    return render_template("training/runs/index.html", found=found, labels=RUN_LABELS, run_tones=TONES)


@blueprint.get("/admin/events/<slug:slug>/run")
@reader
def of_event(slug: str) -> ResponseReturnValue:
    """From the pages of an event that is a run to those of the run."""
    event = events.event_by_slug(viewer(), slug)
    run = queries.run_of_event(event.id)
    if run is None:
        raise NotFoundError(slug)
    return redirect(url_for(".show", run_id=run.id))


@blueprint.get("/teach/<id:run_id>")
@run_reader
def show(run_id: int) -> str:
    """When, where, who, how full."""
    run = queries.run_to_teach(viewer(), run_id)
    numbers = listing.one(run.id, now())
    status = RunStatus(numbers.status)
    return page(
        "training/runs/show.html",
        run,
        "run",
        numbers=numbers,
        status=status,
        label=RUN_LABELS[status],
        status_tone=TONES[status],
        slots=queries.slots_of([run])[run.id],
        trainers=listing.trainers_of([run.id])[run.id],
        formats=FORMAT_LABELS,
        language_name=language_name,
        action=ActionForm(),
    )


@blueprint.route("/teach/<id:run_id>/edit", methods=["GET", "POST"])
@organizer
def edit(run_id: int) -> ResponseReturnValue:
    """Changes a run. Everybody enrolled is told of another name, time or place."""
    run = queries.run_to_give(viewer(), run_id)
    if run.session is not None:
        return _edit_inside(run)
    details = service.details_of(run)
    rows = rows_in(min(MOST_PARTS, len(details.slots) + 1))
    form = run_form(
        run.course_version,
        rows,
        service.possible_trainers(),
        events.countries(),
        language=run.language,
        format=run.event.format,
        data=values_of(details, run.event.version),
    )

    def act() -> str:
        service.change(run, form.details(), version=version_in(form), by=current_user, now=now())
        return url_for(".show", run_id=run_id)

    def show(stale: bool) -> str:
        return _edit_page(run_id, form, stale)

    return show(False) if more_rows() else carry_out(form, act, show)


def _edit_page(run_id: int, form: RunForm, stale: bool) -> str:
    db.session.expire_all()
    run = queries.run_to_teach(viewer(), run_id)
    if stale:
        form.version.data = str(run.event.version)
    return page("training/runs/edit.html", run, "run", form=form, version=run.course_version, has_errors=form.refused)


def _edit_inside(run: Run) -> ResponseReturnValue:
    run_id = run.id
    names = ("seats_min", "late_hours", "language")
    values: dict[str, Any] = {name: getattr(run, name) for name in names}
    values |= {"version": str(run.version), "trainers": list(service.trainer_ids(run))}
    form = InsideForm(data=values)
    form.offer_own(run.course_version, service.possible_trainers(), run.language)
    del form.session

    def act() -> str:
        service.change_inside(run, form.details(), version=version_in(form), by=current_user, now=now())
        return url_for(".show", run_id=run_id)

    def show(stale: bool) -> str:
        db.session.expire_all()
        found = queries.run_to_teach(viewer(), run_id)
        if stale:
            form.version.data = str(found.version)
        return page("training/runs/edit_inside.html", found, "run", form=form, has_errors=form.refused)

    return carry_out(form, act, show)


@blueprint.route("/teach/<id:run_id>/copy", methods=["GET", "POST"])
@organizer
def copy(run_id: int) -> ResponseReturnValue:
    """The same run on other dates: one, or a series of them."""
    run = queries.run_to_give(viewer(), run_id)
    if run.session is not None:
        raise NotFoundError(run_id)
    zone = run.event.time_zone
    form = CopyForm(data=moment_values("starts_at", run.event.starts_at, zone)).in_zone(zone)
    made: list[Run] = []

    def act() -> str:
        first = form.moments["starts_at"]
        assert first is not None
        days, times = form.every_days.data, form.times.data
        made[:] = service.copy(
            run, first, every_days=days, times=times, publish=bool(form.publish.data), by=current_user, now=now()
        )
        return url_for(".show", run_id=made[0].id) if len(made) == 1 else url_for("runs_admin.index")

    def show(_stale: bool) -> str:
        db.session.expire_all()
        found = queries.run_to_give(viewer(), run_id)
        return page("training/runs/copy.html", found, "run", form=form, has_errors=form.refused)

    return carry_out(form, act, show, said=lambda: ngettext("%(num)s run made.", "%(num)s runs made.", len(made)))


@blueprint.post("/teach/<id:run_id>/status/<any(published, closed):status>")
@organizer
def change_status(run_id: int, status: str) -> ResponseReturnValue:
    """Publishes a run, closes enrolment, or opens it again."""
    run = queries.run_to_give(viewer(), run_id)
    if run.session is not None:
        raise NotFoundError(run_id)
    opens = status == EventStatus.PUBLISHED

    def act() -> None:
        if opens and run.event.status is EventStatus.DRAFT:
            service.open_up(run, by=current_user, now=now())
        else:
            event_service.change_status(run.event, EventStatus(status), by=current_user, now=now())

    said = _("People can enrol now.") if opens else _("Enrolment is closed.")
    return carry_out_at_once(ActionForm(), act, url_for(".show", run_id=run_id), said)
