"""Organizer pages of answers: those about one registration, shown as they were asked, and changing them."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import is_organizer, organizer
from eventapp.core.clock import now
from eventapp.core.errors import StaleError
from eventapp.core.forms import Form
from eventapp.core.i18n import _
from eventapp.core.pictures import PICTURE_FORM_BYTES
from eventapp.core.saving import saving
from eventapp.core.web import uploads
from eventapp.events import queries as events
from eventapp.events.subnav import event_tabs
from eventapp.partners.audiences import viewer
from eventapp.registrations import queries
from eventapp.registrations.answers import files, forms
from eventapp.registrations.answers.reading import reads_special
from eventapp.registrations.models import Registration
from eventapp.registrations.service import answer

blueprint = Blueprint("answers_admin", __name__)


class AnswersForm(Form):
    """Only questions of the event."""


@blueprint.url_value_preprocessor
def _allow_a_picture(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Where a picture is asked for, an organizer may send more than a form."""
    if endpoint == "answers_admin.edit" and values:
        which = Registration.id == values["registration_id"]
        uploads.allow(PICTURE_FORM_BYTES, lambda: is_organizer() and files.asks_picture(which))


@blueprint.get("/admin/events/<slug:slug>/registrations/<id:registration_id>/files/<token:file_key>")
@organizer
def file(slug: str, registration_id: int, file_key: str) -> Response:
    """A file that was given as an answer, to be saved."""
    registration = queries.registration(viewer(), events.event_by_slug(viewer(), slug), registration_id)
    return files.download(registration, file_key, special=reads_special(viewer()))


@blueprint.route("/admin/events/<slug:slug>/registrations/<id:registration_id>/answers", methods=["GET", "POST"])
@organizer
def edit(slug: str, registration_id: int) -> ResponseReturnValue:
    """Changes the answers about a registration, also those that are frozen for the person."""
    event = events.event_by_slug(viewer(), slug)
    registration = queries.registration(viewer(), event, registration_id)
    form = AnswersForm()
    special = reads_special(viewer())
    answers = forms.by_organizer(registration, at=now(), sent=forms.sent(), special=special)
    form.parts = [answers]
    status = 200
    if forms.asks_further():
        pass
    elif form.validate_on_submit():
        with saving(form) as saved:
            if request.form.get("version") != str(registration.version):
                raise StaleError(_("Somebody else has changed this registration since you opened it. Check and save again."))
            if (given := forms.given(answers)) is not None:
                answer(registration, given, by=current_user, at=now())
            saved.location = url_for("registrations_admin.edit", slug=slug, registration_id=registration_id)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
        registration = queries.registration(viewer(), event, registration_id)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/answers/edit.html",
        event=event,
        registration=registration,
        answers=answers,
        form=form,
        has_errors=form.refused,
        subnav=event_tabs(event, "registrations"),
    )
    return page, status
