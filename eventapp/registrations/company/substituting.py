"""Handing a place on within the company: a colleague from the list, or somebody new."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import Actor
from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.partners import queries as partners
from eventapp.partners.queries import Colleague
from eventapp.registrations import acts, queries, service
from eventapp.registrations.company.forms import ColleagueSubstituteForm
from eventapp.registrations.models import Registration


def substitute_page(
    load: Callable[[], Registration], viewer: Viewer, by: Actor, back: Callable[[Registration], str]
) -> ResponseReturnValue:
    """Asks who comes instead, and hands the place on."""
    registration = load()
    colleagues = _free(viewer, registration)
    form = ColleagueSubstituteForm().offer(colleagues)
    status = 200
    if form.validate_on_submit():
        given_name, family_name, address = form.chosen(colleagues)
        with saving(form) as saved:
            acts.require_open(registration)
            service.substitute(registration, given_name, family_name, address, by=by, at=now())
            saved.location = back(registration)
        if saved.ok:
            flash(_("Handed on. The new person gets a mail; the old code is void."), "success")
            return redirect(saved.location)
        status = saved.status
        registration = load()
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/company/substitute.html",
        event=registration.event,
        registration=registration,
        form=form,
        colleagues=colleagues,
        back=back(registration),
        has_errors=form.refused,
    )
    return page, status


def _free(viewer: Viewer, registration: Registration) -> list[Colleague]:
    """The people of the company who are not registered for the event."""
    colleagues = partners.colleagues(viewer, registration.organisation_id)
    registered = queries.active_people(registration.event_id, [c.person_id for c in colleagues])
    return [c for c in colleagues if c.person_id not in registered]
