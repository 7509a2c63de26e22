"""The caterer's pages: needs in numbers, and the severe cases by name for whoever says why."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import catering
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.saving import saving
from eventapp.core.web.downloads import table_file
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.partners.audiences import viewer
from eventapp.privacy import queries, rules, service
from eventapp.privacy.forms import ReasonForm
from eventapp.privacy.rules import ALLERGENS, DIETS

blueprint = Blueprint("catering_admin", __name__)

COLUMNS = [
    files.ExportColumn(name) for name in ("name", "company", "diet", "diet_other", "allergens", "severe_allergy", "access")
]


@blueprint.get("/admin/needs/")
@catering
def index() -> ResponseReturnValue:
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
    how: dict[str, Any] = {"of": event.slug, "content": "needs", "title": event.title, "zone": event.time_zone, "at": at}
    response = table_file(_cells(named), COLUMNS, "excel-eu", **how)
    response.headers["Cache-Control"] = "no-store"
    return response


def _cells(named: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for row in named:
        diet = "; ".join(str(DIETS[key]) for key in row.diet if key in DIETS)
        allergens = "; ".join(str(ALLERGENS[key]) for key in row.allergens if key in ALLERGENS)
        yield row.name, row.company, diet, row.diet_other, allergens, "yes" if row.severe_allergy else "", row.access
