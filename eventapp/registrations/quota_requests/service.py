"""Asking for more places, and deciding about it. Everything in the caller's transaction."""

from datetime import datetime

from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events import queries as events
from eventapp.events import service as event_service
from eventapp.events.models import Event, QuotaRequest, RequestState
from eventapp.events.rules import may_change_registration
from eventapp.partners.models import Organisation
from eventapp.places import service as places
from eventapp.registrations.quota_requests import mails
from eventapp.registrations.service.promoting import confirm_moved


def ask(event: Event, company: Organisation, wanted: int, reason: str, *, by: User, at: datetime) -> QuotaRequest:
    """The company asks for `wanted` places in all; its partner managers are told.

    Raises RuleError if it has no limit or as many places already, if it has asked already, or the event is over.
    """
    places.lock([event.pool_id])
    if not may_change_registration(event, at):
        raise RuleError(_("The event is over. Nothing can be changed any more."))
    capacity, _taken = events.places_of_company(event, company)
    if capacity is None or wanted <= capacity:
        raise RuleError(_("Your company has that many places already."), "wanted", 422)
    asked = select(QuotaRequest.id).where(
        QuotaRequest.event_id == event.id,
        QuotaRequest.organisation_id == company.id,
        QuotaRequest.state == RequestState.OPEN,
    )
    if db.session.scalar(asked) is not None:
        raise RuleError(_("Your company has asked already; it is not decided yet."))
    made = QuotaRequest(
        event_id=event.id,
        organisation_id=company.id,
        wanted=wanted,
        reason=reason,
        state=RequestState.OPEN,
        asked_at=at,
        asked_by=by.actor_name,
        asked_by_id=by.id,
    )
    db.session.add(made)
    db.session.flush()
    _record("registrations.more_asked", event, company, by, at, {"places": [capacity, wanted], "reason": reason})
    mails.send_asked(made, event, company, capacity, at=at)
    return made


def withdraw(request: QuotaRequest, event: Event, company: Organisation, *, by: Actor, at: datetime) -> None:
    """The company does not need them any more. Raises RuleError if it was decided in the meantime."""
    _end(request, RequestState.WITHDRAWN, "", by, at)
    _record("registrations.more_withdrawn", event, company, by, at, {})


def grant(
    request: QuotaRequest, event: Event, company: Organisation, granted: int, answer: str, *, by: Actor, at: datetime
) -> int:
    """Says yes to so many places in all; whoever waits moves up. Returns how many did. Raises RuleError if it was decided."""
    places.lock([event.pool_id])
    _end(request, RequestState.GRANTED, answer, by, at)
    capacity, _taken = events.places_of_company(event, company)
    if capacity is None or granted < capacity:
        raise RuleError(_("The company has more places than that already."), "granted", 422)
    moved = event_service.set_exception(event, company, granted, request.reason[:200], by=by, now=at)
    _record("registrations.more_granted", event, company, by, at, {"places": [capacity, granted], "reason": answer})
    mails.send_decided(request, event, company, granted, at=at)
    return len(confirm_moved(moved, at=at))


def refuse(request: QuotaRequest, event: Event, company: Organisation, answer: str, *, by: Actor, at: datetime) -> None:
    """Says no, with a reason. Raises RuleError if it was decided in the meantime."""
    places.lock([event.pool_id])
    _end(request, RequestState.REFUSED, answer, by, at)
    _record("registrations.more_refused", event, company, by, at, {"reason": answer})
    mails.send_decided(request, event, company, None, at=at)


def _end(request: QuotaRequest, state: RequestState, answer: str, by: Actor, at: datetime) -> None:
    db.session.refresh(request, with_for_update=True)
    if request.state is not RequestState.OPEN:
        raise RuleError(_("This is decided already. Reload the page."))
    request.state, request.answer = state, answer
    request.decided_at, request.decided_by = at, by.actor_name
    db.session.flush()


def _record(action: str, event: Event, company: Organisation, by: Actor, at: datetime, changes: dict[str, object]) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="organisation",
        object_id=company.id,
        object_name=company.name,
        event_id=event.id,
        organisation_id=company.id,
        changes=changes,
    )
