"""Reading what an event writes: own texts, switches, who has got what."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select

from eventapp.core.db import db
from eventapp.events.models import Event, Mode
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import Person
from eventapp.registrations.messages.kinds import KINDS, Kind
from eventapp.registrations.messages.models import MessageRun, MessageSent, MessageSetting, MessageText, Outcome
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus
from eventapp.registrations.queries import LOADED


@dataclass
class Own:
    """What an event has of its own: switches, hours and texts (subject, body) by language, of its kinds of message."""

    enabled: dict[str, bool] = field(default_factory=dict)
    hours: dict[str, int | None] = field(default_factory=dict)
    texts: dict[str, dict[str, tuple[str, str]]] = field(default_factory=lambda: defaultdict(dict))

    def sends(self, kind: Kind) -> bool:
        """Whether the event sends this message."""
        return self.enabled.get(kind.key, kind.on)

    def hour(self, kind: Kind) -> int | None:
        """The event's own hour for this message; none: as usual."""
        return self.hours.get(kind.key)


def own_of(events: Iterable[Event], kinds: Collection[str] = KINDS) -> dict[int, Own]:
    """What each event has of its own, by its id: one query, and none if no event has anything."""
    found: dict[int, Own] = {event.id: Own() for event in events}
    wanted = [event.id for event in events if event.own_messages]
    if not wanted:
        return found
    same = and_(MessageText.event_id == MessageSetting.event_id, MessageText.kind == MessageSetting.kind)
    setting = (MessageSetting.event_id, MessageSetting.kind, MessageSetting.enabled, MessageSetting.hour)
    query = select(*setting, MessageText.language, MessageText.subject, MessageText.body).outerjoin(MessageText, same)
    query = query.where(MessageSetting.event_id.in_(wanted), MessageSetting.kind.in_(list(kinds)))
    for event_id, kind, enabled, hour, language, subject, body in db.session.execute(query):
        own = found[event_id]
        own.enabled[kind], own.hours[kind] = enabled, hour
        if language is not None:
            own.texts[kind][language] = (subject, body)
    return found


def text_of(event_id: int, kind: str, language: str) -> MessageText | None:
    """An event's own text, if it has one."""
    return db.session.get(MessageText, (event_id, kind, language), populate_existing=True)


def receivers(event: Event, kind: Kind) -> list[Any]:
    """The condition of the registrations that get a message which leaves on a date."""
    active = [status for status in RegistrationStatus if status not in ENDED]
    found: list[Any] = [
        Registration.event_id == event.id,
        Registration.status.in_(active if kind.key == "event_changed" else [RegistrationStatus.CONFIRMED]),
    ]
    if kind.key == "incomplete":
        found.append(Registration.missing_answers > 0)
    elif kind.key == "before_1h":
        found.append(Registration.mode == Mode.VIRTUAL)
    elif kind.key == "thanks" and db.session.scalar(_anybody_checked_in(event)):
        found.append(Registration.checked_in_at.is_not(None))
    return found


def _anybody_checked_in(event: Event) -> Select[Any]:
    here = exists().where(Registration.event_id == event.id, Registration.checked_in_at.is_not(None))
    return select(here)


def counts(kind: str, due: datetime, *, again: bool = False) -> Any:
    """The condition of a row that says that somebody needs nothing more of what is due: got, or passed over this time.

    One was passed over for a moment: when the event is moved, there is another. A change of the event is news `again`, and
    so is a later day of it.
    """
    if again or kind == "event_changed":
        return MessageSent.due_at >= due
    return or_(MessageSent.outcome == Outcome.SENT, MessageSent.due_at == due)


def without(kind: str, due: datetime, *, again: bool = False) -> Any:
    """The condition of registrations that have neither got what is due nor been passed over."""
    return ~exists().where(
        MessageSent.registration_id == Registration.id, MessageSent.kind == kind, counts(kind, due, again=again)
    )


def runs_of(event_ids: Collection[int]) -> dict[tuple[int, str], MessageRun]:
    """How far messages to everybody have come, by event and kind."""
    rows = db.session.scalars(select(MessageRun).where(MessageRun.event_id.in_(list(event_ids))))
    return {(row.event_id, row.kind): row for row in rows}


def sent_counts(event: Event) -> dict[tuple[str, Outcome], int]:
    """How many people have got each message that leaves on a date, or were passed over."""
    query = select(MessageSent.kind, MessageSent.outcome, func.count()).where(MessageSent.event_id == event.id)
    rows = db.session.execute(query.group_by(MessageSent.kind, MessageSent.outcome))
    return {(kind, outcome): people for kind, outcome, people in rows}


def mail_counts(event: Event) -> dict[str, int]:
    """How many mails of each kind about the event were written."""
    query = select(OutboxMail.kind, func.count()).where(OutboxMail.about == f"event:{event.id}").group_by(OutboxMail.kind)
    return {kind: mails for kind, mails in db.session.execute(query)}  # noqa: C416 - rows are no pairs to the type checker


def expected(event: Event) -> dict[str, int]:
    """How many people would get each message that leaves on a date, if it left now."""
    confirmed = (Registration.event_id == event.id, Registration.status == RegistrationStatus.CONFIRMED)
    query: Any = select(
        func.count(),
        func.count().filter(Registration.mode == Mode.VIRTUAL),
        func.count().filter(Registration.missing_answers > 0),
        func.count().filter(Registration.checked_in_at.is_not(None)),
    )
    people, virtual, incomplete, came = db.session.execute(query.where(*confirmed)).one()
    same = dict.fromkeys(("before_30d", "before_7d", "before_1d"), people)
    return {**same, "before_1h": virtual, "incomplete": incomplete, "thanks": came or people}


def samples(event: Event) -> list[Registration]:
    """Up to three people to try a text on: the longest name, somebody with another language or clock, one who waits.

    Others fill the places of those that there are not.
    """
    base = select(Registration).options(*LOADED).join(Person, Person.id == Registration.person_id)
    base = base.where(Registration.event_id == event.id, Registration.status.not_in(ENDED))
    elsewhere = or_(
        and_(Person.time_zone != "", Person.time_zone != event.time_zone),
        and_(Person.language != "", Person.language.not_like("en%")),
    )
    wishes = (
        base.order_by((func.length(Person.given_name) + func.length(Person.family_name)).desc(), Registration.id),
        base.where(elsewhere).order_by(Registration.id),
        base.where(Registration.status == RegistrationStatus.WAITING).order_by(Registration.id),
    )
    found: list[Registration] = []
    for wish in wishes:
        found += db.session.scalars(wish.where(Registration.id.not_in([r.id for r in found])).limit(1)).all()
    missing = 3 - len(found)
    if missing:
        rest = base.where(Registration.id.not_in([r.id for r in found])).order_by(Registration.id).limit(missing)
        found += db.session.scalars(rest).all()
    return found
