"""The pages of importing registrations: the file, and the queue of names whose company is not clear.

Columns, preview, applying and undo are those of all imports.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import is_organizer, organizer
from eventapp.core.clock import now
from eventapp.core.db import MAX_ID
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, ngettext
from eventapp.core.saving import saving
from eventapp.core.web import uploads
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.events.subnav import event_tabs
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer
from eventapp.partners.imports import kinds
from eventapp.partners.models import ImportBatch, ImportKind, Organisation
from eventapp.registrations.imports import queries, service, store
from eventapp.registrations.imports.forms import CompanyForm, FileForm
from eventapp.registrations.imports.queries import Question

blueprint = Blueprint("registration_imports", __name__)

FILE_BYTES = 20 * 1024 * 1024
SHOWN_PEOPLE = 8


@blueprint.url_value_preprocessor
def _allow_a_file(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Files may be larger than forms, on this page, from an organizer."""
    if endpoint == "registration_imports.new":
        uploads.allow(FILE_BYTES, is_organizer)


def _place(batch: ImportBatch) -> kinds.Place:
    """Where the pages of all imports lead back to."""
    event = queries.event_of(batch)
    return kinds.Place(
        event.title,
        url_for("registrations_admin.index", slug=event.slug),
        queries.waiting(batch.id),
        url_for("registration_imports.names", slug=event.slug, import_id=batch.id),
    )


kinds.place(ImportKind.REGISTRATIONS, _place)


@blueprint.route("/admin/events/<slug:slug>/registrations/import", methods=["GET", "POST"])
@organizer
def new(slug: str) -> ResponseReturnValue:
    """Takes the list of another tool, and shows those taken before."""
    event = events.event_by_slug(viewer(), slug)
    form, status = FileForm(), 200
    if form.validate_on_submit():
        with saving(form) as saved:
            file = form.file.data
            batch = service.begin(event, file.filename, file.read(), by=current_user, at=now())
            saved.location = url_for("imports_admin.columns", batch_id=batch.id)
        if saved.ok:
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/imports/new.html",
        event=event,
        form=form,
        batches=queries.history(event),
        has_errors=form.refused,
        subnav=event_tabs(event, "registrations"),
    )
    return page, status


@blueprint.route("/admin/events/<slug:slug>/registrations/import/<id:import_id>/names", methods=["GET", "POST"])
@organizer
def names(slug: str, import_id: int) -> ResponseReturnValue:
    """Names whose company is not clear, one after the other, with the likeliest companies."""
    event = events.event_by_slug(viewer(), slug)
    batch = queries.batch_of(event, import_id)
    form, status = CompanyForm(), 200
    if form.validate_on_submit():
        with saving(form) as saved:
            question = _asked(batch, request.form.get("key", ""))
            company = _chosen(form)
            rows = service.decide(batch, question, company, by=current_user, at=now())
            saved.location = url_for(".names", slug=slug, import_id=import_id)
        if saved.ok:
            flash(_words(question, company, rows), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
        batch = queries.batch_of(event, import_id)
    elif request.method == "POST":
        status = 422
    return _page(event, batch, form), status


def _asked(batch: ImportBatch, key: str) -> Question:
    found = next((q for q in queries.questions(batch) if q.key == key), None)
    if found is None:
        raise RuleError(_("This name is decided already."))
    return found


def _chosen(form: CompanyForm) -> Organisation | None:
    """The company of the button that was pressed, the one typed, or none to leave the rows out."""
    pressed = request.form.get("organisation", "")
    if pressed == "none":
        return None
    if pressed.isascii() and pressed.isdigit() and len(pressed) < 11 and int(pressed) <= MAX_ID:
        try:
            return queries.company(int(pressed))
        except NotFoundError as error:
            raise RuleError(_("This company is not in the list any more."), None) from error
    return partners.company_named(form.company.data or "")


def _words(question: Question, company: Organisation | None, rows: int) -> str:
    if company is None:
        return ngettext(
            "“%(name)s”: %(num)s row is left out.", "“%(name)s”: %(num)s rows are left out.", rows, name=question.name
        )
    return ngettext(
        "“%(name)s” is %(company)s: %(num)s row.", "“%(name)s” is %(company)s: %(num)s rows.", rows,
        name=question.name, company=company.name,
    )  # fmt: skip


def _page(event: Event, batch: ImportBatch, form: CompanyForm) -> str:
    waiting = queries.questions(batch)
    asked = request.args.get("name", "") or request.form.get("key", "")
    at = next((n for n, question in enumerate(waiting) if question.key == asked), 0)
    question = waiting[at] if waiting else None
    owners = store.domain_owners(question.domain) if question else []
    suggestions = store.directory().alike(question.name, question.country, owners) if question else []
    return render_template(
        "registrations/imports/names.html",
        event=event,
        batch=batch,
        question=question,
        place=at,
        number=len(waiting),
        before=waiting[at - 1].key if at > 0 else None,
        after=waiting[at + 1].key if at + 1 < len(waiting) else None,
        suggestions=[(company, alike, company.id in owners) for company, alike in suggestions],
        shown=SHOWN_PEOPLE,
        form=form,
        has_errors=form.refused,
        subnav=event_tabs(event, "registrations"),
    )


@blueprint.post("/admin/events/<slug:slug>/registrations/import/<id:import_id>/names/forget")
@organizer
def forget(slug: str, import_id: int) -> ResponseReturnValue:
    """Takes the decisions about names back, before the import is applied."""
    event = events.event_by_slug(viewer(), slug)
    batch = queries.batch_of(event, import_id)
    back = url_for(".names", slug=slug, import_id=import_id)
    with saving(ActionForm()) as saved:
        service.forget_decisions(batch, by=current_user, at=now())
        saved.location = back
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("The decisions are taken back."), "success")
    return redirect(back)
