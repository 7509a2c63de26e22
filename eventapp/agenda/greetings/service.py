"""Writing a greeting for a company, and deciding whether it is shown."""

from datetime import datetime

from eventapp.agenda.greetings.models import Greeting, GreetingState
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.partners.models import Organisation


def write(
    event: Event, company: Organisation, before: Greeting | None, *, text: str, name: str, version: int, by: Actor, at: datetime
) -> None:
    """Says it anew; until an organizer has looked at it, nothing of the company is shown. Without `text` it is taken back.

    Raises StaleError if a colleague has written since `version`.
    """
    if (before.version if before else 0) != version:
        raise StaleError(_("A colleague has changed this since you opened it. Compare, then send again."))
    was = [before.text, before.name] if before else ["", ""]
    if before is not None and before.state is GreetingState.SHOWN:
        _renew_page(event, at)
    if not text:
        if before is not None:
            db.session.delete(before)
    else:
        greeting = before or Greeting(event_id=event.id, organisation_id=company.id)
        greeting.text, greeting.name, greeting.state, greeting.reason = text, name, GreetingState.WAITING, ""
        greeting.written_at, greeting.written_by = at, by.actor_name
        greeting.decided_at, greeting.decided_by = None, ""
        db.session.add(greeting)
    db.session.flush()
    record(
        "greetings.write",
        by=by,
        at=at,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        organisation_id=company.id,
        changes={"text": [was[0], text], "name": [was[1], name]},
    )


def decide(event: Event, greeting: Greeting, *, shown: bool, reason: str, version: int, by: Actor, at: datetime) -> None:
    """Shows it, or declines it with a reason that the company reads. Raises StaleError if it was written anew meanwhile."""
    if greeting.version != version:
        raise StaleError(_("This was changed since you opened the page. Read it again."))
    if not shown and not reason:
        raise RuleError(_("Say why, so that the company can mend it."), "reason", 422)
    old = greeting.state
    greeting.state = GreetingState.SHOWN if shown else GreetingState.DECLINED
    greeting.reason, greeting.decided_at, greeting.decided_by = "" if shown else reason, at, by.actor_name
    _renew_page(event, at)
    db.session.flush()
    record(
        "greetings.show" if shown else "greetings.decline",
        by=by,
        at=at,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        organisation_id=greeting.organisation_id,
        changes={"state": [old, greeting.state], "text": greeting.text, "reason": greeting.reason},
    )


def _renew_page(event: Event, at: datetime) -> None:
    """The event's public page is kept by the version of the event."""
    event.updated_at = at
