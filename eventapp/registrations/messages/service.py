"""Changing an event's texts and switches, and ordering that a change is told. Everything in the caller's transaction."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select, update

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.times import place_of, span
from eventapp.events.models import Event, EventStatus
from eventapp.registrations.messages import queries, texts
from eventapp.registrations.messages.composing import default_text
from eventapp.registrations.messages.kinds import Kind
from eventapp.registrations.messages.models import MessageRun, MessageSent, MessageSetting, MessageText
from eventapp.registrations.messages.placeholders import venue_of
from eventapp.registrations.models import Registration, RegistrationStatus

# How long a change of the event waits before it is told.
CORRECTING = timedelta(minutes=5)


class TextError(RuleError):
    """A text cannot be saved as it stands; each of `problems` belongs to a field."""

    def __init__(self, problems: list[RuleError]) -> None:
        super().__init__(problems[0].message, problems[0].field, 422)
        self.problems = problems


def save_text(event: Event, kind: Kind, language: str, subject: str, body: str, *, version: int, by: Actor, at: datetime) -> None:
    """Saves the event's own text; `version` is that of the text that was edited, 0 for our own.

    Raises `TextError` for placeholders that do not exist or stand where they cannot, StaleError if somebody saved since.
    """
    if problems := texts.check(subject, body, kind.placeholders):
        raise TextError(problems)
    _hold(event)
    row = queries.text_of(event.id, kind.key, language)
    if (row.version if row else 0) != version:
        raise StaleError(_("Somebody else has changed this text since you opened it. Compare, then save again."))
    before = (row.subject, row.body) if row else default_text(kind.key, language)
    if row is None:
        row = MessageText(event_id=event.id, kind=kind.key, language=language)
        _setting(event, kind)
        db.session.add(row)
    row.subject, row.body, row.changed_at, row.changed_by = subject, body, at, by.actor_name
    changes = {"subject": [before[0], subject], "text": [before[1], body]}
    _record("messages.text", event, kind, by, at, {"language": language, **_differing(changes)})


def remove_text(event: Event, kind: Kind, language: str, *, by: Actor, at: datetime) -> None:
    """Goes back to our own text. Nothing happens if the event has none of its own."""
    _hold(event)
    row = queries.text_of(event.id, kind.key, language)
    if row is not None:
        db.session.delete(row)
        changes = {"subject": [row.subject, ""], "text": [row.body, ""], "language": language}
        _record("messages.text_removed", event, kind, by, at, changes)


def switch(event: Event, kind: Kind, *, enabled: bool, hour: int | None, by: Actor, at: datetime) -> None:
    """Turns a message on or off and sets its hour in the event's time (none: as usual)."""
    _hold(event)
    row = _setting(event, kind)
    usual = kind.schedule.hour if kind.schedule else None
    changes: dict[str, list[Any]] = {
        "enabled": [row.enabled, enabled],
        "hour": [usual if row.hour is None else row.hour, usual if hour is None else hour],
    }
    row.enabled, row.hour = enabled, hour
    if changed := _differing(changes):
        _record("messages.switch", event, kind, by, at, changed)


def told_of(event: Event) -> dict[str, str]:
    """What people are told anew when it changes, in words. Asked before and after a change of the event."""
    # Between parts clocks may change as well; each then says its own date.
    ends_at = event.starts_at if event.parts else event.ends_at
    where = place_of(event.starts_at, ends_at, event.time_zone)
    return {
        str(_("Name")): event.title,
        str(_("When")): "; ".join(span(start, end, event.time_zone) for start, end, _label in event.times) + f" {where}",
        str(_("Where")): venue_of(event),
    }


def tell_of_change(event: Event, before: Mapping[str, str], *, at: datetime) -> None:
    """Orders that everybody is told what has changed about the event since `told_of` gave `before`.

    Calendar entries get their next number at once. The mail leaves a few minutes later, and what was ordered before and
    has not begun to leave is told together with it: a slip that is corrected soon is none. Nobody is told of a draft's.
    """
    told = [[label, before[label], new] for label, new in told_of(event).items() if before[label] != new]
    if not told:
        return
    entries = update(Registration).where(Registration.event_id == event.id, Registration.status == RegistrationStatus.CONFIRMED)
    db.session.execute(entries.values(sequence=Registration.sequence + 1), execution_options={"synchronize_session": False})
    if event.status is EventStatus.DRAFT:
        return
    run = db.session.get(MessageRun, (event.id, "event_changed"), populate_existing=True, with_for_update=True)
    if run is None:
        db.session.add(MessageRun(event_id=event.id, kind="event_changed", due_at=at + CORRECTING, changes=told))
        return
    if run.done_at is None:
        told = _together(run.changes, told, begun=_begun(run))
    run.due_at, run.done_at, run.changes = at + CORRECTING, None, told


def _begun(run: MessageRun) -> bool:
    got = exists().where(MessageSent.event_id == run.event_id, MessageSent.kind == run.kind, MessageSent.due_at == run.due_at)
    return bool(db.session.scalar(select(got)))


def _together(first: list[list[str]], then: list[list[str]], *, begun: bool) -> list[list[str]]:
    """Two changes as one. Once somebody knows of the first, a return to what was before it is news as well."""
    olds = {label: old for label, old, _new in first}
    merged = [[label, old if begun else olds.get(label, old), new] for label, old, new in then]
    labels = {line[0] for line in then}
    return [*(line for line in first if line[0] not in labels), *(line for line in merged if line[1] != line[2])]


def _hold(event: Event) -> None:
    """Notes on the event that it has something of its own, which also lets two who save wait for each other.

    Past the event's version: who edits the event at the same time has nothing to compare.
    """
    statement = update(Event).where(Event.id == event.id).values(own_messages=True)
    db.session.execute(statement, execution_options={"synchronize_session": False})


def _setting(event: Event, kind: Kind) -> MessageSetting:
    row = db.session.get(MessageSetting, (event.id, kind.key), populate_existing=True)
    if row is None:
        row = MessageSetting(event_id=event.id, kind=kind.key, enabled=kind.on, hour=None)
        db.session.add(row)
        db.session.flush()
    return row


def _differing(changes: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: pair for name, pair in changes.items() if pair[0] != pair[1]}


def _record(action: str, event: Event, kind: Kind, by: Actor, at: datetime, changes: dict[str, Any]) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        changes={"message": str(kind.label), **changes},
    )
