"""The page of an event's helpers."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms.validators import InputRequired

from eventapp.accounts.audiences import organizer, reader
from eventapp.accounts.models import User
from eventapp.accounts.staff import invitations
from eventapp.accounts.staff import queries as staff
from eventapp.accounts.staff.forms import LastDay
from eventapp.accounts.staff.rules import end_of, last_day
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm, AddressField, Form, required
from eventapp.core.i18n import _, _l
from eventapp.core.saving import Saved, saving
from eventapp.core.times import to_local
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.events.staff import queries, service
from eventapp.events.subnav import event_tabs
from eventapp.partners.audiences import viewer

blueprint = Blueprint("event_staff_admin", __name__)


class InviteHelperForm(Form):
    """Whom to invite, until when."""

    email = AddressField(_l("E-mail"), [required(_l("Enter the address that the invitation goes to."))])
    until = LastDay(_l("Last day"), [InputRequired(_l("Choose the last day on which they may read."))])


@blueprint.get("/admin/events/<slug:slug>/staff")
@reader
def index(slug: str) -> str:
    """Who helps with the event, and whom that was offered."""
    event = events.event_by_slug(viewer(), slug)
    return _page(event, InviteHelperForm(formdata=None, until=_usual_end(event)))


def _usual_end(event: Event) -> Any:
    """The day after the event, or today if that is over."""
    return max(to_local(event.ends_at, event.time_zone).date() + timedelta(days=1), now().date())


def _page(event: Event, form: InviteHelperForm) -> str:
    at = now()
    offered = [found for found in staff.invitations(service.EVENT, at) if found.details.get("event_id") == event.id]
    return render_template(
        "events/staff/index.html",
        event=event,
        helpers=queries.helpers(event),
        offered=[(found, _in_words(found.details)) for found in offered],
        form=form,
        last_day=last_day,
        at=at,
        has_errors=form.refused,
        subnav=event_tabs(event, "staff"),
    )


def _in_words(details: dict[str, Any]) -> str:
    return invitations.PURPOSES[service.EVENT].describe(details)[0]


@blueprint.post("/admin/events/<slug:slug>/staff/invite")
@organizer
def invite(slug: str) -> ResponseReturnValue:
    """Invites somebody by mail to help with the event."""
    event = events.event_by_slug(viewer(), slug)
    form = InviteHelperForm()
    status, sent = 422, True
    if form.validate():
        with saving(form) as saved:
            sent = service.invite(event, form.email.data, ends_at=end_of(form.until.data), by=_me(), at=now())
            saved.location = url_for(".index", slug=slug)
        if saved.ok:
            flash(_("Invited. The mail is on its way.") if sent else _("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
    return _page(event, form), status


@blueprint.post("/admin/events/<slug:slug>/staff/invitations/<id:helper_invitation_id>/send")
@organizer
def send_again(slug: str, helper_invitation_id: int) -> ResponseReturnValue:
    """Sends an invitation again, with a new link."""
    link = _link(slug, helper_invitation_id)
    with saving(ActionForm()) as saved:
        invitations.send_again(link, by=_me(), at=now())
        saved.location = url_for(".index", slug=slug)
    return _back(slug, saved, _("Sent again. The old link does not work any more."))


@blueprint.post("/admin/events/<slug:slug>/staff/invitations/<id:helper_invitation_id>/revoke")
@organizer
def revoke(slug: str, helper_invitation_id: int) -> ResponseReturnValue:
    """Takes an invitation back."""
    link = _link(slug, helper_invitation_id)
    with saving(ActionForm()) as saved:
        invitations.revoke(link, by=_me(), at=now())
        saved.location = url_for(".index", slug=slug)
    return _back(slug, saved, _("Taken back. The link does not work any more."))


@blueprint.post("/admin/events/<slug:slug>/staff/<id:helper_id>/end")
@organizer
def end(slug: str, helper_id: int) -> ResponseReturnValue:
    """Ends somebody's help now."""
    event = events.event_by_slug(viewer(), slug)
    helping = queries.helper(viewer(), event, helper_id)
    with saving(ActionForm()) as saved:
        service.end(event, helping, by=_me(), at=now())
        saved.location = url_for(".index", slug=slug)
    return _back(slug, saved, _("Ended. The next page that they open is closed to them."))


def _link(slug: str, invitation_id: int) -> Any:
    event = events.event_by_slug(viewer(), slug)
    link = staff.invitation(invitation_id, service.EVENT)
    if link.details.get("event_id") != event.id:
        raise NotFoundError
    return link


def _back(slug: str, saved: Saved, message: str) -> ResponseReturnValue:
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(message, "success")
    return redirect(url_for(".index", slug=slug))


def _me() -> User:
    found: User = current_user._get_current_object()
    return found
