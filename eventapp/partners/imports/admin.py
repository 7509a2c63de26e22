"""The import wizard: file, columns, preview, apply, result, and undo."""

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import is_organizer, organizer, reader
from eventapp.audit.words import Thing, find
from eventapp.core.clock import now
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, ngettext
from eventapp.core.jobs import read_progress
from eventapp.core.saving import saving
from eventapp.core.web import uploads
from eventapp.partners.imports import exports, listing, queries, service
from eventapp.partners.imports.fields import doubled
from eventapp.partners.imports.forms import ColumnsForm, ReadForm, StartForm, columns_form
from eventapp.partners.imports.jobs import progress_key
from eventapp.partners.imports.kinds import WAYS, Place, in_turn
from eventapp.partners.imports.reasons import OUTCOMES, same_header
from eventapp.partners.imports.undo import InTheWayError, consequences
from eventapp.partners.imports.undo import undo as take_back
from eventapp.partners.models import ImportBatch, ImportKind, ImportState, RowOutcome
from eventapp.partners.subnav import list_tabs

blueprint = Blueprint("imports_admin", __name__)

FILE_BYTES = 20 * 1024 * 1024
# Up to here an import is applied while the browser waits; beyond, the worker does it and the page shows how far it is.
SMALL = 500
SAMPLE = 3
IN_THE_WAY = 20


