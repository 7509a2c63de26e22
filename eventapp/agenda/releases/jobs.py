"""Telling people of a release: the worker writes their mails into the outbox, a hundred in a transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from eventapp.agenda.models import AgendaRelease
from eventapp.agenda.public import queries as public
from eventapp.agenda.releases import mails, queries
from eventapp.agenda.releases.models import ReleaseNotice
from eventapp.agenda.releases.telling import Recipient, recipients
from eventapp.core.clock import now
from eventapp.core.db import after_commit, db, reading, rollback, transaction
from eventapp.core.jobs import enqueue, job
from eventapp.events.models import Event
from eventapp.registrations import queries as registrations
from eventapp.registrations.models import Registration

BATCH = 100


@job("releases.tell")
def tell(release_id: int) -> None:
    """Writes to everybody who is to be told of a release and has not been."""
    while _batch(release_id, now()):
        db.session.expunge_all()


@job("releases.tell_all", every_minute=True)
def tell_all() -> None:
    """What a lost message to the queue or a killed worker left."""
    with reading():
        query = select(ReleaseNotice.release_id).where(ReleaseNotice.done_at.is_(None)).distinct()
        ids = db.session.scalars(query.order_by(ReleaseNotice.release_id)).all()
        rollback()
    for release_id in ids:
        tell(release_id)


def tell_after_commit(release_id: int) -> None:
    """Wakes the worker when the release is committed."""
    after_commit(lambda: enqueue("releases.tell", release_id))


def _batch(release_id: int, at: datetime) -> int:
    """Writes to some. A notice is done in the transaction that queues its mail; rows that another worker holds are passed."""
    with transaction():
        query = (
            select(ReleaseNotice)
            .where(ReleaseNotice.release_id == release_id, ReleaseNotice.done_at.is_(None))
            .order_by(ReleaseNotice.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        notices = db.session.scalars(query.execution_options(populate_existing=True)).all()
        if not notices:
            return 0
        release = db.session.get_one(AgendaRelease, release_id)
        _write(release, notices, at)
        for notice in notices:
            notice.done_at = at
    return len(notices)


def _write(release: AgendaRelease, notices: Sequence[ReleaseNotice], at: datetime) -> None:
    event = db.session.get_one(Event, release.event_id)
    changes = queries.changes_of(release)
    people = recipients(
        event.id,
        changes,
        registrations=[n.registration_id for n in notices if n.registration_id is not None],
        speakers=[n.speaker_id for n in notices if n.speaker_id is not None],
        freed_at=release.released_at,
    )
    _reach_guests(people)
    rooms = queries.room_names(event.id)
    shown = public.Release(release.id, release.number, release.name, release.released_at)
    sessions = {change.new.session_id for change in changes}
    parts = {part.slot_id: part for part in public.parts_of_sessions(shown, sessions)}
    names = public.names(shown, sessions)
    by_registration = {one.registration_id: one for one in people if one.registration_id is not None}
    by_speaker = {one.speaker_id: one for one in people if one.speaker_id is not None}
    for notice in notices:
        one = by_registration.get(notice.registration_id or 0) or by_speaker.get(notice.speaker_id or 0)
        own = one.changes(changes, words=notice.words) if one is not None else []
        if one is not None and one.address and own:
            entries = mails.entries_of(event, one, (parts[c.new.slot_id] for c in one.calendar(own)), names, at=at)
            mails.send(event, one, mails.write(event, one, own, rooms, release.note), entries, at=at)


def _reach_guests(people: Iterable[Recipient]) -> None:
    """Mails to whoever has no address go to whom they come along with."""
    alone = [one.registration_id for one in people if not one.address and one.guest]
    if alone:
        guests = db.session.scalars(select(Registration).where(Registration.id.in_(alone))).all()
        hosts = registrations.hosts_of(guests)
        for one in people:
            if not one.address and one.registration_id in hosts:
                one.address = hosts[one.registration_id].address
