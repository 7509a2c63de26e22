"""Saying what an event makes of no-shows."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from eventapp.audit.service import Actor, record
from eventapp.core.db import db, table
from eventapp.events.models import Event
from eventapp.places import service as places
from eventapp.registrations.no_shows import queries
from eventapp.registrations.no_shows.models import Consequence, NoShowRule


def set_rule(event: Event, consequence: Consequence | None, percent: int, events: int, *, by: Actor, at: datetime) -> None:
    """Sets or (without a consequence) takes away the event's rule about no-shows."""
    # Registering reads it under this lock.
    places.lock([event.pool_id])
    found = db.session.get(NoShowRule, event.id, with_for_update=True)
    before = "" if found is None else _words(found)
    # Past the version: whoever edits the event is not disturbed by it.
    db.session.execute(update(table(Event)).where(table(Event).c.id == event.id).values(counts_no_shows=consequence is not None))
    set_committed_value(event, "counts_no_shows", consequence is not None)
    if consequence is None:
        if found is not None:
            db.session.delete(found)
    elif found is None:
        db.session.add(NoShowRule(event_id=event.id, consequence=consequence, percent=percent, events=events))
    else:
        found.consequence, found.percent, found.events = consequence, percent, events
    db.session.flush()
    rule = queries.rule_of(event.id)
    after = "" if rule is None else _words(rule)
    if before != after:
        record(
            "registrations.no_show_rule",
            by=by,
            at=at,
            object_type="event",
            object_id=event.id,
            object_name=event.title,
            event_id=event.id,
            changes={"no_show_rule": [before, after]},
        )


def _words(rule: NoShowRule) -> str:
    return f"{rule.consequence.value}: > {rule.percent} % / {rule.events}"