@blueprint.url_value_preprocessor
def _allow_a_file(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Files may be larger than forms, on this page, from an organizer."""
    if endpoint == "imports_admin.new":
        uploads.allow(FILE_BYTES, is_organizer)


@blueprint.get("/admin/imports/")
@reader
def index() -> str:
    """The imports that were made, the last of them with its undo."""
    batches, last = queries.history(), queries.last_applied(in_turn())
    standing = [batch for batch in batches if batch.state is ImportState.APPLIED]
    return render_template(
        "partners/imports/index.html",
        batches=batches,
        undoable={batch.id for batch in standing if batch.id == last or not WAYS[batch.kind].in_turn},
        kinds={kind: way.label for kind, way in WAYS.items()},
        subnav=list_tabs("imports"),
    )


@blueprint.route("/admin/imports/new", methods=["GET", "POST"])
@organizer
def new() -> ResponseReturnValue:
    """Takes a file."""
    form = StartForm(kind=request.args.get("kind", ImportKind.PARTNERS.value))
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            file = form.file.data
            batch = service.begin(ImportKind(form.kind.data), file.filename, file.read(), by=current_user, at=now())
            saved.location = url_for(".columns", batch_id=batch.id)
        if saved.ok:
            return redirect(saved.location)
        status = saved.status
    elif request.method == "POST":
        status = 422
    return render_template("partners/imports/new.html", form=form, has_errors=form.refused, subnav=list_tabs("imports")), status


@blueprint.route("/admin/imports/<id:batch_id>/columns", methods=["GET", "POST"])
@organizer
def columns(batch_id: int) -> ResponseReturnValue:
    """Which column holds what; then the dry run."""
    batch = queries.batch(batch_id)
    if batch.state not in (ImportState.UPLOADED, ImportState.PREVIEWED):
        return redirect(url_for(".show", batch_id=batch.id))
    form = columns_form(batch)
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            service.match(batch, form.columns())
            service.preview(batch, at=now())
            saved.location = url_for(".show", batch_id=batch.id)
        if saved.ok:
            return redirect(saved.location)
        status = saved.status
        batch = queries.batch(batch_id)
    elif request.method == "POST":
        status = 422
    return _columns_page(batch, form, None), status


@blueprint.post("/admin/imports/<id:batch_id>/read")
@organizer
def read(batch_id: int) -> ResponseReturnValue:
    """Reads the file in another encoding or with another delimiter."""
    batch = queries.batch(batch_id)
    form = ReadForm()
    status = 422
    if form.validate():
        with saving(form) as saved:
            service.read_as(batch, encoding=form.encoding.data, delimiter=form.delimiter.data)
            saved.location = url_for(".columns", batch_id=batch.id)
        if saved.ok:
            return redirect(saved.location)
        status = saved.status
        batch = queries.batch(batch_id)
    return _columns_page(batch, columns_form(batch), form), status


def _columns_page(batch: ImportBatch, form: ColumnsForm, refused: ReadForm | None) -> str:
    source = service.source_of(batch)
    sample = [record.cells for record, _n in zip(source.records(), range(SAMPLE), strict=False)]
    reading = refused or ReadForm(formdata=None, encoding=batch.encoding, delimiter=batch.delimiter)
    return render_template(
        "partners/imports/columns.html",
        batch=batch,
        form=form,
        reading=reading,
        kind=WAYS[batch.kind].label,
        same_headers=[
            same_header(batch.kind, one.field.key, one.header, [n + 1 for n in one.at], one.taken + 1)
            for one in doubled(batch.kind, batch.headers, batch.mapping)
        ],
        is_text=batch.encoding != "xlsx",
        file=service.about_file(batch.file_name, source),
        sample=[[*cells, *[""] * len(batch.headers)][: len(batch.headers)] for cells in sample],
        has_errors=form.refused or reading.refused,
        subnav=list_tabs("imports"),
    )


@blueprint.get("/admin/imports/<id:batch_id>/")
@reader
def show(batch_id: int) -> str:
    """The preview before, the progress during and the result after applying."""
    batch = queries.batch(batch_id)
    return _page(batch, ActionForm())


def _page(batch: ImportBatch, form: ActionForm) -> str:
    counts = queries.outcomes(batch.id)
    path = url_for(".show", batch_id=batch.id)
    page = listing.table(batch, path).page(
        listing.rows_of(batch), request.args, lambda conditions: _totals(batch, sum(counts.values()), bool(conditions))
    )
    told = read_progress(progress_key(batch.id)) if batch.state is ImportState.QUEUED else None
    return render_template(
        "partners/imports/show.html",
        batch=batch,
        kind=WAYS[batch.kind].label,
        tiles=[(counts.get(o, 0), OUTCOMES[o], f"{path}?outcome={o.value}", listing.TONES[o]) for o in RowOutcome],
        counts=counts,
        listing=page,
        words=[listing.in_words(batch.kind, row) for row in page.rows],
        told=told,
        can_undo=_undoable(batch),
        place=_place(batch),
        nothing=listing.nothing_to_do(counts),
        about_columns=listing.about_columns(batch, counts),
        form=form,
        has_errors=form.refused or bool(batch.error),
        subnav=list_tabs("imports"),
    )


def _undoable(batch: ImportBatch) -> bool:
    """Whether an import can be taken back: one that stands, of some kinds only the last."""
    if batch.state is not ImportState.APPLIED:
        return False
    return not WAYS[batch.kind].in_turn or queries.last_applied(in_turn()) == batch.id


def _place(batch: ImportBatch) -> Place | None:
    find = WAYS[batch.kind].place
    return find(batch) if find is not None else None


def _totals(batch: ImportBatch, total: int, narrowed: bool) -> list[tuple[int, str]]:
    """Rows of the whole file; the tiles on top say how they fall apart."""
    word = ngettext("row in the file", "rows in the file", total) if narrowed else ngettext("row", "rows", total)
    people = batch.counts.get("people_created", 0)
    return [(total, word), *([(people, ngettext("new person", "new people", people))] if people else [])]


@blueprint.post("/admin/imports/<id:batch_id>/apply")
@organizer
def apply(batch_id: int) -> ResponseReturnValue:
    """Applies an import: at once if it is small or somebody will not wait for the worker, else as a job."""
    batch = queries.batch(batch_id)
    form = ActionForm()
    here = sum(queries.outcomes(batch_id).values()) < SMALL or "here" in request.form
    if not form.validate_on_submit():
        return _page(batch, form), 422
    with saving(form) as saved:
        saved.location = url_for(".show", batch_id=batch_id)
        if batch.state is ImportState.UPLOADED:
            raise RuleError(_("Match the columns first."))
        if here:
            service.apply(batch_id, by=current_user, at=now())
        else:
            service.queue(batch)
    if saved.ok:
        if here:
            flash(_("The import is done."), "success")
        return redirect(saved.location)
    if isinstance(saved.error, service.ChangedSinceError):
        with saving() as checked:
            service.check_again(batch_id, saved.error, at=now())
        form = ActionForm() if checked.ok else form
    return _page(queries.batch(batch_id), form), saved.status


@blueprint.get("/admin/imports/<id:batch_id>/progress")
@reader
def progress(batch_id: int) -> ResponseReturnValue:
    """How far the worker is."""
    batch = queries.batch(batch_id)
    told = read_progress(progress_key(batch_id)) if batch.state is ImportState.QUEUED else None
    done, total = (told.done, told.total) if told else (0, 0)
    return jsonify(
        done=done,
        total=total,
        text=_("%(done)d of %(total)d rows", done=done, total=total) if told else _("Waiting for the worker"),
        finished=batch.state is not ImportState.QUEUED,
        location=url_for(".show", batch_id=batch_id),
    )


@blueprint.route("/admin/imports/<id:batch_id>/undo", methods=["GET", "POST"])
@organizer
def undo(batch_id: int) -> ResponseReturnValue:
    """Says what undoing takes back, and does it."""
    batch = queries.batch(batch_id)
    form = ActionForm()
    status, in_the_way = 200, None
    if form.validate_on_submit():
        with saving(form) as saved:
            take_back(batch_id, by=current_user, at=now())
            saved.location = url_for(".index")
        if saved.ok:
            flash(_("The import is undone."), "success")
            return redirect(saved.location)
        status = saved.status
        in_the_way = saved.error if isinstance(saved.error, InTheWayError) else None
        batch = queries.batch(batch_id)
    elif request.method == "POST":
        status = 422
    elif batch.state is not ImportState.APPLIED:
        return redirect(url_for(".show", batch_id=batch_id))
    page = render_template(
        "partners/imports/undo.html",
        batch=batch,
        consequences=consequences(batch),
        in_the_way=_things(in_the_way) if in_the_way else [],
        more_in_the_way=max(0, len(in_the_way.rows) - IN_THE_WAY) if in_the_way else 0,
        form=form,
        has_errors=form.refused,
        subnav=list_tabs("imports"),
    )
    return page, status


def _things(error: InTheWayError) -> list[Thing]:
    """The first rows that keep an import from being undone, with their pages; what is deleted by now has its name alone."""
    shown = error.rows[:IN_THE_WAY]
    found = find(error.table, [id_ for id_, _name in shown])
    return [Thing(name, found[id_].url if id_ in found else "") for id_, name in shown]


@blueprint.post("/admin/imports/<id:batch_id>/discard")
@organizer
def discard(batch_id: int) -> ResponseReturnValue:
    """Forgets a file that was not applied."""
    batch = queries.batch(batch_id)
    form = ActionForm()
    if not form.validate_on_submit():
        return _page(batch, form), 422
    with saving(form) as saved:
        service.discard(batch)
        saved.location = url_for(".index")
    if saved.ok:
        flash(_("The file is forgotten; nothing was imported."), "success")
        return redirect(saved.location)
    return _page(queries.batch(batch_id), form), saved.status


@blueprint.get("/admin/imports/<id:batch_id>/rejected.csv")
@organizer
def rejected(batch_id: int) -> Response:
    """The refused rows with their reasons, to be mended and imported again."""
    batch = queries.batch(batch_id)
    response = Response(stream_with_context(exports.rejected_rows(batch)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="import-{batch.id}_rejected.csv"'
    return response
