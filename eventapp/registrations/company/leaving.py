"""Somebody leaves the company: the membership ends, and what becomes of their registrations is asked."""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from eventapp.accounts.permissions import Viewer
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.i18n import _, ngettext
from eventapp.core.saving import saving
from eventapp.events.models import Event, EventStatus
from eventapp.partners.audiences import company_admin, viewer
from eventapp.partners.company import queries as company_queries
from eventapp.partners.company import service as company_service
from eventapp.partners.company.subnav import company_name, company_tabs
from eventapp.registrations import service
from eventapp.registrations.company.forms import CANCEL, LeavingForm
from eventapp.registrations.models import ENDED, Registration, Side
from eventapp.registrations.queries import LOADED

blueprint = Blueprint("company_leaving", __name__)


def upcoming(viewer: Viewer, person_id: int, now: datetime) -> Sequence[Registration]:
    """The person's registrations by the viewer's company for events that are not over, and not checked in."""
    query = (
        select(Registration)
        .options(*LOADED)
        .join(Event, Event.id == Registration.event_id)
        .where(
            Registration.organisation_id == company_queries.run_id(viewer),
            Registration.person_id == person_id,
            Registration.status.not_in(ENDED),
            Registration.checked_in_at.is_(None),
            Event.ends_at > now,
            Event.status != EventStatus.CANCELLED,
        )
        .order_by(Event.starts_at, Registration.id)
    )
    return db.session.scalars(query).all()


@blueprint.route("/company/people/<id:membership_id>/end", methods=["GET", "POST"])
@company_admin
def end(membership_id: int) -> ResponseReturnValue:
    """Ends a membership. History stays: past registrations and the name among the former people."""
    membership, person, _address = company_queries.membership(viewer(), membership_id)
    going = upcoming(viewer(), person.id, now())
    form = LeavingForm()
    if not going:
        del form.upcoming
    status = 200
    if form.validate_on_submit():
        cancels = bool(going) and form.upcoming.data == CANCEL
        leaves_alone = person.user_id is not None and person.user_id == current_user.id
        with saving(form) as saved:
            reason = form.reason.data or ""
            if cancels:
                service.cancel(going, reason=reason, by=current_user, at=now(), side=Side.COMPANY)
            company_service.leave(membership, person, reason, by=current_user, at=now())
            # Whoever has left themselves may not see the list any more.
            name = membership.name_of(person)
            saved.location = url_for("overview.home") if leaves_alone else url_for("company_people.former")
        if saved.ok:
            flash(_done(name, len(going) if cancels else 0), "success")
            return redirect(saved.location)
        status = saved.status
        membership, person, _address = company_queries.membership(viewer(), membership_id)
        going = upcoming(viewer(), person.id, now())
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/company/end.html",
        membership=membership,
        name=membership.name_of(person),
        going=going,
        form=form,
        has_errors=form.refused,
        subnav=company_tabs("people"),
        subnav_title=company_name(),
    )
    return page, status


def _done(name: str, cancelled: int) -> str:
    if not cancelled:
        return _("%(name)s has left. Past registrations stay in your list.", name=name)
    return ngettext(
        "%(name)s has left, and %(num)s registration is cancelled.",
        "%(name)s has left, and %(num)s registrations are cancelled.",
        cancelled,
        name=name,
    )
