"""Who else is told of a move: admins of companies whose people are registered, and speakers, unless they come themselves."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, exists, func, or_, select

from eventapp.accounts.models import User
from eventapp.agenda.models import AgendaSession, SessionSpeaker, SessionStatus, Speaker, SpeakerAnswer
from eventapp.core.db import db
from eventapp.core.i18n import _l
from eventapp.core.links import absolute
from eventapp.events.models import Event, Moved
from eventapp.mail.render import render
from eventapp.mail.service import letter, queue_all
from eventapp.partners.models import Membership, MembershipRole, MembershipState, Organisation, Person, PersonEmail
from eventapp.registrations.messages.placeholders import shown_times
from eventapp.registrations.models import ENDED, Registration

AT_ONCE = 200
SUBJECTS: dict[Moved, Any] = {
    Moved.VIRTUAL: _l("%(event)s takes place on video"),
    Moved.IN_PERSON: _l("%(event)s takes place in person"),
    Moved.DATE: _l("New date: %(event)s"),
    Moved.BACK: _l("As first planned: %(event)s"),
}


class Reader(NamedTuple):
    """Somebody who is told besides those who are registered: of `people` registered ones of `company`, or as a speaker."""

    name: str
    address: str
    zone: str
    company: str = ""
    people: int = 0


def tell_others(event: Event, told: Sequence[Sequence[str]], *, at: datetime) -> int:
    """Writes to company admins and speakers who are not registered themselves; `told` as [what, old, new]. How many mails."""
    letters, written = [], 0
    for reader in _readers(event, at):
        letters.append(_letter(event, reader, told, at))
        if len(letters) == AT_ONCE:
            queue_all(letters)
            written, letters = written + len(letters), []
    queue_all(letters)
    return written + len(letters)


def _letter(event: Event, reader: Reader, told: Sequence[Sequence[str]], at: datetime) -> dict[str, Any]:
    assert event.moved is not None
    subject, text, html = render(
        "lifecycle/moved",
        event=event,
        reader=reader,
        told=told,
        headline=str(SUBJECTS[event.moved]) % {"event": event.title},
        times=shown_times(event, reader.zone),
        link=absolute("events.show", slug=event.slug),
    )
    return letter(
        kind="lifecycle.moved",
        about=f"event:{event.id}",
        to_name=reader.name,
        to_address=reader.address,
        subject=subject,
        text=text,
        html=html,
        from_name=event.sender_name,
        reply_to=event.contact_email,
        at=at,
    )


def _readers(event: Event, at: datetime) -> Iterator[Reader]:
    """Each address once: first the admins, for the company of which most people come, then the speakers."""
    seen: set[str] = set()
    for reader in (*_admins(event, at), *_speakers(event)):
        if reader.address not in seen:
            seen.add(reader.address)
            yield reader


def _comes(event: Event) -> Any:
    own = select(Registration.id).where(
        Registration.event_id == event.id, Registration.status.not_in(ENDED), Registration.person_id == Person.id
    )
    return exists(own.correlate(Person))


def _admins(event: Event, at: datetime) -> list[Reader]:
    people = (
        select(Registration.organisation_id, func.count().label("people"))
        .where(Registration.event_id == event.id, Registration.status.not_in(ENDED))
        .group_by(Registration.organisation_id)
        .subquery()
    )
    today = at.date()
    query = (
        select(Person, User.email, Organisation.name, people.c.people)
        .join(Membership, Membership.person_id == Person.id)
        .join(User, User.id == Person.user_id)
        .join(people, people.c.organisation_id == Membership.organisation_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.role == MembershipRole.ADMIN,
            Membership.state == MembershipState.ACTIVE,
            or_(Membership.valid_from.is_(None), Membership.valid_from <= today),
            or_(Membership.valid_to.is_(None), Membership.valid_to >= today),
            User.active,
            ~_comes(event),
        )
        .order_by(people.c.people.desc(), Person.id)
    )
    return [Reader(p.full_name, address, p.time_zone, company, n) for p, address, company, n in db.session.execute(query)]


def _speakers(event: Event) -> list[Reader]:
    speaks = exists().where(
        SessionSpeaker.speaker_id == Speaker.id,
        SessionSpeaker.answer != SpeakerAnswer.DECLINED,
        AgendaSession.id == SessionSpeaker.session_id,
        AgendaSession.status != SessionStatus.CANCELLED,
    )
    query = (
        select(Speaker.name, PersonEmail.address, Person.time_zone)
        .join(Person, Person.id == Speaker.person_id)
        .join(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .where(Speaker.event_id == event.id, speaks, ~_comes(event))
        .order_by(Speaker.id)
    )
    return [Reader(name, address, zone) for name, address, zone in db.session.execute(query)]
