"""Reading requests for meetings, for the two sides alone: not their companies, not the vendor, not even auditors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import aliased

from eventapp.accounts.models import User
from eventapp.accounts.permissions import Viewer
from eventapp.community.contacts import Contact, belongs, company_admins, contacts
from eventapp.community.meetings.rules import DAY, TURNS, Side
from eventapp.community.models import MeetingBlock, MeetingRequest, MeetingState
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.wall import whole
from eventapp.events.models import Event
from eventapp.partners.models import Organisation, Person
from eventapp.partners.permissions import may_run_company

MOST_LISTED = 100


def times_of(meeting: MeetingRequest) -> list[datetime]:
    """The times that are proposed."""
    return [datetime.fromisoformat(one) for one in meeting.times]


def _sent(viewer: Viewer) -> ColumnElement[bool]:
    """The condition of requests that the viewer has sent, as one of the company that they act for."""
    seat = viewer.seat
    if seat is None or seat.person_id is None:
        return false()
    own = MeetingRequest.from_person_id == seat.person_id
    return and_(own, MeetingRequest.from_organisation_id == seat.company_id)


def _asked(viewer: Viewer) -> ColumnElement[bool]:
    """The condition of requests that the viewer was asked by: as that person, or as an admin of the company."""
    seat = viewer.seat
    if seat is None or seat.person_id is None:
        return false()
    to_person = MeetingRequest.to_person_id == seat.person_id
    to_company = MeetingRequest.to_person_id.is_(None) if may_run_company(viewer) else false()
    here = MeetingRequest.to_organisation_id == seat.company_id
    return and_(here, ~MeetingRequest.hidden, or_(to_person, to_company))


@dataclass(frozen=True)
class Names:
    """What the two sides of a request are called: the person, and the company; of a company no person."""

    sender: str
    sender_company: str
    asked: str
    asked_company: str
    event: str
    event_slug: str


@dataclass(frozen=True)
class Shown:
    """A request as one of its two sides sees it. `contact` is the other side's, once it is accepted and while they work there."""

    meeting: MeetingRequest
    side: Side
    names: Names
    contact: Contact | None = None

    @property
    def turn(self) -> bool:
        """Whether it is for the viewer to answer."""
        return TURNS.get(self.meeting.state) is self.side


def meeting(viewer: Viewer, meeting_id: int, at: datetime) -> Shown:
    """A request that the viewer has sent or was asked by. Raises NotFoundError for all others."""
    side = _sent(viewer).label("sent")
    query = select(MeetingRequest, side).where(MeetingRequest.id == meeting_id, or_(_sent(viewer), _asked(viewer)))
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFoundError(meeting_id)
    return _shown([row], at)[0]


def meetings(viewer: Viewer, at: datetime) -> list[Shown]:
    """What the viewer has asked for and was asked by: what waits for them first, then the latest changed."""
    state = MeetingRequest.state
    waits = or_(and_(_sent(viewer), state == MeetingState.OTHER_TIME), and_(_asked(viewer), state == MeetingState.ASKED))
    query = select(MeetingRequest, _sent(viewer).label("sent")).where(or_(_sent(viewer), _asked(viewer)))
    query = query.order_by(~waits, MeetingRequest.changed_at.desc(), MeetingRequest.id.desc())
    return _shown(db.session.execute(query.limit(MOST_LISTED)).all(), at)


def waiting_count(viewer: Viewer) -> Select[int]:
    """How many requests wait for an answer of the viewer, to be asked."""
    asked = and_(_asked(viewer), MeetingRequest.state == MeetingState.ASKED)
    sent = and_(_sent(viewer), MeetingRequest.state == MeetingState.OTHER_TIME)
    return select(func.count()).select_from(MeetingRequest).where(or_(asked, sent))


def _shown(rows: Sequence[Any], at: datetime) -> list[Shown]:
    """The requests of these rows with names, and contacts where both have said yes; two questions, whatever their number.

    The two sides know each other's names from the directory; the wall would show neither, so it is taken down for requests
    that were read in front of it.
    """
    if not rows:
        return []
    with whole():
        names = _names([row[0].id for row in rows])
        accepted = {row[0].id: _other(row[0], bool(row[1])) for row in rows if row[0].state is MeetingState.ACCEPTED}
        reached = contacts(list(accepted.values()), at)
    return [
        Shown(one, Side.SENDER if sent else Side.ASKED, names[one.id], reached.get(accepted.get(one.id, (None, 0))))
        for one, sent in rows
    ]


def _other(one: MeetingRequest, sent: bool) -> tuple[int | None, int]:
    """Who is on the other side, and for which company."""
    if sent:
        return one.to_person_id or one.answered_by_id, one.to_organisation_id
    return one.from_person_id, one.from_organisation_id


