"""A company asks for more places at an event."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.events import queries as events
from eventapp.events.models import RequestState
from eventapp.partners import queries as partners
from eventapp.partners.audiences import company_admin, viewer
from eventapp.registrations.quota_requests import queries, service
from eventapp.registrations.quota_requests.forms import AskForm

blueprint = Blueprint("quota_requests", __name__)


@blueprint.route("/events/<slug:slug>/more-places", methods=["GET", "POST"])
@company_admin
def ask(slug: str) -> ResponseReturnValue:
    """How many places the company has, and the form to ask for more; or what became of the last request."""
    event = events.event_by_slug(viewer(), slug)
    (company,) = partners.organisations_of(viewer())
    form = AskForm()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            service.ask(event, company, form.wanted.data, form.reason.data, by=current_user, at=now())
            saved.location = url_for(".ask", slug=slug)
        if saved.ok:
            flash(_("Asked. You get a mail as soon as it is decided."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
    elif request.method == "POST":
        status = 422
    places, taken = events.places_of_company(event, company)
    page = render_template(
        "registrations/quota_requests/ask.html",
        event=event,
        company=company,
        form=form,
        places=places,
        taken=taken,
        latest=queries.of_company(event, company.id),
        has_errors=form.refused,
    )
    return page, status


@blueprint.post("/events/<slug:slug>/more-places/withdraw")
@company_admin
def withdraw(slug: str) -> ResponseReturnValue:
    """Takes the open request back."""
    event = events.event_by_slug(viewer(), slug)
    (company,) = partners.organisations_of(viewer())
    latest = queries.of_company(event, company.id)
    if latest is None or latest.state is not RequestState.OPEN:
        raise NotFoundError(slug)
    with saving(ActionForm()) as saved:
        service.withdraw(latest, event, company, by=current_user, at=now())
        saved.location = url_for(".ask", slug=slug)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("Withdrawn."), "success")
    return redirect(url_for(".ask", slug=slug))
