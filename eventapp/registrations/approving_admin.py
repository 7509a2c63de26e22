"""The organizer's yes or no to one application."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer
from eventapp.core.clock import now
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.events import queries as events
from eventapp.events.forms import ReasonForm
from eventapp.events.subnav import event_tabs
from eventapp.partners.audiences import viewer
from eventapp.registrations import queries, service
from eventapp.registrations.models import Registration, RegistrationStatus

blueprint = Blueprint("registrations_approving", __name__)


def _load(slug: str, registration_id: int) -> Registration:
    return queries.registration(viewer(), events.event_by_slug(viewer(), slug), registration_id)


def _page_of(slug: str, registration_id: int) -> str:
    return url_for("registrations_admin.edit", slug=slug, registration_id=registration_id)


@blueprint.post("/admin/events/<slug:slug>/registrations/<id:registration_id>/approve")
@organizer
def approve(slug: str, registration_id: int) -> ResponseReturnValue:
    """Says yes."""
    registration = _load(slug, registration_id)
    with saving(ActionForm()) as saved:
        if not service.approve([registration], by=current_user, at=now()):
            raise RuleError(_("This application is decided already."))
        saved.location = _page_of(slug, registration_id)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    elif _load(slug, registration_id).status is RegistrationStatus.WAITING:
        flash(_("Approved. There is no place left at the moment, so they wait; a mail is on its way."), "warning")
    else:
        flash(_("Approved. A mail is on its way."), "success")
    return redirect(_page_of(slug, registration_id))


@blueprint.route("/admin/events/<slug:slug>/registrations/<id:registration_id>/decline", methods=["GET", "POST"])
@organizer
def decline(slug: str, registration_id: int) -> ResponseReturnValue:
    """Says no, with a reason."""
    registration = _load(slug, registration_id)
    form = ReasonForm()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            if not service.decline([registration], reason=form.reason.data or "", by=current_user, at=now()):
                raise RuleError(_("This application is decided already."))
            saved.location = _page_of(slug, registration_id)
        if saved.ok:
            flash(_("Declined. A mail with the reason is on its way."), "success")
            return redirect(saved.location)
        status = saved.status
        registration = _load(slug, registration_id)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/admin/decline.html",
        registration=registration,
        event=registration.event,
        form=form,
        back=_page_of(slug, registration_id),
        has_errors=form.refused,
        subnav=event_tabs(registration.event, "registrations"),
    )
    return page, status


@blueprint.post("/admin/events/<slug:slug>/registrations/<id:registration_id>/reviewed")
@organizer
def reviewed(slug: str, registration_id: int) -> ResponseReturnValue:
    """Lets an edit of an approved registration stand."""
    registration = _load(slug, registration_id)
    with saving(ActionForm()) as saved:
        service.end_review(registration, by=current_user, at=now())
        saved.location = _page_of(slug, registration_id)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("The edit stands."), "success")
    return redirect(_page_of(slug, registration_id))


@blueprint.post("/admin/events/<slug:slug>/registrations/<id:registration_id>/reconsider")
@organizer
def reconsider(slug: str, registration_id: int) -> ResponseReturnValue:
    """Takes a no back: it is to be decided again."""
    registration = _load(slug, registration_id)
    with saving(ActionForm()) as saved:
        service.reconsider(registration, by=current_user, at=now())
        saved.location = _page_of(slug, registration_id)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("Taken back. Approve or decline it."), "success")
    return redirect(_page_of(slug, registration_id))