def _names(ids: Sequence[int]) -> Mapping[int, Names]:
    sender, asked = aliased(Person), aliased(Person)
    sender_company, asked_company = aliased(Organisation), aliased(Organisation)
    query = select(MeetingRequest.id, sender, asked, sender_company.name, asked_company.name, Event.title, Event.slug)
    query = query.join(sender, sender.id == MeetingRequest.from_person_id)
    query = query.join(sender_company, sender_company.id == MeetingRequest.from_organisation_id)
    query = query.join(asked_company, asked_company.id == MeetingRequest.to_organisation_id)
    query = query.outerjoin(asked, asked.id == MeetingRequest.to_person_id).outerjoin(Event, Event.id == MeetingRequest.event_id)
    return {
        id_: Names(
            sender=one.full_name,
            sender_company=company,
            asked=other.full_name if other is not None else their_company,
            asked_company=their_company if other is not None else "",
            event=title or "",
            event_slug=slug or "",
        )
        for id_, one, other, company, their_company, title, slug in db.session.execute(query.where(MeetingRequest.id.in_(ids)))
    }


def open_to(person_id: int, to_person_id: int | None, to_organisation_id: int) -> MeetingRequest | None:
    """The request from somebody to somebody that is not over."""
    query = select(MeetingRequest).where(MeetingRequest.from_person_id == person_id, MeetingRequest.ended_at.is_(None))
    to = MeetingRequest.to_person_id
    same = (
        to == to_person_id
        if to_person_id is not None
        else and_(to.is_(None), MeetingRequest.to_organisation_id == to_organisation_id)
    )
    return db.session.scalar(query.where(same))


def sent_lately(person_id: int, at: datetime) -> tuple[int, int]:
    """How many requests somebody has sent within a day, and how many of theirs are not over."""
    own = select(func.count()).select_from(MeetingRequest).where(MeetingRequest.from_person_id == person_id)
    lately = db.session.scalar(own.where(MeetingRequest.asked_at > at - DAY)) or 0
    return lately, db.session.scalar(own.where(MeetingRequest.ended_at.is_(None))) or 0


def is_blocked(sender_id: int, to_person_id: int | None, to_organisation_id: int) -> bool:
    """Whether whoever is asked wants nothing from the sender."""
    of_whom = (
        MeetingBlock.person_id == to_person_id if to_person_id is not None else MeetingBlock.organisation_id == to_organisation_id
    )
    return db.session.scalar(select(MeetingBlock.id).where(MeetingBlock.blocked_id == sender_id, of_whom)) is not None


def _own_blocks(viewer: Viewer) -> ColumnElement[bool]:
    seat = viewer.seat
    if seat is None or seat.person_id is None:
        return false()
    of_company = MeetingBlock.organisation_id == seat.company_id if may_run_company(viewer) else false()
    return or_(MeetingBlock.person_id == seat.person_id, of_company)


def blocks(viewer: Viewer) -> list[tuple[MeetingBlock, str]]:
    """From whom the viewer, or the company that they run, wants no requests, each with the name; the latest first."""
    query = select(MeetingBlock).where(_own_blocks(viewer)).order_by(MeetingBlock.since.desc(), MeetingBlock.id.desc())
    found = db.session.scalars(query).all()
    with whole():
        ids = {one.blocked_id for one in found}
        names = {p.id: p.full_name for p in db.session.scalars(select(Person).where(Person.id.in_(ids)))}
    return [(one, names.get(one.blocked_id, "")) for one in found]


def block(viewer: Viewer, block_id: int) -> MeetingBlock:
    """One of them. Raises NotFoundError."""
    found = db.session.scalar(select(MeetingBlock).where(MeetingBlock.id == block_id, _own_blocks(viewer)))
    if found is None:
        raise NotFoundError(block_id)
    return found


def logins_of(meeting: MeetingRequest, side: Side, at: datetime) -> Sequence[User]:
    """The logins of one side, active and still of the company: of a company those of its admins."""
    if side is Side.SENDER:
        person_id, organisation_id = meeting.from_person_id, meeting.from_organisation_id
    else:
        person_id, organisation_id = meeting.to_person_id or meeting.answered_by_id or 0, meeting.to_organisation_id
    query = select(User).join(Person, Person.user_id == User.id).where(User.active, Person.erased_at.is_(None))
    if side is Side.ASKED and meeting.to_person_id is None and meeting.answered_by_id is None:
        return company_admins(organisation_id, at)
    query = query.where(Person.id == person_id, belongs(Person.id, organisation_id, at.date()))
    return db.session.scalars(query).all()
