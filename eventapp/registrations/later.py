"""“Finish later” on the forms for registering: what was typed is kept for its owner, and a mail has the link back to it."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.wall import whole
from eventapp.events.models import Event
from eventapp.partners.models import Organisation
from eventapp.registrations import mails
from eventapp.registrations.answers import drafts

Owner = dict[str, Any]


def of_company(event: Event, company: Organisation) -> Owner:
    """Whose the draft of a company's form is: the company's admin's who types it, and of no other."""
    return {"event_id": event.id, "organisation_id": company.id, "user_id": current_user.id}


def of_address(event: Event, address: str) -> Owner:
    """Whose the draft of a single person's form is: whoever has proven the address."""
    return {"event_id": event.id, "address": address}


def begun(owner: Owner) -> MultiDict[str, str] | None:
    """What was typed before, for the page that is opened; none if there is nothing to go on with."""
    if request.method != "GET":
        return None
    with whole():  # it is the visitor's own
        return drafts.load(**owner)


def pressed(owner: Owner, event: Event, *, name: str, address: str, link: Callable[[], str]) -> ResponseReturnValue | None:
    """Answers the buttons “Finish later” and “Begin anew”; none if it was another one.

    `link` gives where it goes on; the first time it is mailed to `address`.
    """
    if "anew" in request.form:
        return _forget(owner)
    return _keep(owner, event, name, address, link()) if "later" in request.form else None


def _keep(owner: Owner, event: Event, name: str, address: str, link: str) -> ResponseReturnValue:
    """Keeps what is typed, good or not."""
    here = url_for("events.show", slug=event.slug)
    with saving(ActionForm()) as saved:
        if drafts.save(request.form, at=now(), **owner):
            mails.send_draft_link(event, name, address, link, at=now())
        saved.location = here
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("Kept for 14 days, for you alone. Nobody is registered yet. A mail has the link to go on."), "success")
    return redirect(here)


def _forget(owner: Owner) -> ResponseReturnValue:
    with saving(ActionForm()) as saved:
        drafts.drop(**owner)
        saved.location = request.path
    return redirect(request.path)
