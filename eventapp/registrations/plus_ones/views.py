"""Behind the secret link: whom somebody brings along."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm, Form, LineField, required
from eventapp.core.i18n import _, _l
from eventapp.core.saving import saving
from eventapp.core.web.audiences import public
from eventapp.registrations import acts, queries
from eventapp.registrations.link import keep_secret
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.plus_ones import service

blueprint = Blueprint("plus_ones", __name__)
blueprint.after_request(keep_secret)


class GuestForm(Form):
    """Somebody who comes along; an address is not asked for."""

    given_name = LineField(_l("Given name"), [required(_l("Enter the given name."))], length=100)
    family_name = LineField(_l("Family name"), [required(_l("Enter the family name."))], length=100)


def _holder(host: Registration) -> NamedActor:
    return NamedActor(f"{host.name} (by link)")


@blueprint.route("/r/<token:token>/plus-ones", methods=["GET", "POST"])
@public
def index(token: str) -> ResponseReturnValue:
    """Who comes along, and the form for one more."""
    host = queries.by_token(token)
    form, status = GuestForm(), 200
    if form.validate_on_submit():
        waits = False
        with saving(form) as saved:
            acts.require_open(host)
            made = service.bring(host, form.given_name.data, form.family_name.data, by=_holder(host), at=now())
            waits = made.status is RegistrationStatus.WAITING
            saved.location = url_for(".index", token=token)
        if saved.ok:
            if waits:
                flash(_("On the waiting list: there is no place left."), "warning")
            else:
                flash(_("Added. A mail is on its way to you."), "success")
            return redirect(saved.location)
        status = saved.status
        host = queries.by_token(token)
    elif request.method == "POST":
        status = 422
    guests = queries.guests_of([host.id])
    page = render_template(
        "registrations/plus_ones/index.html",
        host=host,
        event=host.event,
        guests=guests,
        more=host.guest_of_id is None and host.status is RegistrationStatus.CONFIRMED and len(guests) < host.event.plus_ones,
        form=form,
        has_errors=form.refused,
    )
    return page, status


@blueprint.post("/r/<token:token>/plus-ones/<id:registration_id>/remove")
@public
def remove(token: str, registration_id: int) -> ResponseReturnValue:
    """Takes somebody out who was to come along."""
    host = queries.by_token(token)
    guest = next((g for g in queries.guests_of([host.id]) if g.id == registration_id), None)
    if guest is None:
        raise NotFoundError(registration_id)
    with saving(ActionForm()) as saved:
        acts.require_open(guest)
        service.leave_out(host, guest, by=_holder(host), at=now())
        saved.location = url_for(".index", token=token)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("Taken out."), "success")
    return redirect(url_for(".index", token=token))
