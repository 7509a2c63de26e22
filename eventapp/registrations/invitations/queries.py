"""Reading invitations. The first argument of what a page shows is the viewer."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import Event
from eventapp.partners.models import (
    Membership,
    MembershipRole,
    MembershipState,
    Organisation,
    OrganisationStatus,
    Person,
    PersonEmail,
)
from eventapp.registrations.invitations.models import (
    OPEN,
    SILENT,
    BatchState,
    Invitation,
    InvitationBatch,
    InvitationReminder,
    InvitationState,
)
from eventapp.registrations.models import ENDED, Registration

LOADED = (joinedload(Invitation.event), joinedload(Invitation.person), joinedload(Invitation.organisation))


def by_token(token: str) -> Invitation:
    """The invitation behind a personal link, with its event. Raises NotFoundError."""
    found = db.session.scalar(select(Invitation).options(*LOADED).where(Invitation.token == token))
    if found is None:
        raise NotFoundError
    return found


def locked(invitation_id: int) -> Invitation:
    """The invitation as it is now, locked until the transaction ends. The event's pool is locked before."""
    query = select(Invitation).options(*LOADED).where(Invitation.id == invitation_id).with_for_update(of=Invitation)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def chosen(viewer: Viewer, event: Event, ids: Iterable[int]) -> Sequence[Invitation]:
    """Invitations to that event by id, the oldest first; ids that are not there are left out. For organizers only."""
    if not viewer.is_organizer:
        raise NotFoundError
    query = select(Invitation).options(*LOADED).where(Invitation.event_id == event.id, Invitation.id.in_(list(ids)))
    return db.session.scalars(query.order_by(Invitation.id)).all()


def invitation(viewer: Viewer, event: Event, invitation_id: int) -> Invitation:
    """One invitation to that event, for whoever reads all of the event. Raises NotFoundError."""
    query = select(Invitation).options(*LOADED).where(Invitation.event_id == event.id, Invitation.id == invitation_id)
    found = db.session.scalar(query) if viewer.reads_all else None
    if found is None:
        raise NotFoundError(invitation_id)
    return found


def batch(viewer: Viewer, event: Event, batch_id: int) -> InvitationBatch:
    """A batch of that event, for whoever reads all of the event. Raises NotFoundError."""
    query = select(InvitationBatch).options(joinedload(InvitationBatch.event)).where(InvitationBatch.id == batch_id)
    found = db.session.scalar(query.where(InvitationBatch.event_id == event.id)) if viewer.reads_all else None
    if found is None:
        raise NotFoundError(batch_id)
    return found


def locked_batch(batch_id: int) -> InvitationBatch | None:
    """The batch as it is now, locked until the transaction ends; none if it is gone."""
    query = select(InvitationBatch).options(joinedload(InvitationBatch.event)).where(InvitationBatch.id == batch_id)
    query = query.with_for_update(of=InvitationBatch).execution_options(populate_existing=True)
    return db.session.scalar(query)


def open_batches(event_id: int) -> Sequence[InvitationBatch]:
    """Batches of the event that are being looked at or sent, the latest first."""
    states = (BatchState.DRAFT, BatchState.QUEUED)
    query = select(InvitationBatch).where(InvitationBatch.event_id == event_id, InvitationBatch.state.in_(states))
    return db.session.scalars(query.order_by(InvitationBatch.id.desc()).limit(20)).all()


def queued_batches() -> list[int]:
    """Batches that wait for the worker, or that a worker has left."""
    return list(db.session.scalars(select(InvitationBatch.id).where(InvitationBatch.state == BatchState.QUEUED)))


@dataclass(frozen=True)
class Invited:
    """Who may come to an event on invitation: a whole company, or these people, by id and by address."""

    company: Invitation | None
    people: dict[int, Invitation]
    addresses: dict[str, Invitation]

    def own(self, person_id: int | None, address: str) -> Invitation | None:
        """The invitation of this person."""
        found = self.people.get(person_id) if person_id is not None else None
        return found or self.addresses.get(address)

    def only_of(self, company_id: int, member_ids: Collection[int]) -> "Invited":
        """Those of people who belong to the company, or were invited as its people."""

        def is_of(invitation: Invitation) -> bool:
            return invitation.organisation_id == company_id or invitation.person_id in member_ids

        people = {id_: one for id_, one in self.people.items() if is_of(one)}
        return Invited(self.company, people, {address: one for address, one in self.addresses.items() if is_of(one)})

    def __bool__(self) -> bool:
        return bool(self.company or self.people or self.addresses)


NOBODY_INVITED = Invited(None, {}, {})


def open_for(
    event_id: int,
    now: datetime,
    *,
    person_ids: Collection[int] = (),
    addresses: Collection[str] = (),
    organisation_id: int | None = None,
) -> Invited:
    """The invitations to the event that hold at this moment, for these people and this company. One statement.

    A company's holds until it expires, also when some of its people have registered already.
    """
    who: list[ColumnElement[bool]] = []
    if person_ids:
        who.append(and_(Invitation.person_id.in_(list(person_ids)), Invitation.state.in_(OPEN)))
    if addresses:
        who.append(and_(Invitation.address.in_(list(addresses)), Invitation.state.in_(OPEN)))
    if organisation_id is not None:
        states = (*OPEN, InvitationState.DONE)
        own = (Invitation.organisation_id == organisation_id, Invitation.address == "", Invitation.state.in_(states))
        who.append(and_(*own))
    if not who:
        return NOBODY_INVITED
    query = select(Invitation).options(joinedload(Invitation.organisation))
    query = query.where(Invitation.event_id == event_id, Invitation.expires_at > now, or_(*who))
    company, people, by_address = None, {}, {}
    for found in db.session.scalars(query.order_by(Invitation.id).execution_options(populate_existing=True)):
        if found.of_company:
            company = found
            continue
        by_address[found.address] = found
        if found.person_id is not None:
            people[found.person_id] = found
    return Invited(company, people, by_address)


