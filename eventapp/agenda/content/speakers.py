"""Speakers: who they are, when they are away, what they still owe us, their pictures. In the caller's transaction."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select

from eventapp.agenda.content.sessions import new_code
from eventapp.agenda.models import AgendaPicture, ReleasedSpeaker, SessionSpeaker, Speaker, SpeakerAway, SpeakerTask
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.markdown import to_html
from eventapp.events.models import Event

MOST_TASKS = 20


@dataclass(frozen=True)
class SpeakerDetails:
    """A speaker as the public reads it, and what organizers note. `person_id`: who that is in our records, if we know."""

    name: str
    company: str = ""
    job_title: str = ""
    biography: str = ""
    notes: str = ""
    person_id: int | None = None


@dataclass(frozen=True)
class Away:
    """A time (UTC) at which a speaker cannot speak."""

    starts_at: datetime
    ends_at: datetime
    note: str = ""


def create_speaker(
    event: Event, details: SpeakerDetails, *, by: Actor, at: datetime, guid: str | None = None, code: str | None = None
) -> Speaker:
    """A new speaker. Raises RuleError if that person is one already."""
    _check_person(event.id, details.person_id, None)
    speaker = Speaker(
        event_id=event.id,
        guid=guid or str(uuid.uuid4()),
        code=code or new_code(),
        token=secrets.token_urlsafe(24),
        created_at=at,
        updated_at=at,
    )
    _fill(speaker, details)
    db.session.add(speaker)
    db.session.flush()
    _record("agenda.create_speaker", speaker, by, at)
    return speaker


def change_speaker(speaker: Speaker, details: SpeakerDetails, *, version: int, by: Actor, at: datetime) -> None:
    """Changes a speaker. Raises StaleError if somebody saved since `version`, RuleError if that person is one already."""
    if speaker.version != version:
        raise StaleError(_("Somebody else has changed this speaker since you opened it. Compare, then save again."))
    _check_person(speaker.event_id, details.person_id, speaker.id)
    changes = {n: [getattr(speaker, n), v] for n, v in vars(details).items() if getattr(speaker, n) != v}
    _fill(speaker, details)
    speaker.updated_at = at
    db.session.flush()
    if changes:
        _record("agenda.change_speaker", speaker, by, at, changes)


def delete_speaker(speaker: Speaker, *, by: Actor, at: datetime) -> None:
    """Deletes a speaker who speaks nowhere. Raises RuleError while sessions or releases name them."""
    uses = (exists().where(SessionSpeaker.speaker_id == speaker.id), exists().where(ReleasedSpeaker.speaker_id == speaker.id))
    if any(db.session.scalar(select(use)) for use in uses):
        raise RuleError(_("%(name)s speaks in a session, or did in a release. Take them out of it first.", name=speaker.name))
    _record("agenda.delete_speaker", speaker, by, at)
    if speaker.picture_id is not None:
        db.session.execute(delete(AgendaPicture).where(AgendaPicture.id == speaker.picture_id))
    db.session.delete(speaker)
    db.session.flush()


def set_away(speaker: Speaker, times: Sequence[Away], *, by: Actor, at: datetime) -> None:
    """Says when a speaker is away, instead of what was said before."""
    query = select(SpeakerAway).where(SpeakerAway.speaker_id == speaker.id)
    before = sorted((row.starts_at, row.ends_at, row.note) for row in db.session.scalars(query))
    if before == sorted((one.starts_at, one.ends_at, one.note) for one in times):
        return
    db.session.execute(delete(SpeakerAway).where(SpeakerAway.speaker_id == speaker.id))
    db.session.add_all(SpeakerAway(speaker_id=speaker.id, **vars(one)) for one in times)
    speaker.updated_at = at
    db.session.flush()
    _record("agenda.change_speaker", speaker, by, at, {"away": [len(before), len(times)]})


def add_task(speaker: Speaker, title: str, due_at: datetime | None, *, by: Actor, at: datetime) -> SpeakerTask:
    """Something that the speaker still owes us. Raises RuleError beyond MOST_TASKS."""
    open_ = db.session.scalars(select(SpeakerTask.id).where(SpeakerTask.speaker_id == speaker.id)).all()
    if len(open_) >= MOST_TASKS:
        raise RuleError(_("%(n)s tasks are enough for one speaker.", n=MOST_TASKS), "title")
    task = SpeakerTask(speaker_id=speaker.id, title=title, due_at=due_at)
    db.session.add(task)
    db.session.flush()
    _record("agenda.change_speaker", speaker, by, at, {"task": title})
    return task


def finish_task(speaker: Speaker, task: SpeakerTask, done: bool, *, by: Actor, at: datetime) -> None:
    """Says that the task is done, or that it is not."""
    if (task.done_at is not None) != done:
        task.done_at = at if done else None
        _record("agenda.change_speaker", speaker, by, at, {"task": task.title, "done": done})


def set_picture(speaker: Speaker, picture: AgendaPicture | None, *, by: Actor, at: datetime) -> None:
    """Gives the speaker another picture, or none; the old one goes."""
    old = speaker.picture_id
    if picture is not None:
        db.session.add(picture)
        db.session.flush()
    speaker.picture_id = picture.id if picture is not None else None
    speaker.updated_at = at
    db.session.flush()
    if old is not None:
        db.session.execute(delete(AgendaPicture).where(AgendaPicture.id == old))
    _record("agenda.change_speaker", speaker, by, at, {"picture": picture is not None})


def _check_person(event_id: int, person_id: int | None, except_id: int | None) -> None:
    if person_id is None:
        return
    query = select(Speaker).where(Speaker.event_id == event_id, Speaker.person_id == person_id)
    found = db.session.scalar(query)
    if found is not None and found.id != except_id:
        raise RuleError(_("That person speaks here already, as %(name)s.", name=found.name), "address")


def _fill(speaker: Speaker, details: SpeakerDetails) -> None:
    for name, value in vars(details).items():
        setattr(speaker, name, value)
    speaker.biography_html = to_html(details.biography)


def _record(action: str, speaker: Speaker, by: Actor, at: datetime, changes: dict[str, Any] | None = None) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="speaker",
        object_id=speaker.id,
        object_name=speaker.name,
        event_id=speaker.event_id,
        person_id=speaker.person_id,
        changes=changes,
    )
