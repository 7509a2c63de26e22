"""Inviting: a batch from whom it names to the mails that go out. Everything in the caller's transaction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from eventapp.audit.service import Actor, record
from eventapp.core.db import after_commit, db, table
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.jobs import enqueue
from eventapp.events.models import Event, EventStatus
from eventapp.places import service as places
from eventapp.registrations.invitations import mails, queries, recipients
from eventapp.registrations.invitations.models import BatchState, Invitation, InvitationBatch, InvitationState, Waiver
from eventapp.registrations.invitations.recipients import Recipient
from eventapp.registrations.rules import new_token

# So many are invited while the event's lock is held: registering waits meanwhile.
PORTION = 100
# So many mails at most go out within the request itself; more are left to the worker.
SMALL = 50


@dataclass(frozen=True)
class BatchTerms:
    """On what terms a batch invites: until when, what is waived, how many of an invited company, and a few words."""

    expires_at: datetime
    waives: Sequence[Waiver] = ()
    places: int | None = None
    kind_id: int | None = None
    note: str = ""


def begin(
    event: Event,
    source: Mapping[str, Any],
    people: Sequence[Sequence[str]],
    terms: BatchTerms,
    *,
    by: Actor,
    at: datetime,
) -> InvitationBatch:
    """A new batch to be looked at. Raises RuleError if nobody can be invited to the event any more."""
    _require_open(event, at)
    _require_time(event, terms.expires_at, at)
    batch = InvitationBatch(
        event_id=event.id,
        event=event,
        state=BatchState.DRAFT,
        source=dict(source),
        people=[list(line) for line in people],
        waives=[waiver.value for waiver in terms.waives],
        places=terms.places,
        kind_id=terms.kind_id,
        expires_at=terms.expires_at,
        note=terms.note,
        counts={},
        created_at=at,
        created_by=by.actor_name,
    )
    db.session.add(batch)
    db.session.flush()
    return batch


def change_terms(batch_id: int, terms: BatchTerms, *, at: datetime) -> None:
    """Changes the terms of a draft. Raises RuleError if it has been sent, or for a day that is over."""
    batch = _draft(batch_id)
    _require_time(batch.event, terms.expires_at, at)
    batch.waives = [waiver.value for waiver in terms.waives]
    batch.expires_at, batch.places, batch.kind_id, batch.note = terms.expires_at, terms.places, terms.kind_id, terms.note
    db.session.flush()


def send(batch_id: int, *, by: Actor, at: datetime) -> bool:
    """Sends a batch that was looked at: a small one at once, else by the worker. Returns whether it is done already."""
    batch = _draft(batch_id)
    event = batch.event
    _require_open(event, at)
    counts, _first = recipients.count(event, batch, at)
    if not counts.total:
        raise RuleError(_("Nobody in this list can be invited."))
    batch.counts = {"total": counts.total, "excluded": counts.excluded or {}, "people": 0, "companies": 0, "mails": 0}
    batch.state = BatchState.QUEUED
    record(
        "invitations.batch",
        by=by,
        at=at,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        changes={"people": counts.people, "companies": counts.companies, "waives": batch.waives},
    )
    db.session.flush()
    if counts.mails > SMALL:
        after_commit(lambda: enqueue("invitations.send", batch_id))
        return False
    for portion in recipients.portions(recipients.of_batch(batch, at)[0], PORTION):
        send_portion(batch_id, portion, by=by, at=at)
    finish(batch_id, at=at)
    return True


def send_portion(batch_id: int, found: Sequence[Recipient], *, by: Actor, at: datetime) -> bool:
    """Invites these people and companies, but for those who are invited or registered by now.

    So a batch that was left half sent goes on where it stopped. Returns whether the batch is still to be sent.
    """
    batch = queries.locked_batch(batch_id)
    if batch is None or batch.state is not BatchState.QUEUED:
        return False
    event = batch.event
    places.lock([event.pool_id])
    db.session.refresh(event)
    if event.status is EventStatus.CANCELLED or event.ends_at <= at:
        batch.state, batch.ended_at, batch.people = BatchState.CANCELLED, at, []
        return False
    _mark(event)
    portion = recipients.looked_at(event, found)
    going = portion.going
    sent: Counter[str] = Counter()
    for one in going:
        made = _invite(batch, event, one, at)
        company = portion.company(one)
        to = [(made.full_name, made.address)] if one.address else portion.companies[one.organisation_id or 0].admins
        sent["people" if one.address else "companies"] += 1
        sent["mails"] += mails.send(made, event, to=to, company=company, zone=one.time_zone, at=at)
        note("invite", made, company, by=by, at=at, changes={"state": made.state})
    if sent:
        batch.counts = {**batch.counts, **{name: batch.counts.get(name, 0) + n for name, n in sent.items()}}
    db.session.flush()
    return True


def _mark(event: Event) -> None:
    """From now on registering looks for invitations. Past the version: whoever edits the event is not disturbed by it."""
    if not event.invites:
        db.session.execute(update(table(Event)).where(table(Event).c.id == event.id).values(invites=True))
        set_committed_value(event, "invites", True)


def _invite(batch: InvitationBatch, event: Event, one: Recipient, at: datetime) -> Invitation:
    pool_id = places.insert_pool(batch.places) if batch.places is not None and not one.address else None
    made = Invitation(
        event_id=event.id,
        batch_id=batch.id,
        person_id=one.person_id,
        organisation_id=one.organisation_id,
        given_name=one.given_name,
        family_name=one.family_name,
        address=one.address,
        state=InvitationState.INVITED,
        token=new_token(),
        kind_id=batch.kind_id,
        pool_id=pool_id,
        waives=list(batch.waives),
        note=batch.note,
        sent_at=at,
        expires_at=batch.expires_at,
        created_at=at,
        created_by=batch.created_by,
    )
    db.session.add(made)
    db.session.flush()
    return made


def finish(batch_id: int, *, at: datetime) -> None:
    """Everything has gone out: the typed names and addresses are not kept a second time."""
    batch = queries.locked_batch(batch_id)
    if batch is not None and batch.state is BatchState.QUEUED:
        batch.state, batch.ended_at, batch.people = BatchState.SENT, at, []
        db.session.flush()


def cancel(batch_id: int, *, by: Actor, at: datetime) -> None:
    """Stops a batch: what has gone out stays. Raises RuleError if it is done."""
    batch = queries.locked_batch(batch_id)
    if batch is None or batch.state not in (BatchState.DRAFT, BatchState.QUEUED):
        raise RuleError(_("This is done already. Withdraw the invitations in the list."))
    was, batch.state, batch.ended_at, batch.people = batch.state, BatchState.CANCELLED, at, []
    if was is BatchState.QUEUED:
        record(
            "invitations.stop",
            by=by,
            at=at,
            object_type="event",
            object_id=batch.event_id,
            object_name=batch.event.title,
            event_id=batch.event_id,
            changes={"people": batch.counts.get("people", 0), "companies": batch.counts.get("companies", 0)},
        )
    db.session.flush()


def note(
    action: str, invitation: Invitation, company: str, *, by: Actor, at: datetime, changes: Mapping[str, Any] | None = None
) -> None:
    """Writes into the log what was done with an invitation."""
    record(
        f"invitations.{action}",
        by=by,
        at=at,
        object_type="invitation",
        object_id=invitation.id,
        object_name=(invitation.full_name or invitation.address) if not invitation.of_company else company,
        event_id=invitation.event_id,
        organisation_id=invitation.organisation_id,
        person_id=invitation.person_id,
        changes=changes,
    )


def _draft(batch_id: int) -> InvitationBatch:
    batch = queries.locked_batch(batch_id)
    if batch is None or batch.state is not BatchState.DRAFT:
        raise RuleError(_("These invitations have been sent already."))
    return batch


def _require_open(event: Event, at: datetime) -> None:
    if event.status not in (EventStatus.PUBLISHED, EventStatus.CLOSED):
        raise RuleError(_("Publish the event first: the link in the mail leads to it."))
    if event.ends_at <= at:
        raise RuleError(_("This event is over."))


def _require_time(event: Event, expires_at: datetime, at: datetime) -> None:
    if expires_at <= at or expires_at > event.ends_at:
        raise RuleError(_("Choose a day from today until the end of the event."), "expires_on", 422)
