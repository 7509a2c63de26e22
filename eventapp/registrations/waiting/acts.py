"""The answers to an offer as pages: behind the secret link, by the company, by an organizer. Each is one POST."""

from collections.abc import Callable

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from eventapp.audit.service import Actor
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.registrations.models import Registration, Side
from eventapp.registrations.waiting import service

Load = Callable[[], Registration]
Address = Callable[[Registration], str]


def accept(load: Load, by: Actor, back: Address) -> ResponseReturnValue:
    """Takes the place."""
    registration = load()
    with saving(ActionForm()) as saved:
        service.accept(registration, by=by, at=now())
        saved.location = back(registration)
    if saved.error is not None:
        flash(saved.error.message, "danger")
        return redirect(back(load()))
    flash(_("The place is confirmed. A mail with the calendar entry is on its way."), "success")
    return redirect(saved.location)


def turn_down(load: Load, by: Actor, back: Address, side: Side) -> ResponseReturnValue:
    """Lets the place go to the next one."""
    registration = load()
    with saving(ActionForm()) as saved:
        service.turn_down(registration, by=by, at=now(), side=side)
        saved.location = back(registration)
    if saved.error is not None:
        flash(saved.error.message, "danger")
        return redirect(back(load()))
    flash(_("Thank you for telling us. The place goes to whoever waits next."), "success")
    return redirect(saved.location)
