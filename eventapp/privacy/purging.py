"""Deleting what has been kept long enough: each kind of data in portions, each portion a transaction of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, delete, func, or_, select, update
from sqlalchemy import Text as SqlText
from sqlalchemy import cast as sql_cast

from eventapp.accounts.models import AccountLink, UserSession
from eventapp.audit.chain import ERASE_ACTION
from eventapp.audit.models import AuditEntry
from eventapp.audit.service import NamedActor, record
from eventapp.core.db import db, transaction
from eventapp.core.once import hold
from eventapp.events.models import Event
from eventapp.mail.models import MailState, OutboxMail
from eventapp.partners.models import ImportBatch, ImportRow
from eventapp.privacy import queries
from eventapp.privacy.models import Needs, Purge, Retention
from eventapp.privacy.rules import KEPT_BY_KIND, purge_day
from eventapp.questions.models import Question
from eventapp.registrations.answers import files
from eventapp.registrations.answers.models import Answer, AnswerDraft, AnswerFile
from eventapp.registrations.answers.queries import SPECIAL
from eventapp.registrations.models import Registration

PORTION = 500
ONCE_A_DAY = timedelta(hours=23)
PURGED = "purged"


@dataclass(frozen=True)
class Purged:
    """What was, or would be, purged of one kind: how many rows, and what they are older than."""

    kind: str
    rows: int
    before: datetime


def due(now: datetime) -> list[str]:
    """The kinds that were not purged in the last day."""
    last = dict(db.session.execute(select(Purge.kind, func.max(Purge.at)).group_by(Purge.kind)).all())
    return [kind for kind in KEPT_BY_KIND if kind not in last or last[kind] < now - ONCE_A_DAY]


def preview(now: datetime) -> list[Purged]:
    """What a purge would take now. Changes nothing."""
    days = queries.days()
    found = []
    for kind in KEPT_BY_KIND:
        before = now - timedelta(days=days[kind])
        old = KINDS[kind].old(before, now)
        found.append(Purged(kind, db.session.scalar(select(func.count()).select_from(KINDS[kind].table).where(old)) or 0, before))
    return found


def purge(kind: str, now: datetime) -> Purged:
    """Purges one kind, in its own transactions, and notes how much that was. Two at once: the second finds nothing left."""
    days = queries.days()[kind]
    before, total = now - timedelta(days=days), 0
    work = KINDS[kind]
    with transaction():
        work.prepare(days)
    while True:
        with transaction():
            # One after the other: else two would count the same rows.
            hold(f"purge-{kind}")
            rows = work.take(before, now)
            total += rows
            if rows < PORTION:
                db.session.add(Purge(at=now, kind=kind, rows=total, before=before))
        if rows < PORTION:
            return Purged(kind, total, before)


def set_days(kind: str, days: int, *, by: Any, now: datetime) -> None:
    """Changes how long a kind is kept. Within its bounds, which the form checks."""
    old = queries.days()[kind]
    if old == days:
        return
    row = db.session.get(Retention, kind)
    if row is None:
        row = Retention(kind=kind, days=days)
        db.session.add(row)
    row.days, row.changed_by, row.changed_at = days, by.actor_name[:254], now
    db.session.flush()
    record(
        "retention.change",
        by=by,
        at=now,
        object_type="retention",
        object_id=None,
        object_name=kind,
        changes={"days": [old, days]},
    )


@dataclass(frozen=True)
class Work:
    """How one kind is purged: which rows are old, what to do first, and how to take a portion."""

    table: Any
    old: Callable[[datetime, datetime], ColumnElement[bool]]
    take: Callable[[datetime, datetime], int]
    prepare: Callable[[int], None] = lambda _days: None


def _rows(statement: Any) -> int:
    return cast(CursorResult[Any], db.session.execute(statement, execution_options={"synchronize_session": False})).rowcount


def _old_needs(before: datetime, now: datetime) -> ColumnElement[bool]:
    over = or_(Event.ends_at < before, _ended_early(now))
    return Needs.registration_id.in_(select(Registration.id).join(Event, Event.id == Registration.event_id).where(over))


def _ended_early(now: datetime) -> ColumnElement[bool]:
    """Events that nobody comes to any more, once the day has come on which what they needed there is deleted."""
    return Event.needs_until <= now.date()


def _take_needs(before: datetime, now: datetime) -> int:
    ids = select(Needs.registration_id).where(_old_needs(before, now)).limit(PORTION)
    return _rows(delete(Needs).where(Needs.registration_id.in_(ids)))


def _restate_days(days: int) -> None:
    """An event that was moved moves the day on which its needs go."""
    events = select(Event.id, Event.ends_at, Event.needs_until).join(Registration, Registration.event_id == Event.id)
    rows = db.session.execute(events.join(Needs, Needs.registration_id == Registration.id).distinct())
    for event_id, ends_at, until in rows.all():
        _restate(event_id, until or purge_day(ends_at, days))


def _restate(event_id: int, day: date) -> None:
    own = select(Registration.id).where(Registration.event_id == event_id)
    _rows(update(Needs).where(Needs.registration_id.in_(own), Needs.purge_on != day).values(purge_on=day))


def keep_needs_until(event: Event, until: date | None) -> int:
    """Says on which day what people told for a room is deleted, none: as usual after the event. Returns of how many people."""
    event.needs_until = until
    _restate(event.id, until or purge_day(event.ends_at, queries.days()["needs"]))
    told = select(func.count()).select_from(Needs).join(Registration, Registration.id == Needs.registration_id)
    return db.session.scalar(told.where(Registration.event_id == event.id)) or 0


def _old_special(before: datetime, now: datetime) -> ColumnElement[bool]:
    here = select(Registration.id).join(Event, Event.id == Registration.event_id)
    over, early = here.where(Event.ends_at < before), here.where(_ended_early(now))
    asked_no_more = Answer.question_id.in_(select(Question.id).where(Question.archived))
    of_these = or_(Answer.registration_id.in_(over), and_(Answer.registration_id.in_(early), asked_no_more))
    return and_(of_these, Answer.id.in_(SPECIAL))


def _take_special(before: datetime, now: datetime) -> int:
    ids = list(db.session.scalars(select(Answer.id).where(_old_special(before, now)).limit(PORTION)))
    # The places of their options stay counted: the event is over, and the numbers are history.
    taken = _rows(delete(Answer).where(Answer.id.in_(ids)))
    _rows(delete(AnswerFile).where(files.unnamed(), AnswerFile.uploaded_at < before))
    return taken


def _old_drafts(before: datetime, _now: datetime) -> ColumnElement[bool]:
    return AnswerDraft.saved_at < before


def _take_drafts(before: datetime, now: datetime) -> int:
    ids = select(AnswerDraft.id).where(_old_drafts(before, now)).limit(PORTION)
    # Files of forms that were never finished.
    _rows(delete(AnswerFile).where(files.unnamed(), AnswerFile.uploaded_at < before))
    return _rows(delete(AnswerDraft).where(AnswerDraft.id.in_(ids)))


def _old_mails(before: datetime, _now: datetime) -> ColumnElement[bool]:
    done = OutboxMail.state.in_((MailState.SENT, MailState.FAILED))
    return and_(done, OutboxMail.created_at < before, OutboxMail.text != "")


def _take_mails(before: datetime, now: datetime) -> int:
    ids = select(OutboxMail.id).where(_old_mails(before, now)).limit(PORTION)
    return _rows(update(OutboxMail).where(OutboxMail.id.in_(ids)).values(text="", html="", calendar=None, error=""))


def _old_rows(before: datetime, _now: datetime) -> ColumnElement[bool]:
    batches = select(ImportBatch.id).where(ImportBatch.created_at < before)
    return ImportRow.batch_id.in_(batches)


def _take_rows(before: datetime, now: datetime) -> int:
    portion = select(ImportRow.batch_id, ImportRow.record).where(_old_rows(before, now)).limit(PORTION)
    taken = 0
    by_batch: dict[int, list[int]] = {}
    for batch_id, number in db.session.execute(portion).all():
        by_batch.setdefault(batch_id, []).append(number)
    for batch_id, numbers in by_batch.items():
        taken += _rows(delete(ImportRow).where(ImportRow.batch_id == batch_id, ImportRow.record.in_(numbers)))
    if taken < PORTION:
        _rows(update(ImportBatch).where(ImportBatch.created_at < before, ImportBatch.content != b"").values(content=b""))
    return taken


def _old_links(before: datetime, _now: datetime) -> ColumnElement[bool]:
    return AccountLink.expires_at < before


def _take_links(before: datetime, now: datetime) -> int:
    ids = select(AccountLink.id).where(_old_links(before, now)).limit(PORTION)
    return _rows(delete(AccountLink).where(AccountLink.id.in_(ids)))


def _old_sessions(before: datetime, _now: datetime) -> ColumnElement[bool]:
    return UserSession.ended_at < before


def _take_sessions(before: datetime, now: datetime) -> int:
    ids = select(UserSession.id).where(_old_sessions(before, now)).limit(PORTION)
    return _rows(delete(UserSession).where(UserSession.id.in_(ids)))


def _old_entries(before: datetime, _now: datetime) -> ColumnElement[bool]:
    kept = or_(AuditEntry.actor != PURGED, AuditEntry.object_name != "", sql_cast(AuditEntry.changes, SqlText) != "{}")
    return and_(AuditEntry.at < before, AuditEntry.action != ERASE_ACTION, kept)


def _take_entries(before: datetime, now: datetime) -> int:
    """Names and contents go; the chain of hashes stays whole, and tells how many entries were emptied."""
    rows = db.session.execute(
        select(AuditEntry.id, AuditEntry.hash, AuditEntry.erased_at).where(_old_entries(before, now)).limit(PORTION)
    )
    found = rows.all()
    ids = [row.id for row in found]
    values = {"actor": PURGED, "object_name": "", "on_behalf": "", "changes": {}, "salt": "", "erased_at": now}
    taken = _rows(update(AuditEntry).where(AuditEntry.id.in_(ids)).values(**values))
    erased = sum(row.hash is not None and row.erased_at is None for row in found)
    if erased:
        by = NamedActor("purge")
        record(ERASE_ACTION, by=by, at=now, object_type="log", object_id=None, changes={"entries": erased})
    return taken


KINDS = {
    "needs": Work(Needs, _old_needs, _take_needs, _restate_days),
    "special_answers": Work(Answer, _old_special, _take_special),
    "drafts": Work(AnswerDraft, _old_drafts, _take_drafts),
    "mail_texts": Work(OutboxMail, _old_mails, _take_mails),
    "import_files": Work(ImportRow, _old_rows, _take_rows),
    "account_links": Work(AccountLink, _old_links, _take_links),
    "sessions": Work(UserSession, _old_sessions, _take_sessions),
    "audit": Work(AuditEntry, _old_entries, _take_entries),
}
