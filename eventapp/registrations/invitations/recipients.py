"""Whom a batch reaches: the people and companies that its source names, and who of them gets no invitation, and why."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import TypeVar
from urllib.parse import parse_qsl

from sqlalchemy import ColumnElement, and_, exists, or_, select
from werkzeug.datastructures import MultiDict

from eventapp.core.db import db
from eventapp.core.email import domain_of
from eventapp.events.models import Event
from eventapp.events.queries import event_by_id
from eventapp.partners import listing as companies
from eventapp.partners.models import (
    IN_PROGRAMME,
    Country,
    EmailDomain,
    FreeMailDomain,
    Membership,
    MembershipState,
    Organisation,
    OrganisationStatus,
    Person,
    PersonEmail,
    Tier,
)
from eventapp.partners.territory.queries import within
from eventapp.places.models import Booking
from eventapp.registrations import hooks
from eventapp.registrations import listing as registrations
from eventapp.registrations.invitations import queries
from eventapp.registrations.invitations.models import OPEN, Invitation, InvitationBatch, InvitationState
from eventapp.registrations.invitations.rules import Counts, Exclusion
from eventapp.registrations.models import Registration

# Ids in one statement; SQLite takes 32,766 values.
CHUNK = 5000
# More than any programme has: a list that is longer was not meant.
MOST = 50_000
# The preview shows so many of them by name.
SHOWN = 50
Line = TypeVar("Line")


@dataclass(frozen=True)
class Recipient:
    """A person (with an address) or a company (without one) on the list."""

    address: str = ""
    given_name: str = ""
    family_name: str = ""
    person_id: int | None = None
    organisation_id: int | None = None
    time_zone: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """What makes two lines the same recipient."""
        return (self.address, 0) if self.address else ("", self.organisation_id or 0)


def of_batch(batch: InvitationBatch, now: datetime) -> tuple[list[Recipient], int]:
    """Everybody whom the batch names, each once, and how many stood there twice."""
    found: dict[tuple[str, int], Recipient] = {}
    twice = 0
    for one in islice(_named(batch, now), MOST):
        if one.key in found:
            twice += 1
        else:
            found[one.key] = one
    return list(found.values()), twice


def _named(batch: InvitationBatch, now: datetime) -> Iterator[Recipient]:
    source = batch.source
    yield from _typed(batch.people)
    ids = source.get("company_ids") or []
    if ids:
        yield from _companies(Organisation.id.in_(ids))
    if source.get("companies") is not None:
        mine = [within(source["manager_id"])] if source.get("manager_id") else []
        yield from _companies(*companies.table("").condition(_args(source["companies"])), *mine)
    if source.get("event_id"):
        yield from _at_event(event_by_id(source["event_id"]), _args(source.get("registrations") or ""), now)


def _args(query: str) -> "MultiDict[str, str]":
    return MultiDict(parse_qsl(query))


def _typed(lines: Sequence[Sequence[str]]) -> Iterator[Recipient]:
    """Typed and pasted people. Whoever we know by any address is invited by name and at the primary one."""
    for portion in portions(lines):
        known = _people_by_address([line[2] for line in portion])
        ids = {line[3] for line in portion if line[3]}
        named = queries.companies_named(ids) if ids else {}
        companies_of = _companies_of([r.person_id for r in known.values() if r.person_id], [line[2] for line in portion])
        for given, family, address, programme_id in portion:
            person = known.get(address)
            company = named.get(programme_id)
            hint = companies_of.get(person.person_id or 0) if person else companies_of.get(address)
            found = person or Recipient(address=address, given_name=given, family_name=family)
            yield replace(found, organisation_id=company.id if company else hint)


def _people_by_address(addresses: Iterable[str]) -> dict[str, Recipient]:
    primary = PersonEmail.__table__.alias("primary_address")
    query = (
        select(PersonEmail.address, Person.id, Person.given_name, Person.family_name, primary.c.address, Person.time_zone)
        .join(Person, Person.id == PersonEmail.person_id)
        .join(primary, and_(primary.c.person_id == Person.id, primary.c.is_primary))
        .where(PersonEmail.address.in_(list(addresses)))
    )
    return {
        asked: Recipient(address, given, family, id_, time_zone=zone)
        for asked, id_, given, family, address, zone in db.session.execute(query)
    }


def _companies_of(person_ids: Sequence[int], addresses: Sequence[str]) -> dict[int | str, int]:
    """The company of each person by id, and of each address by its domain, where there is exactly one."""
    found: dict[int | str, set[int]] = {}
    members = select(Membership.person_id, Membership.organisation_id).where(
        Membership.person_id.in_(list(person_ids)), Membership.state == MembershipState.ACTIVE
    )
    for person_id, organisation_id in db.session.execute(members) if person_ids else ():
        found.setdefault(person_id, set()).add(organisation_id)
    by_domain: dict[str, set[int]] = {}
    domains = (
        select(EmailDomain.domain, EmailDomain.organisation_id)
        .join(Organisation, Organisation.id == EmailDomain.organisation_id)
        .where(
            EmailDomain.domain.in_({domain_of(address) for address in addresses}),
            Organisation.merged_into_id.is_(None),
            ~exists().where(FreeMailDomain.domain == EmailDomain.domain),
        )
    )
    for domain, organisation_id in db.session.execute(domains) if addresses else ():
        by_domain.setdefault(domain, set()).add(organisation_id)
    for address in addresses:
        found.setdefault(address, by_domain.get(domain_of(address), set()))
    return {key: next(iter(ids)) for key, ids in found.items() if len(ids) == 1}


def _companies(*conditions: ColumnElement[bool]) -> Iterator[Recipient]:
    query = (
        select(Organisation.id)
        .join(Country, Country.code == Organisation.country_code)
        .outerjoin(Tier, Tier.key == Organisation.tier_key)
        .where(Organisation.merged_into_id.is_(None), IN_PROGRAMME, *conditions)
        .order_by(Organisation.sort_key, Organisation.id)
    )
    for organisation_id in db.session.scalars(query.limit(MOST)).all():
        yield Recipient(organisation_id=organisation_id)


def _at_event(event: Event, args: "MultiDict[str, str]", now: datetime) -> Iterator[Recipient]:
    """The people behind a list of another event's registrations: at the company that they belong to now."""
    conditions = registrations.table(event, "", args, now).condition(args)
    query = (
        select(
            Person.id,
            Person.given_name,
            Person.family_name,
            PersonEmail.address,
            Registration.organisation_id,
            Person.time_zone,
        )
        .select_from(Registration)
        .join(Person, Person.id == Registration.person_id)
        .join(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .join(Booking, Booking.id == Registration.booking_id)
        .where(Registration.event_id == event.id, Person.erased_at.is_(None), *conditions)
        .order_by(Person.sort_key, Person.id)
    )
    for portion in portions(db.session.execute(query.limit(MOST)).all()):
        now_at = _companies_of([row[0] for row in portion], [])
        for person_id, given, family, address, organisation_id, zone in portion:
            yield Recipient(address, given, family, person_id, now_at.get(person_id, organisation_id), zone)


def portions(lines: Sequence[Line], size: int = CHUNK) -> Iterator[Sequence[Line]]:
    """`lines` some at a time."""
    for start in range(0, len(lines), size):
        yield lines[start : start + size]


def exclusions(event: Event, found: Sequence[Recipient]) -> dict[tuple[str, int], Exclusion]:
    """Who of these gets no invitation, by key, and why. A few statements for a portion of any size."""
    people = [r for r in found if r.address]
    person_ids = [r.person_id for r in people if r.person_id is not None]
    company_ids = {r.organisation_id for r in found if r.organisation_id is not None}
    here = _invited(event, found)
    registered = queries.registered(event.id, person_ids)
    barred = hooks.barred(person_ids)
    closed = set(
        db.session.scalars(
            select(Organisation.id).where(
                Organisation.id.in_(company_ids),
                Organisation.status.in_((OrganisationStatus.SUSPENDED, OrganisationStatus.ENDED)),
            )
        )
    )
    wanted = {r.organisation_id for r in found if not r.address and r.organisation_id}
    reachable = queries.admins_of(wanted) if wanted else {}
    out: dict[tuple[str, int], Exclusion] = {}
    for one in found:
        why = here.get(one.key) or (here.get(("person", one.person_id)) if one.person_id else None)
        if one.person_id in registered:
            why = Exclusion.REGISTERED
        elif one.person_id in barred:
            why = Exclusion.OBJECTED
        elif not one.address and one.organisation_id not in reachable:
            why = Exclusion.NO_ADDRESS
        if one.organisation_id in closed:
            why = Exclusion.SUSPENDED
        if why is not None:
            out[one.key] = why
    return out


def company_names(ids: Iterable[int | None]) -> dict[int, str]:
    """The names of these companies."""
    wanted = {id_ for id_ in ids if id_ is not None}
    query = select(Organisation.id, Organisation.name).where(Organisation.id.in_(wanted))
    return dict(db.session.execute(query).all()) if wanted else {}


def _invited(event: Event, found: Sequence[Recipient]) -> dict[tuple[str, int], Exclusion]:
    """Who is invited already, or has said no: by recipient, and by ("person", id)."""
    addresses = [r.address for r in found if r.address]
    ids = [r.person_id for r in found if r.person_id is not None]
    company_ids = [r.organisation_id for r in found if not r.address]
    query = select(Invitation.address, Invitation.person_id, Invitation.organisation_id, Invitation.state).where(
        Invitation.event_id == event.id,
        Invitation.state.in_((*OPEN, InvitationState.DONE, InvitationState.DECLINED)),
        or_(
            Invitation.address.in_(addresses),
            Invitation.person_id.in_(ids),
            and_(Invitation.address == "", Invitation.organisation_id.in_(company_ids)),
        ),
    )
    out: dict[tuple[str, int], Exclusion] = {}
    # Later ones count: who declined and was invited again is invited.
    for address, person_id, organisation_id, state in db.session.execute(query.order_by(Invitation.id)):
        if state is InvitationState.DONE and address:
            continue  # the registration says whether that still holds
        why = Exclusion.DECLINED if state is InvitationState.DECLINED else Exclusion.INVITED
        out[(address, 0) if address else ("", organisation_id or 0)] = why
        if person_id is not None:
            out[("person", person_id)] = why
    return out


def count(event: Event, batch: InvitationBatch, now: datetime) -> tuple[Counts, list[tuple[Recipient, Exclusion | None]]]:
    """The batch in numbers, as sending it at this moment would find it, and the first of its recipients."""
    found, twice = of_batch(batch, now)
    excluded: Counter[str] = Counter({Exclusion.TWICE.value: twice} if twice else {})
    people = companies_ = mails = no_company = 0
    first: list[tuple[Recipient, Exclusion | None]] = []
    for portion in portions(found):
        out = exclusions(event, portion)
        excluded.update(out[r.key].value for r in portion if r.key in out)
        going = [r for r in portion if r.key not in out]
        persons = [r for r in going if r.address]
        people += len(persons)
        no_company += sum(r.organisation_id is None for r in persons)
        invited = [r.organisation_id for r in going if not r.address and r.organisation_id]
        admins = queries.admins_of(invited) if invited else {}
        companies_ += len(going) - len(persons)
        mails += len(persons) + sum(len(found_) for found_ in admins.values())
        first += [(r, out.get(r.key)) for r in portion][: max(0, SHOWN - len(first))]
    return Counts(people, companies_, mails, no_company, dict(excluded)), first
