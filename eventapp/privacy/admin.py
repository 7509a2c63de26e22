"""Pages of the vendor: needs for the caterer, all data of a person, how long data is kept."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import catering, organizer, system_admin
from eventapp.accounts.models import Role
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.partners.audiences import viewer
from eventapp.privacy import (
    exports,
    jobs,  # noqa: F401 - registers the daily purge
    purging,
    queries,
    rules,
    service,
)
from eventapp.privacy.forms import DataForm, KeptForm, ReasonForm
from eventapp.privacy.rules import ALLERGENS, DIETS, KEPT

blueprint = Blueprint("privacy_admin", __name__)

COLUMNS = [
    files.ExportColumn(name) for name in ("name", "company", "diet", "diet_other", "allergens", "severe_allergy", "access")
]


@blueprint.get("/admin/needs/")
@catering
def catering_index() -> ResponseReturnValue:
    """The events that somebody prepares food and rooms for."""
    return render_template("privacy/admin/catering_index.html", events=queries.catered_events(viewer(), now()))


def _event(slug: str) -> Event:
    event = events.event_by_slug(viewer(), slug)
    if not rules.has_catering(event):
        raise NotFoundError(slug)
    return event


def _needs_page(event: Event, form: ReasonForm, named: Sequence[Any] | None) -> str:
    return render_template(
        "privacy/admin/needs.html",
        event=event,
        counts=queries.needs_counts(viewer(), event),
        diets=DIETS,
        allergens=ALLERGENS,
        named=named,
        form=form,
        has_errors=form.refused,
    )


@blueprint.route("/admin/events/<slug:slug>/needs", methods=["GET", "POST"])
@catering
def needs(slug: str) -> ResponseReturnValue:
    """Meals and access in numbers. Names of the severe cases by POST: with a reason, which stands in the log."""
    event = _event(slug)
    form = ReasonForm()
    if form.validate_on_submit():
        named = queries.named_needs(viewer(), event)
        with saving() as saved:
            service.note_look(event, form.reason.data, len(named), exported=False, by=current_user, now=now())
        if saved.ok:
            return _needs_page(event, ReasonForm(formdata=None), named)
    return _needs_page(event, form, None), 422 if request.method == "POST" else 200


@blueprint.post("/admin/events/<slug:slug>/needs/export")
@catering
def export_needs(slug: str) -> ResponseReturnValue:
    """The severe cases as a spreadsheet, with a reason, which stands in the log."""
    event, at = _event(slug), now()
    form = ReasonForm()
    if not form.validate_on_submit():
        return _needs_page(event, form, None), 422
    named = queries.named_needs(viewer(), event)
    with saving() as saved:
        service.note_look(event, form.reason.data, len(named), exported=True, by=current_user, now=at)
    if not saved.ok:
        return redirect(url_for(".needs", slug=slug))
    content = io.BytesIO(b"".join(files.write(_cells(named), COLUMNS, "excel-eu", title=event.title, zone=event.time_zone)))
    response = Response(content.getvalue(), content_type=files.FORMATS["excel-eu"][1])
    file = files.file_name(event.slug, "needs", "excel-eu", at)
    response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _cells(named: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for row in named:
        diet = "; ".join(str(DIETS[key]) for key in row.diet if key in DIETS)
        allergens = "; ".join(str(ALLERGENS[key]) for key in row.allergens if key in ALLERGENS)
        yield row.name, row.company, diet, row.diet_other, allergens, "yes" if row.severe_allergy else "", row.access


@blueprint.route("/admin/people/<id:person_id>/data", methods=["GET", "POST"])
@organizer
def data(person_id: int) -> ResponseReturnValue:
    """All data of a person, for whoever answers a request. By POST, since it is logged with a reason."""
    person, at = queries.person(viewer(), person_id), now()
    form = DataForm()
    here = url_for(".data", person_id=person_id)
    if form.validate_on_submit():
        found = exports.collect(person, at, confidential=Role.CATERING in viewer().roles)
        with saving() as saved:
            service.note_export(person, form.reason.data, form.shape.data, by=current_user, now=at)
        if saved.ok and form.shape.data == "json":
            return exports.as_file(found, at)
        if saved.ok:
            return render_template("privacy/data.html", found=found, back=here)
    page = render_template("privacy/admin/data.html", person=person, form=form, has_errors=form.refused)
    return page, 422 if request.method == "POST" else 200


@blueprint.route("/admin/privacy/", methods=["GET", "POST"])
@system_admin
def index() -> ResponseReturnValue:
    """How long each kind of data is kept, and what was purged last."""
    form = KeptForm(data=queries.days())
    status = 200
    if form.validate_on_submit():
        at = now()
        with saving(form) as saved:
            for kept in KEPT:
                purging.set_days(kept.kind, form[kept.kind].data, by=current_user, now=at)
            saved.location = url_for(".index")
        if saved.ok:
            flash(_("Saved. The next purge, once a day, goes by it."), "success")
            return redirect(saved.location)
        status = saved.status
    elif request.method == "POST":
        status = 422
    page = render_template(
        "privacy/admin/index.html",
        form=form,
        kept=KEPT,
        purges=queries.last_purges(),
        labels={kept.kind: kept.label for kept in KEPT},
        has_errors=form.refused,
    )
    return page, status
