"""Going in: checks place and time under a lock, notes the arrival, says where to. And how an event is joined."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select

from eventapp.agenda.joining import queries
from eventapp.agenda.joining.models import Arrival
from eventapp.agenda.joining.queries import Entrance
from eventapp.agenda.joining.rules import State
from eventapp.agenda.joining.texts import words
from eventapp.audit.service import Actor, NamedActor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.events.models import Event


@dataclass(frozen=True)
class Settings:
    """What organizers say about joining an event."""

    opens_minutes: int
    in_person_may_follow: bool
    test_url: str
    recording_url: str
    recording_until: datetime | None


def enter(token: str, *, at: datetime) -> str:
    """The provider's address for whoever holds the link, and notes that they went there.

    Raises RuleError if they may not go in (any more), NotFoundError for no link of ours.
    """
    found = queries.entrance(token, locked=True)
    verdict = found.verdict(at)
    if verdict.state is not State.OPEN:
        raise RuleError(words(verdict.state))
    _note(found, at)
    return verdict.part.url


def _note(found: Entrance, at: datetime) -> None:
    """Notes the arrival. The registration is locked, so two clicks at once are one row."""
    registration, session_id = found.registration, found.stream.session_id
    known = db.session.scalar(
        select(Arrival).where(Arrival.registration_id == registration.id, Arrival.session_id.is_not_distinct_from(session_id))
    )
    if known is not None:
        known.last_at, known.clicks = max(at, known.last_at), known.clicks + 1
        return
    db.session.add(Arrival(registration_id=registration.id, session_id=session_id, first_at=at, last_at=at, clicks=1))
    record(
        "joining.arrive",
        by=NamedActor(f"{registration.name} (by link)"),
        at=at,
        object_type="registration",
        object_id=registration.id,
        object_name=registration.name,
        event_id=registration.event_id,
        organisation_id=registration.organisation_id,
        person_id=registration.person_id,
        changes={"session": found.stream.title} if session_id is not None else {},
    )


def watch(token: str, *, at: datetime) -> str:
    """The address of the recording, for whoever might have joined. Raises RuleError if there is none to be seen."""
    found = queries.entrance(token)
    url = found.stream.recording(at)
    if found.verdict(at).state is not State.OVER or not url:
        raise RuleError(_("There is no recording to be seen here."))
    return url


def change_settings(event: Event, wanted: Settings, *, version: int, by: Actor, at: datetime) -> None:
    """Says how the event is joined. Raises StaleError if somebody else said something since `version`."""
    settings = queries.settings_of(event.id)
    if settings.version != version:
        raise StaleError(_("Somebody else has changed this since you opened it. Compare, then save again."))
    changes = {}
    for name, new in asdict(wanted).items():
        if (old := getattr(settings, name)) != new:
            changes[name] = [old, new]
            setattr(settings, name, new)
    db.session.add(settings)
    record(
        "joining.change",
        by=by,
        at=at,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        changes=changes,
    )
