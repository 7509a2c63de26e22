"""Somebody's own agenda as a calendar, for a program that subscribes to it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from eventapp.agenda.joining.links import calendar_link
from eventapp.agenda.models import AgendaFeed, SessionSignUp, SignUpStatus
from eventapp.agenda.own import queries
from eventapp.agenda.public import queries as public
from eventapp.agenda.public.calendars import entry
from eventapp.agenda.public.queries import Part, Release
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.core.ical import calendar
from eventapp.registrations.calendars import calendar_entries
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.queries import LOADED

# How often programs should ask again: the agenda of a day may change while the day is on.
REFRESH = timedelta(minutes=30)


def registration_of(token: str) -> Registration:
    """Whose private calendar has that secret. Raises NotFoundError."""
    query = select(Registration).options(*LOADED).join(AgendaFeed, AgendaFeed.registration_id == Registration.id)
    found = db.session.scalar(query.where(AgendaFeed.token == token))
    if found is None:
        raise NotFoundError
    return found


def token_of(registration_id: int) -> str:
    """The secret of somebody's private calendar; empty where nobody has asked for one."""
    return db.session.scalar(select(AgendaFeed.token).where(AgendaFeed.registration_id == registration_id)) or ""


@dataclass(frozen=True)
class Past:
    """What became of somebody's sign-ups to a session: the highest number of changes, when the last one was, and whether
    one is kept."""

    sequence: int
    changed_at: datetime
    status: SignUpStatus | None


def _past(registration_id: int) -> Mapping[int, Past]:
    query = select(
        SessionSignUp.session_id,
        SessionSignUp.sequence,
        func.coalesce(SessionSignUp.cancelled_at, SessionSignUp.signed_up_at),
        SessionSignUp.status,
    ).where(SessionSignUp.registration_id == registration_id)
    found: dict[int, Past] = {}
    for session_id, sequence, at, status in db.session.execute(query):
        before = found.get(session_id, Past(0, at, None))
        kept = status if status is not SignUpStatus.CANCELLED else before.status
        found[session_id] = Past(max(sequence, before.sequence), max(at, before.changed_at), kept)
    return found


def file_of(registration: Registration) -> str:
    """The calendar: what has a star, what one has a place in, and as cancelled what was given back or does not take place."""
    event = registration.event
    release = public.latest(event.id)
    # A run takes place in parts of its own: each of them stands here, as in the mails.
    entries = calendar_entries(registration, "", at=event.updated_at) if event.parts else []
    if release is not None:
        mine = queries.of_registration(registration, release)
        past = _past(registration.id)
        parts = _parts(release, {*mine.stars, *past}, mine.sees)
        names = public.names(release, {part.session_id for part in parts})
        ended = registration.status is not RegistrationStatus.CONFIRMED
        for part in parts:
            was = past.get(part.session_id)
            kept = part.session_id in mine.stars or (was is not None and was.status is SignUpStatus.CONFIRMED)
            if was is not None and was.status is SignUpStatus.WAITING and part.session_id not in mine.stars:
                continue  # neither in the calendar yet nor gone from it
            entries.append(
                entry(
                    event,
                    part,
                    names.get(part.session_id, []),
                    stamp=max(release.released_at, was.changed_at) if was else release.released_at,
                    own_changes=was.sequence if was else 0,
                    cancelled=ended or not kept,
                    join=calendar_link(registration, part.code, part.delivery),
                )
            )
    return calendar(entries, name=_("%(event)s: my agenda", event=event.title), refresh=REFRESH)


def _parts(release: Release, session_ids: Collection[int], sees: Collection[int]) -> Sequence[Part]:
    """The parts of these sessions; one that is not listed any more only as long as one may come to it."""
    found = public.parts_of_sessions(release, session_ids)
    return [part for part in found if part.listed or part.session_id in sees]
