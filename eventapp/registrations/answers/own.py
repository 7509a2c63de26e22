"""A company's answers for its group, at any time until the deadlines."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.events import queries as events
from eventapp.partners import queries as partners
from eventapp.partners.audiences import company_admin, viewer
from eventapp.registrations import queries
from eventapp.registrations.answers import forms, service
from eventapp.registrations.answers.admin import AnswersForm
from eventapp.registrations.models import RegistrationStatus

blueprint = Blueprint("answers_own", __name__)


@blueprint.route("/events/<slug:slug>/registrations/answers", methods=["GET", "POST"])
@company_admin
def group(slug: str) -> ResponseReturnValue:
    """What is asked of the company as a whole; more of it once somebody of it is confirmed."""
    event = events.event_by_slug(viewer(), slug)
    (company,) = partners.organisations_of(viewer())
    confirmed = any(r.status is RegistrationStatus.CONFIRMED for r in queries.of_company(event.id, company.id))
    form = AnswersForm()
    answers = forms.of_group(event, company, at=now(), sent=forms.sent(), confirmed=confirmed)
    if not answers:
        raise NotFoundError(slug)
    form.parts = [answers]
    status = 200
    if forms.asks_further():
        pass
    elif form.validate_on_submit():
        with saving(form) as saved:
            if (given := forms.given(answers)) is not None:
                service.store_group(event, company, given, by=current_user, at=now())
            saved.location = url_for("registrations.index", slug=slug)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
        (company,) = partners.organisations_of(viewer())
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/answers/group.html", event=event, company=company, answers=answers, form=form, has_errors=form.refused
    )
    return page, status
