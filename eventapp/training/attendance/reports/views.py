"""The pages of importing a report: the file, its columns and times, the preview, the result and the way back."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import SelectField
from wtforms.fields import SelectChoice

from eventapp.core.clock import now
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm, Form
from eventapp.core.i18n import _, _l
from eventapp.core.jobs import read_progress
from eventapp.core.saving import saving
from eventapp.core.times import zones
from eventapp.core.web import uploads
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.partners.imports import fields, kinds, listing
from eventapp.partners.imports import queries as batches
from eventapp.partners.imports import service as imports
from eventapp.partners.imports.forms import ColumnsForm, ReadForm, columns_form
from eventapp.partners.imports.jobs import progress_key
from eventapp.partners.imports.reasons import OUTCOMES
from eventapp.partners.imports.undo import undo as take_back
from eventapp.partners.models import ImportBatch, ImportKind, ImportState, RowOutcome
from eventapp.training.attendance.pages import page, run_of, run_to_give
from eventapp.training.attendance.reports import service
from eventapp.training.attendance.reports.forms import FileForm
from eventapp.training.audiences import run_reader, trainer
from eventapp.training.models import DAY_ORDER_LABELS, TOOL_LABELS, DayOrder, Run

blueprint = Blueprint("attendance_reports", __name__)

FILE_BYTES = 20 * 1024 * 1024
# Up to here a report is taken in while the browser waits; beyond, the worker does it and the page shows how far it is.
SMALL = 500
SAMPLE = 3


@blueprint.url_value_preprocessor
def _allow_a_file(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Files may be larger than forms, on this page, from whoever gives runs."""
    if endpoint == "attendance_reports.new":
        uploads.allow(FILE_BYTES, trainer.admits)


def _place(batch: ImportBatch) -> kinds.Place:
    """Where the pages of all imports lead to."""
    about = service.about(batch.id)
    return kinds.Place(_("Attendance of the run"), url_for("attendance_reports.show", run_id=about.run_id, report_id=batch.id))


kinds.place(ImportKind.ATTENDANCE, _place)


@blueprint.route("/teach/<id:run_id>/report", methods=["GET", "POST"])
@trainer
def new(run_id: int) -> ResponseReturnValue:
    """Takes the report of a meeting tool, and shows those taken before."""
    run = run_to_give(run_id)
    form, status = FileForm(), 200
    if form.validate_on_submit():
        with saving(form) as saved:
            file = form.file.data
            batch = service.begin(run, file.filename, file.read(), by=current_user, at=now())
            # A report of a known shape needs nobody to say what its columns are.
            known = not fields.missing(batch.kind, batch.mapping)
            if known:
                imports.preview(batch, at=now())
            saved.location = url_for(".show" if known else ".columns", run_id=run_id, report_id=batch.id)
        if saved.ok:
            return redirect(saved.location)
        status = saved.status
        run = run_to_give(run_id)
    elif request.method == "POST":
        status = 422
    shown = page(
        "training/attendance/reports/new.html",
        run,
        "attendance",
        form=form,
        batches=service.history(run),
        tools=TOOL_LABELS,
        has_errors=form.refused,
    )
    return shown, status


@blueprint.route("/teach/<id:run_id>/report/<id:report_id>/columns", methods=["GET", "POST"])
@trainer
def columns(run_id: int, report_id: int) -> ResponseReturnValue:
    """Which column holds what, in which zone times are and how dates are written; then the dry run."""
    run = run_to_give(run_id)
    batch = service.batch_of(run, report_id)
    if batch.state not in (ImportState.UPLOADED, ImportState.PREVIEWED):
        return redirect(url_for(".show", run_id=run_id, report_id=report_id))
    form: Any = _columns_form(batch)

    def act() -> str:
        service.say_how(batch, zone=form.zone.data, day_order=DayOrder(form.day_order.data))
        imports.match(batch, form.columns())
        imports.preview(batch, at=now())
        return url_for(".show", run_id=run_id, report_id=report_id)

    return carry_out(form, act, lambda _stale: _columns_page(run_id, report_id, form, None), said=lambda: _("Checked."))


def _columns_form(batch: ImportBatch) -> ColumnsForm:
    about = service.about(batch.id)
    further = {
        "zone": SelectField(
            _l("Time zone of the times"),
            choices=[SelectChoice(zone, zone) for zone in zones()],
            default=about.zone,
            description=_l("For times that do not say their own."),
        ),
        "day_order": SelectField(
            _l("Dates with slashes are"),
            choices=[SelectChoice(order.value, DAY_ORDER_LABELS[order]) for order in DayOrder],
            default=about.day_order.value,
        ),
    }
    return columns_form(batch, further)


@blueprint.post("/teach/<id:run_id>/report/<id:report_id>/read")
@trainer
def read(run_id: int, report_id: int) -> ResponseReturnValue:
    """Reads the file in another encoding or with another delimiter."""
    run = run_to_give(run_id)
    batch = service.batch_of(run, report_id)
    form, status = ReadForm(), 422
    if form.validate():
        with saving(form) as saved:
            imports.read_as(batch, encoding=form.encoding.data, delimiter=form.delimiter.data)
            saved.location = url_for(".columns", run_id=run_id, report_id=report_id)
        if saved.ok:
            return redirect(saved.location)
        status = saved.status
    return _columns_page(run_id, report_id, _columns_form(service.batch_of(run_to_give(run_id), report_id)), form), status


