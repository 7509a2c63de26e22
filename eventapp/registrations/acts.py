"""The acts on one registration as pages: cancel, undo, substitute. Used behind the secret link and by the company."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from eventapp.audit.service import Actor
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, _l
from eventapp.core.saving import saving
from eventapp.events.rules import may_cancel, may_change_mode, may_change_registration, may_edit_answers
from eventapp.registrations import hooks, queries, rules, service
from eventapp.registrations.forms import CancelForm, SubstituteForm
from eventapp.registrations.models import Registration, RegistrationStatus, Side

Load = Callable[[], Registration]
Address = Callable[[Registration], str]

# What is said after a cancellation was taken back, by what became of the registration: to the person, and of the person.
TAKEN_BACK = {
    RegistrationStatus.CONFIRMED: _l("Your place is yours again."),
    RegistrationStatus.PENDING: _l("Your application stands again."),
    RegistrationStatus.OFFERED: _l("The place is offered to you again. Accept it until the deadline."),
    RegistrationStatus.WAITING: _l("The place has gone to somebody else meanwhile. You are back on the list, at your old turn."),
}
TAKEN_BACK_OF_OTHERS = {
    RegistrationStatus.CONFIRMED: _l("%(name)s has the place again."),
    RegistrationStatus.PENDING: _l("The application of %(name)s stands again."),
    RegistrationStatus.OFFERED: _l("%(name)s is offered the place again, and is to accept it until the deadline."),
    RegistrationStatus.WAITING: _l(
        "The place has gone to somebody else meanwhile. %(name)s is back on the list, at the old turn."
    ),
}


def require_open(registration: Registration) -> None:
    """Raises RuleError once the event is over, was cancelled, or the person has come."""
    if not may_change_registration(registration.event, now()):
        raise RuleError(_("The event is over. Nothing can be changed any more."))
    if registration.checked_in_at is not None and registration.checked_in_at <= now():
        raise RuleError(_("This person has checked in already."))


def require_editable(registration: Registration) -> None:
    """Raises RuleError as `require_open`, and after the date until which answers may be edited."""
    require_open(registration)
    if not may_edit_answers(registration.event, now()):
        raise RuleError(_("Answers cannot be edited any more. Write to the organizer."))


def mode_page(load: Load, by: Actor, back: Address) -> ResponseReturnValue:
    """Lets somebody take part the other way: frees one place and takes another."""
    registration = load()
    other = next((m for m in registration.event.modes if m is not registration.mode), None)
    if other is None:
        raise NotFoundError(registration.id)
    form = ActionForm()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            require_open(registration)
            if not may_change_mode(registration.event, now()):
                raise RuleError(_("The way to take part cannot be changed any more."))
            service.change_mode(registration, other, by=by, at=now())
            saved.location = back(registration)
        if saved.ok:
            flash(_("Changed. A mail with the new details is on its way."), "success")
            return redirect(saved.location)
        status = saved.status
        registration = load()
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/link/mode.html",
        registration=registration,
        event=registration.event,
        other=other,
        form=form,
        back=back(registration),
        has_errors=form.refused,
    )
    return page, status


def cancel_page(load: Load, by: Actor, back: Address, side: Side) -> ResponseReturnValue:
    """First click asks, second click cancels. `side` is who does, and may take it back."""
    registration = load()
    form = CancelForm()
    if form.validate_on_submit():
        with saving(form) as saved:
            require_open(registration)
            if registration.status is RegistrationStatus.CONFIRMED and not may_cancel(registration.event, now()):
                raise RuleError(_("It is too late to cancel here. Write to the organizer."))
            with_guests = not form.alone.data
            service.cancel([registration], reason="", by=by, at=now(), side=side, with_guests=with_guests)
            saved.location = back(registration)
        if saved.ok:
            flash(_("Cancelled. This can be undone for 15 minutes."), "success")
            return redirect(saved.location)
        if saved.error is not None:
            flash(saved.error.message, "danger")
        return redirect(back(load()))
    page = render_template(
        "registrations/link/cancel.html",
        event=registration.event,
        registration=registration,
        form=form,
        guests=queries.guests_of([registration.id]),
        meaning=hooks.cancelling(registration, now()),
        back=back(registration),
    )
    return page, 200 if request.method == "GET" else 422


def undo_page(load: Load, by: Actor, back: Address, side: Side) -> ResponseReturnValue:
    """Takes a cancellation of that side back within 15 minutes."""
    registration = load()
    form = ActionForm()
    with saving(form) as saved:
        require_open(registration)
        if registration.cancelled_by is side and not rules.may_undo(registration, now(), side):
            raise RuleError(_("The 15 minutes are over. Register again."))
        service.undo_cancel(registration, by=by, at=now(), side=side)
        saved.location = back(registration)
    if saved.error is not None:
        flash(saved.error.message, "danger")
        return redirect(back(load()))
    said = TAKEN_BACK if side is Side.PERSON else TAKEN_BACK_OF_OTHERS
    tone = "warning" if registration.status is RegistrationStatus.WAITING else "success"
    flash(str(said[registration.status]) % {"name": registration.person.full_name}, tone)
    return redirect(saved.location)


def substitute_page(load: Load, by: Actor, back: Address, *, gone: str | None = None) -> ResponseReturnValue:
    """Hands the place on. `gone` is where whoever held the link lands: the link has died with the code."""
    registration = load()
    form = SubstituteForm()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            require_open(registration)
            service.substitute(registration, form.given_name.data, form.family_name.data, form.address.data, by=by, at=now())
            saved.location = gone or back(registration)
        if saved.ok:
            flash(_("Handed on. The new person gets a mail; the old code is void."), "success")
            return redirect(saved.location)
        status = saved.status
        registration = load()
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/link/substitute.html",
        event=registration.event,
        registration=registration,
        form=form,
        back=back(registration),
        has_errors=form.refused,
    )
    return page, status