def of_company(viewer: Viewer, now: datetime) -> Sequence[Invitation]:
    """What the company that the viewer acts for is invited to, and its people are, for events to come; soonest first.

    Only people who belong to the company: that somebody else was invited as its own is for the organizer to know.
    """
    ids = list(viewer.company_ids)
    members = select(Membership.person_id).where(Membership.organisation_id.in_(ids), Membership.state == MembershipState.ACTIVE)
    query = (
        select(Invitation)
        .options(*LOADED)
        .join(Event, Event.id == Invitation.event_id)
        .where(
            Invitation.organisation_id.in_(ids),
            or_(Invitation.address == "", Invitation.person_id.in_(members)),
            Invitation.state != InvitationState.WITHDRAWN,
            Event.ends_at > now,
        )
        .order_by(Event.starts_at, Invitation.address, Invitation.id)
    )
    return db.session.scalars(query.limit(500)).all()


def admins_of(organisation_ids: Collection[int]) -> dict[int, list[tuple[str, str]]]:
    """Name and address of the admins of each company: they get what is meant for the company."""
    query = (
        select(Membership.organisation_id, Person.given_name, Person.family_name, PersonEmail.address)
        .join(Person, Person.id == Membership.person_id)
        .join(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .where(
            Membership.organisation_id.in_(list(organisation_ids)),
            Membership.state == MembershipState.ACTIVE,
            Membership.role == MembershipRole.ADMIN,
        )
        .order_by(Person.id)
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for organisation_id, given, family, address in db.session.execute(query):
        found.setdefault(organisation_id, []).append((f"{given} {family}".strip(), address))
    return found


class Reached(NamedTuple):
    """A company as an invitation needs it; `admins` are name and address of those who get what is meant for it."""

    name: str
    closed: bool
    admins: list[tuple[str, str]]


def reached(organisation_ids: Collection[int], whole: Collection[int]) -> dict[int, Reached]:
    """These companies by id, with the admins of those in `whole`. One query."""
    asked = and_(Membership.organisation_id == Organisation.id, Membership.organisation_id.in_(list(whole)))
    admin = and_(asked, Membership.state == MembershipState.ACTIVE, Membership.role == MembershipRole.ADMIN)
    query = (
        select(
            Organisation.id,
            Organisation.name,
            Organisation.status.in_((OrganisationStatus.SUSPENDED, OrganisationStatus.ENDED)),
            Person.given_name,
            Person.family_name,
            PersonEmail.address,
        )
        .outerjoin(Membership, admin)
        .outerjoin(Person, Person.id == Membership.person_id)
        .outerjoin(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .where(Organisation.id.in_(list(organisation_ids)))
        .order_by(Organisation.id, Person.id)
    )
    found: dict[int, Reached] = {}
    for id_, name, closed, given, family, address in db.session.execute(query) if organisation_ids else ():
        company = found.setdefault(id_, Reached(name, bool(closed), []))
        if address is not None:
            company.admins.append((f"{given} {family}".strip(), address))
    return found


def silent(event_id: int, *, days_ago: datetime, times: int, now: datetime) -> Select[Invitation]:
    """Invitations whose reminder is due, the oldest first: no reaction, nothing written since `days_ago`, fewer than
    `times` reminders, still in time. Who has registered some other way is marked as done already."""
    return (
        select(Invitation)
        .options(*LOADED)
        .where(
            Invitation.event_id == event_id,
            Invitation.state.in_(SILENT),
            Invitation.expires_at > now,
            Invitation.reminders < times,
            func.coalesce(Invitation.reminded_at, Invitation.sent_at) <= days_ago,
            Invitation.sent_at <= days_ago,
        )
        .order_by(Invitation.id)
    )


def registered(event_id: int, person_ids: Collection[int]) -> set[int]:
    """Which of these people are registered for the event, in whatever state that is not over."""
    query = select(Registration.person_id).where(
        Registration.event_id == event_id,
        Registration.person_id.in_(list(person_ids)),
        Registration.status.not_in(ENDED),
    )
    return set(db.session.scalars(query))


def reminders(event_id: int) -> Sequence[InvitationReminder]:
    """The dates on which the silent of the event are reminded, and were, in their order."""
    query = select(InvitationReminder).where(InvitationReminder.event_id == event_id)
    return db.session.scalars(query.order_by(InvitationReminder.due_at, InvitationReminder.id)).all()


def reminder(event: Event, reminder_id: int) -> InvitationReminder:
    """A date of that event. Raises NotFoundError."""
    found = db.session.get(InvitationReminder, reminder_id)
    if found is None or found.event_id != event.id:
        raise NotFoundError(reminder_id)
    return found


def due_reminders(now: datetime) -> list[int]:
    """Dates that have come and are not done."""
    query = select(InvitationReminder.id).where(InvitationReminder.done_at.is_(None), InvitationReminder.due_at <= now)
    return list(db.session.scalars(query.order_by(InvitationReminder.due_at, InvitationReminder.id)))


def numbers(event_id: int) -> dict[InvitationState, int]:
    """How many invitations to the event stand in each state."""
    query = select(Invitation.state, func.count()).where(Invitation.event_id == event_id).group_by(Invitation.state)
    return dict(db.session.execute(query).all())


def companies_named(texts: Collection[str]) -> dict[str, Organisation]:
    """Companies by programme ID, upper case."""
    query = select(Organisation).where(Organisation.programme_id.in_(list(texts)), Organisation.merged_into_id.is_(None))
    return {company.programme_id or "": company for company in db.session.scalars(query)}