def _columns_page(run_id: int, report_id: int, form: Form, refused: ReadForm | None) -> str:
    run = run_of(run_id)
    batch = service.batch_of(run, report_id)
    source = imports.source_of(batch)
    sample = [record.cells for record, _n in zip(source.records(), range(SAMPLE), strict=False)]
    reading = refused or ReadForm(formdata=None, encoding=batch.encoding, delimiter=batch.delimiter)
    return page(
        "training/attendance/reports/columns.html",
        run,
        "attendance",
        batch=batch,
        form=form,
        reading=reading,
        is_text=batch.encoding != "xlsx",
        file=imports.about_file(batch.file_name, source),
        sample=[[*cells, *[""] * len(batch.headers)][: len(batch.headers)] for cells in sample],
        has_errors=form.refused or reading.refused,
    )


@blueprint.get("/teach/<id:run_id>/report/<id:report_id>/")
@run_reader
def show(run_id: int, report_id: int) -> str:
    """The preview before, the progress during and the result after taking the report in."""
    return _page(run_of(run_id), report_id, ActionForm())


def _page(run: Run, report_id: int, form: Form) -> str:
    batch = service.batch_of(run, report_id)
    counts = batches.outcomes(batch.id)
    path = url_for(".show", run_id=run.id, report_id=report_id)
    total = sum(counts.values())
    shown = listing.table(batch, path).page(
        listing.rows_of(batch), request.args, lambda narrowed: [(total, _("lines in the file") if narrowed else _("lines"))]
    )
    about = service.about(batch.id)
    return page(
        "training/attendance/reports/show.html",
        run,
        "attendance",
        batch=batch,
        about=about,
        tool=TOOL_LABELS[about.tool],
        day_order=DAY_ORDER_LABELS[about.day_order],
        tiles=[(counts.get(o, 0), OUTCOMES[o], f"{path}?outcome={o.value}", listing.TONES[o]) for o in RowOutcome],
        counts=counts,
        nothing_in_slots=bool(total) and batch.counts.get("rows_outside", 0) == batch.counts.get("join_rows", 0) > 0,
        listing=shown,
        words=[listing.in_words(batch.kind, row) for row in shown.rows],
        told=read_progress(progress_key(batch.id)) if batch.state is ImportState.QUEUED else None,
        form=form,
        has_errors=form.refused,
    )


@blueprint.post("/teach/<id:run_id>/report/<id:report_id>/apply")
@trainer
def apply(run_id: int, report_id: int) -> ResponseReturnValue:
    """Takes a report in: at once if it is small or somebody will not wait for the worker, else as a job."""
    run = run_to_give(run_id)
    batch = service.batch_of(run, report_id)
    here = sum(batches.outcomes(report_id).values()) < SMALL or "here" in request.form
    form = ActionForm()

    def act() -> str:
        if batch.state is ImportState.UPLOADED:
            raise RuleError(_("Match the columns first."))
        if here:
            imports.apply(report_id, by=current_user, at=now())
        else:
            imports.queue(batch)
        return url_for(".show", run_id=run_id, report_id=report_id)

    said = _("The report is taken in.") if here else _("The worker takes the report in.")
    return carry_out(form, act, lambda _stale: _page(run_to_give(run_id), report_id, form), said=lambda: said)


@blueprint.get("/teach/<id:run_id>/report/<id:report_id>/progress")
@run_reader
def progress(run_id: int, report_id: int) -> ResponseReturnValue:
    """How far the worker is."""
    batch = service.batch_of(run_of(run_id), report_id)
    told = read_progress(progress_key(report_id)) if batch.state is ImportState.QUEUED else None
    done, total = (told.done, told.total) if told else (0, 0)
    return jsonify(
        done=done,
        total=total,
        text=_("%(done)d of %(total)d lines", done=done, total=total) if told else _("Waiting for the worker"),
        finished=batch.state is not ImportState.QUEUED,
        location=url_for(".show", run_id=run_id, report_id=report_id),
    )


@blueprint.post("/teach/<id:run_id>/report/<id:report_id>/undo")
@trainer
def undo(run_id: int, report_id: int) -> ResponseReturnValue:
    """Takes a report out again with all its lines, matched or not."""
    batch = service.batch_of(run_to_give(run_id), report_id)
    back = url_for(".new", run_id=run_id)
    return carry_out_at_once(
        ActionForm(), lambda: take_back(batch.id, by=current_user, at=now()), back, _("The report is taken out again.")
    )


@blueprint.post("/teach/<id:run_id>/report/<id:report_id>/discard")
@trainer
def discard(run_id: int, report_id: int) -> ResponseReturnValue:
    """Forgets a file that was not taken in."""
    batch = service.batch_of(run_to_give(run_id), report_id)
    back = url_for(".new", run_id=run_id)
    with saving(ActionForm()) as saved:
        imports.discard(batch)
        saved.location = back
    if saved.error is not None:
        flash(saved.error.message, "danger")
        return redirect(url_for(".show", run_id=run_id, report_id=report_id))
    flash(_("The file is forgotten; nothing was taken in."), "success")
    return redirect(back)
