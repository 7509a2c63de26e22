"""Reading what runs are made of."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from eventapp.agenda.models import AgendaSession, SessionStatus
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import Event, EventKind, EventStatus
from eventapp.training.models import Course, CourseVersion, Run, VersionStatus


def current_versions() -> Sequence[CourseVersion]:
    """The current version of each course that is offered, by code."""
    query = select(CourseVersion).join(CourseVersion.course).options(joinedload(CourseVersion.course))
    here = query.where(CourseVersion.status == VersionStatus.CURRENT, ~Course.archived)
    return db.session.scalars(here.order_by(Course.code)).all()


def current_version(version_id: int) -> CourseVersion:
    """The version of that id if it is the current one of its course. Raises NotFoundError."""
    query = select(CourseVersion).join(CourseVersion.course).options(joinedload(CourseVersion.course))
    found = db.session.scalar(query.where(CourseVersion.id == version_id, CourseVersion.status == VersionStatus.CURRENT))
    if found is None:
        raise NotFoundError(version_id)
    return found


def events_with_sign_ups(at: datetime) -> Sequence[Event]:
    """Events that are not over and have sessions that one signs up to, soonest first."""
    signs_up = select(AgendaSession.event_id).where(AgendaSession.signs_up, AgendaSession.status != SessionStatus.CANCELLED)
    query = select(Event).where(Event.id.in_(signs_up), Event.ends_at > at, Event.kind == EventKind.EVENT)
    return db.session.scalars(query.where(Event.status != EventStatus.CANCELLED).order_by(Event.starts_at, Event.id)).all()


def sessions_without_run(event: Event) -> Sequence[AgendaSession]:
    """The event's sessions that one signs up to and that are no run yet, by title."""
    taken = select(Run.session_id).where(Run.event_id == event.id, Run.session_id.is_not(None))
    query = select(AgendaSession).where(AgendaSession.event_id == event.id, AgendaSession.signs_up)
    query = query.where(AgendaSession.status != SessionStatus.CANCELLED, AgendaSession.id.not_in(taken))
    return db.session.scalars(query.order_by(AgendaSession.title, AgendaSession.id)).all()
