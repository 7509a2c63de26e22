"""What becomes of invitations when their event is cancelled: whoever has not answered is told once, and need not any more."""

from datetime import datetime

from sqlalchemy import func, select

from eventapp.audit.service import NamedActor
from eventapp.core.db import after_commit, db
from eventapp.core.i18n import _
from eventapp.core.jobs import enqueue
from eventapp.events.models import Event, EventStatus
from eventapp.places import service as places
from eventapp.registrations.invitations import mails, queries
from eventapp.registrations.invitations.inviting import note
from eventapp.registrations.invitations.managing import PORTION, addresses, company_of
from eventapp.registrations.invitations.models import OPEN, Invitation, InvitationState

CANCELLATION = NamedActor("cancelled event")


def unanswered(event: Event, at: datetime) -> int:
    """How many invitations still could be answered. No query for an event that nobody was invited to."""
    if not event.invites:
        return 0
    query = select(func.count()).select_from(Invitation)
    return (
        db.session.scalar(query.where(Invitation.event_id == event.id, Invitation.state.in_(OPEN), Invitation.expires_at > at))
        or 0
    )


def begin(event: Event) -> None:
    """The event is cancelled: the worker tells the invited as soon as that is committed, or its next sweep does."""
    if event.invites:
        after_commit(lambda: enqueue("invitations.call_off"))


def portion(*, at: datetime) -> int:
    """Tells some of the invited of a cancelled event, and ends their invitations. Returns how many.

    Whoever was told has no open invitation any more: a worker that died leaves nobody out and tells nobody twice. For
    an event whose time is over the invitations only end.
    """
    waiting = select(Event).join(Invitation, Invitation.event_id == Event.id)
    waiting = waiting.where(Event.status == EventStatus.CANCELLED, Invitation.state.in_(OPEN))
    event = db.session.scalar(waiting.order_by(Event.id).limit(1))
    if event is None:
        return 0
    places.lock([event.pool_id])
    query = select(Invitation).options(*queries.LOADED)
    query = query.where(Invitation.event_id == event.id, Invitation.state.in_(OPEN)).order_by(Invitation.id).limit(PORTION)
    found = db.session.scalars(query.execution_options(populate_existing=True)).all()
    told = [one for one in found if min(one.expires_at, event.ends_at) > at]
    to = addresses(told)
    for one in found:
        before, one.state, one.reason = one.state, InvitationState.WITHDRAWN, _("The event was cancelled.")
        mails.send_called_off(one, event, to=to.get(one.id, ()), company=company_of(one), at=at)
        note("call_off", one, company_of(one), by=CANCELLATION, at=at, changes={"state": [before, one.state]})
    db.session.flush()
    return len(found)
