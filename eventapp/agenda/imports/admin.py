"""Organizer pages: taking in a schedule.json, with a dry run first."""

from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.file import FileField

from eventapp.accounts.audiences import is_organizer, organizer
from eventapp.agenda.content.pages import page
from eventapp.agenda.imports import service
from eventapp.agenda.imports.models import AgendaImport
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.forms import ActionForm, Form
from eventapp.core.i18n import _, _l, ngettext
from eventapp.core.saving import saving
from eventapp.core.web import uploads
from eventapp.core.web.carrying import carry_out
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.partners.audiences import viewer

blueprint = Blueprint("agenda_imports_admin", __name__)
FILE_BYTES = 10 * 1024 * 1024
BASE = "/admin/events/<slug:slug>/agenda/import"


class FileForm(Form):
    """A schedule.json."""

    file = FileField(_l("File"), description=_l("A schedule.json as pretalx, frab and others write it."))


@blueprint.url_value_preprocessor
def _allow_a_file(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Files may be larger than forms, on this page, from an organizer."""
    if endpoint == "agenda_imports_admin.new":
        uploads.allow(FILE_BYTES, is_organizer)


@blueprint.route(BASE, methods=["GET", "POST"])
@organizer
def new(slug: str) -> ResponseReturnValue:
    """Takes the file, and leads to its dry run."""
    event = events.event_by_slug(viewer(), slug)
    form = FileForm()

    def act() -> str:
        upload = form.file.data
        if not upload or not upload.filename:
            raise RuleError(_("Choose a file."), "file", 422)
        kept = service.begin(event, upload.filename, upload.stream.read(), by=current_user, at=now())
        return url_for(".show", slug=slug, schedule_id=kept.id)

    def show_again(_stale: bool) -> str:
        back = url_for("agenda_admin.index", slug=slug)
        return page("agenda/imports/new.html", event, "sessions", form=form, has_errors=form.refused, back=back)

    return carry_out(form, act, show_again, said=lambda: _("Nothing is changed yet: this is what the file would do."))


def _kept(event: Event, schedule_id: int) -> AgendaImport:
    kept = db.session.get(AgendaImport, schedule_id)
    if kept is None or kept.event_id != event.id or kept.applied_at is not None:
        raise NotFoundError(schedule_id)
    return kept


@blueprint.get(f"{BASE}/<id:schedule_id>")
@organizer
def show(slug: str, schedule_id: int) -> str:
    """What the file would do."""
    event = events.event_by_slug(viewer(), slug)
    kept = _kept(event, schedule_id)
    back = url_for("agenda_admin.index", slug=event.slug)
    return page("agenda/imports/show.html", event, "sessions", kept=kept, back=back, **kept.preview)


@blueprint.post(f"{BASE}/<id:schedule_id>/apply")
@organizer
def apply(slug: str, schedule_id: int) -> ResponseReturnValue:
    """Carries the import out."""
    event = events.event_by_slug(viewer(), slug)
    kept = _kept(event, schedule_id)
    outcome = None
    with saving(ActionForm()) as saved:
        outcome = service.apply(event, kept, by=current_user, at=now())
        saved.location = url_for("agenda_admin.index", slug=slug)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    elif outcome is not None:
        n = outcome.created + outcome.updated
        said = ngettext("%(num)s session taken over. ", "%(num)s sessions taken over. ", n)
        flash(said + _("It is in the draft: look at it, then release it."), "success")
    return redirect(url_for("agenda_admin.index", slug=slug))
