"""Reminders of what speakers still owe us, from three days before it is due; each once."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select

from eventapp.agenda.calls import mails
from eventapp.agenda.models import Speaker, SpeakerTask
from eventapp.core.clock import now
from eventapp.core.db import db, reading, rollback, transaction
from eventapp.core.jobs import job
from eventapp.events.models import Event, EventStatus
from eventapp.partners.models import PersonEmail

AHEAD = timedelta(days=3)
AT_ONCE = 50


@job("agenda.remind_speakers", every_minute=True)
def remind_speakers() -> None:
    """Writes to speakers whose tasks are due soon."""
    with reading():
        due = db.session.scalar(select(exists().where(*_due(now()))))
        rollback()
    if due:
        with transaction():
            remind(at=now())


def _due(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return SpeakerTask.done_at.is_(None), SpeakerTask.reminded_at.is_(None), SpeakerTask.due_at <= at + AHEAD


def remind(*, at: datetime) -> int:
    """Writes one mail to each speaker with open tasks that are due within AHEAD. Returns how many mails."""
    query = (
        select(SpeakerTask, Speaker, PersonEmail.address, Event)
        .join(Speaker, Speaker.id == SpeakerTask.speaker_id)
        .join(Event, Event.id == Speaker.event_id)
        .join(PersonEmail, (PersonEmail.person_id == Speaker.person_id) & PersonEmail.is_primary)
        .where(
            *_due(at),
            Event.ends_at > at,
            Event.status.in_([EventStatus.PUBLISHED, EventStatus.CLOSED]),
        )
        .order_by(Speaker.id, SpeakerTask.due_at)
        .limit(AT_ONCE)
        .with_for_update(of=SpeakerTask, skip_locked=True)
    )
    by_speaker: dict[int, tuple[Speaker, str, Event, list[SpeakerTask]]] = {}
    for task, speaker, address, event in db.session.execute(query):
        by_speaker.setdefault(speaker.id, (speaker, address, event, []))[3].append(task)
    for speaker, address, event, tasks in by_speaker.values():
        for task in tasks:
            task.reminded_at = at
        mails.send_reminder(event, speaker, address, tasks, at=at)
    return len(by_speaker)
